#include "cmd/port_words.hh"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace cmd {
namespace {

/// A services file that has all that matters: over one protocol, over both, and over both with two ports.
std::optional<std::uint16_t> service(std::string_view name, std::string_view protocol) {
  struct Row {
    std::string_view name, protocol;
    std::uint16_t port;
  };
  constexpr Row rows[] = {{"http", "tcp", 80},        {"domain", "tcp", 53}, {"domain", "udp", 53},
                          {"odd", "tcp", 512},        {"odd", "udp", 513},   {"syslog", "udp", 514},
                          {"ftp-data", "tcp", 20},    {"9pfs", "tcp", 564},  {"3com-tsmux", "tcp", 106},
                          {"3com-tsmux", "udp", 106}, {"6-to-4", "udp", 64}};
  for (const Row& row : rows) {
    if (row.name == name && row.protocol == protocol) return row.port;
  }
  return std::nullopt;
}

/// "80/tcp 8000-8010/udp", or why not.
std::string read(std::string_view word) {
  const auto spans = parse_port_word(word, service);
  if (!spans) return spans.error();
  std::string text;
  for (const PortSpan& span : *spans) {
    text += (text.empty() ? "" : " ") + std::to_string(span.ports.first);
    if (span.ports.last != span.ports.first) text += "-" + std::to_string(span.ports.last);
    text += "/" + std::string(span.transport.name());
  }
  return text;
}

struct Case {
  std::string_view word;
  std::string_view expected;
};

TEST(PortWords, WhatTheyName) {
  constexpr Case cases[] = {
      {"80", "80/tcp 80/udp"},
      {"80/tcp", "80/tcp"},
      {"80/udp", "80/udp"},
      {"0", "0/tcp 0/udp"},
      {"65535", "65535/tcp 65535/udp"},
      {"080", "80/tcp 80/udp"},
      {"00000000080/udp", "80/udp"},
      {"1-1024", "1-1024/tcp 1-1024/udp"},
      {"0-65535/tcp", "0-65535/tcp"},
      {"80-80/tcp", "80/tcp"},
      {"007-010/tcp", "7-10/tcp"},
      {"http", "80/tcp"},
      {"http/tcp", "80/tcp"},
      {"syslog", "514/udp"},
      {"domain", "53/tcp 53/udp"},
      {"domain/udp", "53/udp"},
      {"odd", "512/tcp 513/udp"},
      {"odd/udp", "513/udp"},
      {"ftp-data", "20/tcp"},
      // RFC 6335, 5.1: a name may begin with a digit.
      {"9pfs", "564/tcp"},
      {"3com-tsmux", "106/tcp 106/udp"},
      {"3com-tsmux/udp", "106/udp"},
      {"6-to-4", "64/udp"},
      {"1-9,9pfs/tcp", "1-9/tcp 564/tcp"},
      {"22,80,443", "22/tcp 22/udp 80/tcp 80/udp 443/tcp 443/udp"},
      {"22,80/udp", "22/udp 80/udp"},
      {"http,8000-8010", "80/tcp 8000-8010/tcp 8000-8010/udp"},
      {"8000-8010,http/tcp", "8000-8010/tcp 80/tcp"},
      {"80,80/tcp", "80/tcp 80/tcp"},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.word), c.expected) << c.word;
}

TEST(PortWords, WhatIsNone) {
  constexpr Case cases[] = {
      {"", "empty"},
      {"/tcp", "empty"},
      {"90-80", "the range runs backwards"},
      {"65536", "out of range (0-65535)"},
      {"1-65536", "'65536': out of range (0-65535)"},
      {"99999999999999999999", "out of range (0-65535)"},
      {"-1", "not a port number"},
      {"+80", "not a port number"},
      {"0x50", "not a port number"},
      {"80 ", "not a port number"},
      {" 80", "no such service"},
      {"1e3", "not a port number"},
      {"80.5", "not a port number"},
      {"9pf", "not a port number"},
      {"80x", "not a port number"},
      {"9pfs/udp", "no such service over udp (it is 564/tcp)"},
      {"3com-tsmu", "not a port number"},
      {"9-to-4", "'to-4': not a port number"},
      {"70000-70001", "'70000': out of range (0-65535)"},
      {"80-", "a range without its end"},
      {"80--90", "'-90': not a port number"},
      {"80-90-100", "'90-100': not a port number"},
      {"80-http", "'http': not a port number"},
      {"80- 90", "' 90': not a port number"},
      {"nosuchservice", "no such service"},
      {"HTTP", "no such service"},
      {"http-https", "no such service"},
      {"80/sctp", "no such protocol 'sctp' (tcp, udp)"},
      {"80/", "no such protocol '' (tcp, udp)"},
      {"80/TCP", "no such protocol 'TCP' (tcp, udp)"},
      {"80/tcp ", "no such protocol 'tcp ' (tcp, udp)"},
      {"80/tcp/udp", "the protocol stands at the end, for all of a list"},
      {"http/udp", "no such service over udp (it is 80/tcp)"},
      {"syslog/tcp", "no such service over tcp (it is 514/udp)"},
      {"80,,90", "'': empty"},
      {",80", "'': empty"},
      {"80,", "'': empty"},
      {",", "'': empty"},
      {"22,65536,80", "'65536': out of range (0-65535)"},
      {"22,1-65536/tcp", "'1-65536': '65536': out of range (0-65535)"},
      {"22,90-80/tcp", "'90-80': the range runs backwards"},
      {"22/tcp,80/udp", "'22/tcp': the protocol stands at the end, for all of a list"},
      {"22, 80", "' 80': no such service"},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.word), c.expected) << c.word;
}

}  // namespace
}  // namespace cmd
