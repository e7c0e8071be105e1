#include "cmd/ports.hh"

#include <gtest/gtest.h>

#include <string>

namespace cmd {
namespace {

std::optional<std::uint16_t> service(std::string_view name) {
  if (name == "http") return 80;
  if (name == "ssh") return 22;
  if (name == "6-to-4") return 64;
  return std::nullopt;
}

/// "22 8000-8010", or why not.
std::string read(std::string_view list) {
  const auto ranges = parse_port_list(list, service);
  if (!ranges) return ranges.error();
  std::string text;
  for (const net::kern::PortRange& range : *ranges) {
    text += (text.empty() ? "" : " ") + std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return text;
}

struct Case {
  std::string_view list;
  std::string_view expected;
};

TEST(PortList, WhatItNames) {
  constexpr Case cases[] = {
      {"22", "22"},
      {"0", "0"},
      {"0-65535", "0-65535"},
      {"http", "80"},
      {"6-to-4", "64"},
      {"443,22,80", "443 22 80"},
      {"8000-8010,ssh,1", "8000-8010 22 1"},
      {"080", "80"},
      // Each once, neighbours together.
      {"22,22,ssh", "22"},
      {"20-25,22,23-30", "20-30"},
      {"1,2,3,5", "1-3 5"},
      {"5,1-10", "5 1-4 6-10"},
      {"65535,65535", "65535"},
      {"65535,0", "65535 0"},
  };
  for (const Case& each : cases) EXPECT_EQ(read(each.list), each.expected) << each.list;
}

TEST(PortList, WhatIsWrongWithIt) {
  constexpr Case cases[] = {
      {"", "empty"},
      {"22,", "'': empty"},
      {",22", "'': empty"},
      {"65536", "out of range (0-65535)"},
      {"22,65536", "'65536': out of range (0-65535)"},
      {"gopher", "no such service"},
      {"22,gopher", "'gopher': no such service"},
      {"10-1", "the range runs backwards"},
      {"10-", "a range without its end"},
      {"10-http", "'http': not a port number"},
      {"1-65536", "'65536': out of range (0-65535)"},
      {"-5", "not a port number"},
      {"22/tcp", "not a port number"},
      {"22, 80", "' 80': no such service"},
  };
  for (const Case& each : cases) EXPECT_EQ(read(each.list), each.expected) << each.list;
}

}  // namespace
}  // namespace cmd
