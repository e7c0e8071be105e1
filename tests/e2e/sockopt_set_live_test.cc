// --set-live: a value for a socket of a running process, with what was there before and how to put it back.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

int keepalive(int fd) {
  return get_int(fd, SOL_SOCKET, SO_KEEPALIVE);
}

TEST(SockoptSetLive, TakesEffectInTheOwner) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  Outcome outcome =
      sockopt(at_fd(owner, c.accepted) + Words{"--set-live", "keepalive=on", "tcp_keepidle=77s"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(owner.in(keepalive, c.accepted), 1);
  EXPECT_EQ(owner.in([](int fd) { return get_int(fd, IPPROTO_TCP, TCP_KEEPIDLE); }, c.accepted), 77);
  EXPECT_EQ(owner.in(keepalive, c.client), 0);
  EXPECT_EQ(owner.in(keepalive, c.listener), 0);
  EXPECT_TRUE(contains(outcome.out + outcome.err, "was off")) << outcome.out << outcome.err;
}

/// The words of the command that a line of output tells: from "nettool sockopt" to its end.
Words told_command(const std::string& text) {
  size_t at = text.find("nettool sockopt ");
  if (at == std::string::npos) fail("no command told: " + text);
  std::string command = text.substr(at, text.find_first_of("\n)", at) - at);
  Words words;
  for (size_t begin = 0; begin < command.size();) {
    size_t end = std::min(command.find(' ', begin), command.size());
    if (end > begin) words.push_back(command.substr(begin, end - begin));
    begin = end + 1;
  }
  words.erase(words.begin());
  return words;
}

struct Change {
  const char* name;
  const char* value;
  int level;
  int number;
};

using Raw = std::array<char, 64>;

Raw raw(int fd, Change change) {
  Raw value = {};
  socklen_t length = sizeof value;
  if (getsockopt(fd, change.level, change.number, value.data(), &length) < 0) fail_errno("getsockopt");
  // The seconds of a linger that is off mean nothing, and stay.
  if (change.number == SO_LINGER && change.level == SOL_SOCKET && value[0] == 0) value = {};
  return value;
}

// What is told can be typed, and then everything is as it was.
TEST(SockoptSetLive, TheToldCommandPutsItBack) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  const std::vector<Change> changes = {
      {"SO_KEEPALIVE", "on", SOL_SOCKET, SO_KEEPALIVE},
      {"TCP_NODELAY", "on", IPPROTO_TCP, TCP_NODELAY},
      {"TCP_KEEPIDLE", "99", IPPROTO_TCP, TCP_KEEPIDLE},
      {"TCP_USER_TIMEOUT", "1.5s", IPPROTO_TCP, TCP_USER_TIMEOUT},
      {"SO_PRIORITY", "5", SOL_SOCKET, SO_PRIORITY},
      {"SO_LINGER", "7", SOL_SOCKET, SO_LINGER},
      {"SO_RCVTIMEO", "250ms", SOL_SOCKET, SO_RCVTIMEO},
      {"TCP_CONGESTION", "reno", IPPROTO_TCP, TCP_CONGESTION},
      {"IP_MTU_DISCOVER", "probe", IPPROTO_IP, IP_MTU_DISCOVER},
      {"IP_TTL", "7", IPPROTO_IP, IP_TTL},
      {"SO_MAX_PACING_RATE", "1M", SOL_SOCKET, SO_MAX_PACING_RATE},
      {"SO_BINDTODEVICE", "lo", SOL_SOCKET, SO_BINDTODEVICE},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.name);
    const Raw before = owner.in(raw, c.accepted, change);
    Outcome set = sockopt(at_fd(owner, c.accepted) +
                          Words{"--set-live", std::string(change.name) + "=" + change.value});
    ASSERT_EQ(set.status, 0) << set.err;
    if (owner.in(raw, c.accepted, change) == before) continue;  // the machine's own default
    Outcome back = run(nettool_argv(told_command(set.out + set.err)));
    EXPECT_EQ(back.status, 0) << set.out << back.err;
    EXPECT_TRUE(owner.in(raw, c.accepted, change) == before) << set.out << set.err << back.out;
  }
}

// A buffer reads twice what was asked for: the command that puts it back must not double it again.
TEST(SockoptSetLive, ABufferIsPutBackToItsSize) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return bound_socket(loopback(), SOCK_DGRAM); });
  const auto size = [](int s) { return get_int(s, SOL_SOCKET, SO_RCVBUF); };
  const int before = owner.in(size, fd);
  Outcome set = sockopt(at_fd(owner, fd) + Words{"--set-live", "SO_RCVBUF=10000"});
  EXPECT_EQ(owner.in(size, fd), 20000) << set.out;
  Outcome back = run(nettool_argv(told_command(set.out + set.err)));
  EXPECT_EQ(back.status, 0) << back.err;
  EXPECT_EQ(owner.in(size, fd), before) << set.out;
}

