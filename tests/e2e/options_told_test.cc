// -o NAME=VALUE that is refused, and what listen tells of those that are not.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/json.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// -v aligns its columns with blanks; compared are the words.
std::string one_blank(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' || !out.ends_with(' ')) out.push_back(c);
  }
  return out;
}

// Status 4 and the cause, in words and in JSON; nothing is connected.
struct Refused {
  const char* setting;
  const char* code;
  const char* hint;
};

const std::vector<Refused> refused_rows = {
    {"TCP_KEEPCNT=1000", "EINVAL", "takes 1 to 127"},
    {"TCP_MAXSEG=20", "EINVAL", "takes 88 B to 32767 B"},
    {"SO_BINDTODEVICE=nosuch0", "ENODEV", "no such interface"},
    {"IP_MTU_DISCOVER=99", "EINVAL", "takes dont, want, do, probe, interface or omit"},
};

TEST(OptionsTold, ARefusalIsExplained) {
  TcpServer server;
  for (const Refused& row : refused_rows) {
    SCOPED_TRACE(row.setting);
    for (const bool listens : {false, true}) {
      const std::string port = listens ? "0" : server.port_text();
      const char* const command = listens ? "listen" : "connect";
      Outcome text = run(nettool(command, "-d", "-o", row.setting, "127.0.0.1", port));
      EXPECT_EQ(text.status, 4);
      EXPECT_TRUE(text.err.starts_with("nettool: setsockopt " + std::string(row.setting) + ": ")) << text.err;
      EXPECT_TRUE(text.err.ends_with(std::string(" (") + row.code + ")\nhint: " + row.hint + "\n"))
          << text.err;
      Outcome json = run(nettool("--json", command, "-d", "-o", row.setting, "127.0.0.1", port));
      EXPECT_EQ(json.status, 4);
      const auto error = json::only_event(json.err, "error")["error"];
      EXPECT_EQ(error["op"].string(), "setsockopt");
      EXPECT_EQ(error["subject"].string(), row.setting);
      EXPECT_EQ(error["code"].string(), row.code);
      EXPECT_EQ(error["hint"].string(), row.hint);
      Outcome quiet = run(nettool("--quiet", command, "-d", "-o", row.setting, "127.0.0.1", port));
      EXPECT_FALSE(contains(quiet.err, "hint:")) << quiet.err;
    }
  }
  EXPECT_TRUE(server.nobody_for(std::chrono::milliseconds(0)));
}

// Without a hint where the cause is not known.
TEST(OptionsTold, ARefusalThatNobodyUnderstands) {
  TcpServer server;
  Outcome outcome =
      run(nettool("--json", "connect", "-d", "-o", "SO_ATTACH_BPF=0", "127.0.0.1", server.port_text()));
  EXPECT_EQ(outcome.status, 4);
  EXPECT_TRUE(json::only_event(outcome.err, "error")["error"]["hint"].is_null()) << outcome.err;
}

// What can only be read, or is of other sockets, is a mistake in the command and found before anything is
// done.
TEST(OptionsTold, AMistakeIsStatusTwo) {
  struct Mistake {
    Words words;
    const char* why;
  };
  const std::vector<Mistake> mistakes = {
      {{"connect", "-o", "SO_TYPE=1", "127.0.0.1", "1"}, "can only be read"},
      {{"connect", "-o", "TCP_INFO=1", "127.0.0.1", "1"}, "can only be read"},
      {{"connect", "-u", "-o", "TCP_NODELAY", "127.0.0.1", "1"}, "a UDP socket has no such option"},
      {{"connect", "-o", "UDP_CORK", "127.0.0.1", "1"}, "a TCP socket has no such option"},
      {{"connect", "-U", "-o", "IP_TTL=4", "/nowhere"}, "a Unix socket has no such option"},
      {{"connect", "-o", "IPV6_TCLASS=4", "127.0.0.1", "1"}, "a TCP socket over IPv4 has no such option"},
      {{"connect", "-4", "-o", "IPV6_TCLASS=4", "localhost", "1"},
       "a TCP socket over IPv4 has no such option"},
      {{"listen", "-o", "IPV6_V6ONLY", "127.0.0.1", "0"}, "a TCP socket over IPv4 has no such option"},
      {{"listen", "-U", "-o", "TCP_NODELAY", "@name"}, "a Unix socket has no such option"},
  };
  for (const Mistake& mistake : mistakes) {
    Outcome outcome = run(nettool_argv(mistake.words));
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, mistake.why)) << outcome.err;
  }
}

// A listener tells what it has, and of each client what only a connection can have.
TEST(OptionsTold, AListenerTellsTheChanges) {
  Program program(nettool("-v", "listen", "-d", "-o", "SO_RCVBUF=64K", "-o", "SO_PRIORITY=3", "-o",
                          "TCP_QUICKACK", "-o", "TCP_DEFER_ACCEPT=4", "-o", "SO_RCVBUF=32K", "127.0.0.1",
                          "0"));
  std::string before = program.read_until(Stream::err, "TCP_DEFER_ACCEPT");
  const std::size_t colon = before.find(':');
  const auto port = static_cast<std::uint16_t>(std::stoi(before.substr(colon + 1)));
  Peer peer = connect_tcp("127.0.0.1", port);
  peer.send_all("x");
  peer.close();
  const std::string all = one_blank(program.wait().err);
  EXPECT_TRUE(contains(all, "option SO_RCVBUF requested 32 KiB, effective 64 KiB (doubled by the kernel)\n"))
      << all;
  EXPECT_FALSE(contains(all, "requested 64 KiB, effective")) << all;
  EXPECT_TRUE(contains(all, "requested 4 s, effective 7 s (rounded up to a retransmission time)\n")) << all;
  // Once each, though SO_PRIORITY was set on both sockets.
  EXPECT_EQ(all.find("SO_PRIORITY"), all.rfind("SO_PRIORITY")) << all;
  EXPECT_GT(all.find("TCP_QUICKACK requested on"), all.find("accept 127.0.0.1")) << all;
  EXPECT_EQ(all.find("TCP_QUICKACK"), all.rfind("TCP_QUICKACK")) << all;
}

}  // namespace
}  // namespace test
