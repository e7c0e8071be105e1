// Status 1: the other side said no. And which status a name has whose addresses fail in several ways.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(StatusRefused, OneLineAndAHint) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    std::string port = std::to_string(closed_port(SOCK_STREAM, address));
    Outcome outcome = run(nettool("connect", address, port));
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    std::string host = address == "::1" ? "[::1]" : address;
    std::vector<std::string> lines = lines_of(outcome.err);
    ASSERT_EQ(lines.size(), 2U) << outcome.err;
    EXPECT_EQ(lines[0], "nettool: connect " + host + ":" + port + "/tcp: connection refused (ECONNREFUSED)");
    // Who sent the RST.
    EXPECT_TRUE(lines[1].starts_with("hint: ") && contains(lines[1], address)) << lines[1];
  }
}

TEST(StatusRefused, AsJson) {
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  Outcome outcome = run(nettool("connect", "--json", "127.0.0.1", port));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  json::Value resolved = json::only_event(outcome.err, "resolved");
  EXPECT_EQ(resolved["source"].string(), "literal");
  json::Value attempt = json::only_event(outcome.err, "attempt");
  EXPECT_EQ(attempt["address"].string(), "127.0.0.1");
  EXPECT_EQ(std::to_string(attempt["port"].integer()), port);
  EXPECT_EQ(attempt["error"]["code"].string(), "ECONNREFUSED");
  EXPECT_GE(attempt["time_ms"].number(), 0);
  json::Value last = json::parse_lines(outcome.err).back();
  EXPECT_EQ(last["error"]["op"].string(), "connect");
  EXPECT_EQ(last["error"]["subject"].string(), "127.0.0.1:" + port + "/tcp");
  EXPECT_EQ(last["error"]["code"].string(), "ECONNREFUSED");
  EXPECT_EQ(last["error"]["message"].string(), "connection refused");
  EXPECT_TRUE(contains(last["error"]["hint"].string(), "127.0.0.1"));
  EXPECT_TRUE(json::events(outcome.err, "connected").empty());
  EXPECT_TRUE(json::events(outcome.err, "closed").empty());
}

TEST(StatusRefused, VerboseTellsTheAttempt) {
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  std::vector<std::string> lines = lines_of(run(nettool("-v", "connect", "127.0.0.1", port)).err);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].starts_with("resolve ") && contains(lines[0], "literal")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("try ") && contains(lines[1], "127.0.0.1:" + port + "/tcp")) << lines[1];
  EXPECT_TRUE(contains(lines[1], "connection refused")) << lines[1];
}

TEST(StatusRefused, AUnixSocketThatNobodyListensOn) {
  TempDir dir;
  for (int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    std::string path = dir / ("stale" + std::to_string(type));
    UnixServer(path, type).close();  // the file stays
    const char* name = type == SOCK_STREAM ? "stream" : type == SOCK_DGRAM ? "dgram" : "seqpacket";
    Outcome outcome = run(nettool("connect", "-U", "--type", name, path));
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, path)) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "(ECONNREFUSED)")) << outcome.err;
  }
}

// TCP lets a socket connect to itself when the kernel happens to choose that port: nobody else is there.
TEST(StatusRefused, ASelfConnectionIsARefusal) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.sysctl("net.ipv4.ip_local_port_range", "40000 40000");
  for (const std::string address : {"127.0.0.1", "::1"}) {
    Outcome outcome = ns.run(nettool("connect", "-w", "1", address, "40000"));
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "itself")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "ECONNREFUSED")) << outcome.err;
  }
}

/// What the addresses of one name are, and what the whole is.
struct Mix {
  std::vector<const char*> addresses;
  int status;
  const char* code;     ///< of the error; "" when it connects
  size_t attempts = 0;  ///< that were tried
};

constexpr const char* live = "192.0.2.1";
constexpr const char* refused = "192.0.2.2";
constexpr const char* silent = "192.0.2.3";
constexpr const char* also_silent = "192.0.2.4";
constexpr const char* unrouted = "203.0.113.1";
constexpr const char* prohibited = "203.0.113.2";

// "0 if one connects, else 1 if any peer or router said no, else 3 if any was silent, else 4."
TEST(StatusRefused, TheAddressesOfOneNameAreOneTarget) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.add_address(refused);
  ns.add_address(live);
  ns.blackhole(silent);
  ns.blackhole(also_silent);
  ns.run_ip({"route", "add", "prohibit", prohibited});
  TcpServer server = ns.in([] { return TcpServer(live); });
  const std::vector<Mix> mixes = {
      {{refused}, 1, "ECONNREFUSED", 1},
      {{silent}, 3, "ETIMEDOUT", 1},
      {{unrouted}, 4, "ENETUNREACH", 1},
      {{prohibited}, 4, "EACCES", 1},
      {{refused, silent}, 1, "ECONNREFUSED", 2},
      {{silent, refused}, 1, "ECONNREFUSED", 2},
      {{silent, also_silent}, 3, "ETIMEDOUT", 2},
      {{silent, unrouted}, 3, "ETIMEDOUT", 2},
      {{unrouted, refused}, 1, "ECONNREFUSED", 2},
      {{unrouted, prohibited}, 4, "", 2},
      {{unrouted, silent, refused}, 1, "ECONNREFUSED", 3},
      {{refused, live}, 0, "", 2},
      {{silent, live}, 0, "", 1},
      {{unrouted, live}, 0, "", 1},
  };
  for (const Mix& mix : mixes) {
    std::string hosts;
    for (const char* address : mix.addresses) hosts += std::string(address) + " mix.test\n";
    SCOPED_TRACE(hosts);
    ns.hosts(hosts);
    Outcome outcome =
        ns.run(nettool("connect", "--json", "-w", "1", "--shutdown", "rdwr", "mix.test", server.port_text()));
    EXPECT_EQ(outcome.status, mix.status) << outcome.err;
    std::vector<json::Value> attempts = json::events(outcome.err, "attempt");
    EXPECT_GE(attempts.size(), mix.attempts) << outcome.err;
    if (mix.status != 0) {
      json::Value last = json::parse_lines(outcome.err).back();
      if (*mix.code != '\0') EXPECT_EQ(last["error"]["code"].string(), mix.code) << outcome.err;
      EXPECT_EQ(attempts.size(), mix.addresses.size());
      // It says that there were others.
      if (attempts.size() > 1) EXPECT_TRUE(contains(last["error"]["hint"].string(), "addresses failed"));
    }
  }
}

}  // namespace
}  // namespace test