TEST(SockoptSetLive, RefusedWithoutTheFlag) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  const std::string port = at_port(port_of(owner, fd));
  for (const Words& where : {at_fd(owner, fd), Words{"--pid", owner.pid_text()}, Words{"--local", port},
                             Words{"--local", port, "--state", "listen"}}) {
    Outcome outcome = sockopt(where + Words{"SO_KEEPALIVE=on"});
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "--set-live")) << outcome.err;
    EXPECT_EQ(owner.in(keepalive, fd), 0);
  }
}

TEST(SockoptSetLive, EveryMatchIsSet) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  const Rows rows = sockopt_rows(
      {"--tcp", "--local", "127.0.0.1" + at_port(c.server_address.port()), "--set-live", "SO_KEEPALIVE=on"});
  ASSERT_EQ(rows.size(), 2U);
  std::set<long long> fds;
  for (const json::Value& row : rows) {
    fds.insert(row["socket"]["fd"].integer());
    EXPECT_EQ(row["name"].string(), "SO_KEEPALIVE");
    EXPECT_TRUE(row["requested"].boolean());
    EXPECT_TRUE(row["effective"].boolean());
    EXPECT_TRUE(row["value"].boolean());
    EXPECT_FALSE(row["previous"].boolean());
    EXPECT_TRUE(row["bounded_by"].is_null());
    EXPECT_TRUE(row["error"].is_null());
  }
  EXPECT_EQ(fds, (std::set<long long>{c.listener, c.accepted}));
  EXPECT_EQ(owner.in(keepalive, c.listener), 1);
  EXPECT_EQ(owner.in(keepalive, c.accepted), 1);
  EXPECT_EQ(owner.in(keepalive, c.client), 0);
}

// One value is refused, the other is set all the same, and the status says so.
TEST(SockoptSetLive, ARefusalDoesNotStopTheOthers) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(AF_INET6), SOCK_STREAM); });
  const Words words = at_fd(owner, fd) + Words{"--set-live", "IPV6_V6ONLY=off", "SO_KEEPALIVE=on"};
  Outcome outcome = sockopt(words);
  EXPECT_EQ(outcome.status, 4);
  EXPECT_TRUE(contains(outcome.err, "IPV6_V6ONLY") && contains(outcome.err, "(EINVAL)")) << outcome.err;
  EXPECT_TRUE(contains(hint_of(outcome.err), "bound")) << outcome.err;
  EXPECT_EQ(owner.in(keepalive, fd), 1);

  Outcome as_json = sockopt(Words{"--json"} + words);
  EXPECT_EQ(as_json.status, 4);
  const Rows rows = json::parse_lines(as_json.out);
  EXPECT_EQ(row_of(rows, "IPV6_V6ONLY")["error"]["code"].string(), "EINVAL");
  EXPECT_TRUE(row_of(rows, "SO_KEEPALIVE")["error"].is_null());
}

// Set and read in one go: values without "=" are read after the others were set.
TEST(SockoptSetLive, SetSomeAndReadSome) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  const Rows rows = sockopt_rows(at_fd(owner, fd) + Words{"--set-live", "SO_KEEPALIVE=on", "SO_REUSEADDR"});
  EXPECT_TRUE(row_of(rows, "SO_KEEPALIVE").has("requested"));
  EXPECT_FALSE(row_of(rows, "SO_REUSEADDR").has("requested"));
  EXPECT_FALSE(row_of(rows, "SO_REUSEADDR")["value"].boolean());
}

// In a network of its own, from outside.
TEST(SockoptSetLive, AcrossNetworks) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  SocketOwner owner(ns.enter_hook());
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  EXPECT_EQ(sockopt(at_fd(owner, fd) + Words{"--set-live", "SO_KEEPALIVE=on"}).status, 0);
  EXPECT_EQ(owner.in(keepalive, fd), 1);
}

// An option that another kind of socket has is refused before any socket is touched.
TEST(SockoptSetLive, AnOptionOfAnotherKind) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return bound_socket(loopback(), SOCK_DGRAM); });
  Outcome outcome = sockopt(at_fd(owner, fd) + Words{"--set-live", "TCP_NODELAY=on"});
  EXPECT_NE(outcome.status, 0);
  EXPECT_TRUE(contains(outcome.err, "TCP_NODELAY")) << outcome.err;
}

}  // namespace
}  // namespace test
