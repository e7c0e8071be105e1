// What makes no sense is refused before any socket is touched: status 2, and the bad part is named.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/e2e/sockopt_run.hh"

namespace test {
namespace {

struct Case {
  Words words;
  const char* named;  ///< must stand in the message
};

void expect_usage(const Case& c) {
  SCOPED_TRACE(testing::PrintToString(c.words));
  Outcome outcome = sockopt(c.words);
  EXPECT_EQ(outcome.status, 2) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("nettool: ")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err.substr(0, outcome.err.find('\n')), c.named)) << outcome.err;
  Outcome as_json = sockopt(Words{"--json"} + c.words);
  EXPECT_EQ(as_json.status, 2);
  EXPECT_EQ(json::parse_lines(as_json.err).back()["error"].kind(), json::Kind::object);
}

TEST(SockoptUsage, Names) {
  const std::vector<Case> cases = {
      {{"SO_NOTHING"}, "SO_NOTHING"},
      {{"SO_NOTHING=1"}, "SO_NOTHING"},
      {{"nothing"}, "nothing"},
      {{"SO_"}, "SO_"},
      {{"7"}, "7"},
      {{""}, ""},
      {{"=1"}, "=1"},
      {{"SO_KEEPALIVE", "SO_NOTHING"}, "SO_NOTHING"},
      // Not a guess: which of the two?
      {{"CORK"}, "TCP_CORK"},
      {{"CORK"}, "UDP_CORK"},
      {{"MTU"}, "IP_MTU"},
      {{"MTU"}, "IPV6_MTU"},
      {{"mtu_discover=do"}, "IPV6_MTU_DISCOVER"},
      {{"--explain", "SO_NOTHING"}, "SO_NOTHING"},
      {{"--explain", "MTU"}, "IPV6_MTU"},
      {{"--explain", "SO_RCVBUF", "--explain", "CORK"}, "CORK"},
      {{"TCP_RCVBUF"}, "TCP_RCVBUF"},
      {{"SO_RCVBUF "}, "SO_RCVBUF "},
  };
  for (const Case& c : cases) expect_usage(c);
}

TEST(SockoptUsage, Values) {
  const std::vector<Case> cases = {
      {{"SO_RCVBUF="}, "SO_RCVBUF"},
      {{"SO_RCVBUF=x"}, "SO_RCVBUF=x"},
      {{"SO_RCVBUF=64KB"}, "64KB"},
      {{"SO_RCVBUF=-1"}, "-1"},
      {{"SO_RCVBUF=99999999999999999999"}, "99999999999999999999"},
      {{"SO_RCVBUF=4G"}, "4G"},
      {{"SO_KEEPALIVE=maybe"}, "maybe"},
      {{"SO_KEEPALIVE=2"}, "2"},
      {{"SO_KEEPALIVE= on"}, " on"},
      {{"IP_TTL=010"}, "010"},
      {{"IP_TTL=1e3"}, "1e3"},
      {{"IP_TTL=0x"}, "0x"},
      {{"TCP_KEEPIDLE=1500ms"}, "1500ms"},
      {{"TCP_KEEPIDLE=5 s"}, "5 s"},
      {{"SO_LINGER=on"}, "on"},
      {{"SO_LINGER=1.5"}, "1.5"},
      {{"SO_RCVTIMEO=-1"}, "-1"},
      {{"IP_MTU_DISCOVER=maybe"}, "maybe"},
      {{"IP_LOCAL_PORT_RANGE=1000"}, "1000"},
      {{"--udp", "IP_ADD_MEMBERSHIP=127.0.0.1"}, "127.0.0.1"},
      {{"--udp", "IP_ADD_MEMBERSHIP=239.1.2.3,nosuch0"}, "nosuch0"},
      {{"TCP_CONGESTION="}, "TCP_CONGESTION"},
      // It cannot be set at all.
      {{"SO_TYPE=1"}, "SO_TYPE"},
      {{"SO_ERROR=0"}, "SO_ERROR"},
      {{"TCP_INFO=1"}, "TCP_INFO"},
  };
  for (const Case& c : cases) expect_usage(c);
}

TEST(SockoptUsage, Options) {
  const std::vector<Case> cases = {
      {{"--pid"}, "--pid"},
      {{"--pid="}, "--pid"},
      {{"--pid", "x"}, "x"},
      {{"--pid", "0"}, "0"},
      {{"--pid", "-1"}, "-1"},
      {{"--pid", "1x"}, "1x"},
      {{"--pid", "99999999999"}, "99999999999"},
      {{"--pid", "1", "--fd", "x"}, "x"},
      {{"--pid", "1", "--fd", "-1"}, "-1"},
      {{"--fd", "3"}, "--fd"},
      {{"--local", ":x!"}, "x!"},
      {{"--local", ":65536"}, "65536"},
      {{"--local", "127.0.0.1:"}, "127.0.0.1:"},
      {{"--local", "127.0.0.01:80"}, "127.0.0.01"},
      {{"--local", "example.test:80"}, "example.test"},
      {{"--local", "[::1:80"}, "[::1:80"},
      {{"--local", ":nosuchservice"}, "nosuchservice"},
      {{"--peer", ":70000"}, "70000"},
      {{"--state", "nosuch"}, "nosuch"},
      {{"--state", ""}, ""},
      {{"--watch", "x", "--pid", "1"}, "x"},
      {{"--watch", "0", "--pid", "1"}, "0"},
      {{"--watch", "-1s", "--pid", "1"}, "-1s"},
      {{"--connect", "127.0.0.1"}, "127.0.0.1"},
      {{"--connect", "127.0.0.1:x!"}, "x!"},
      {{"--connect", "127.0.0.1:70000"}, "70000"},
      {{"--listen", "127.0.0.1:70000"}, "70000"},
      {{"--listen", "x!"}, "x!"},
      {{"--nosuch"}, "--nosuch"},
      {{"--udp=yes"}, "--udp"},
  };
  for (const Case& c : cases) expect_usage(c);
}

TEST(SockoptUsage, Combinations) {
  const std::vector<Case> cases = {
      {{"--tcp", "--udp"}, "--udp"},
      {{"--unix", "--mptcp"}, "--unix"},
      {{"-4", "-6"}, "-6"},
      {{"--unix", "-6"}, "-6"},
      {{"--type", "dgram"}, "--type"},
      {{"--connect", "127.0.0.1:1", "--listen", "0"}, "--listen"},
      {{"--connect", "127.0.0.1:1", "--pid", "1"}, "--connect"},
      {{"--listen", "0", "--local", ":1"}, "--listen"},
      {{"--pid", "1", "SO_KEEPALIVE=on"}, "--set-live"},
      {{"--local", ":1", "SO_KEEPALIVE=on"}, "--set-live"},
      {{"--set-live", "SO_KEEPALIVE=on"}, "--set-live"},
      {{"--set-live", "--pid", "1"}, "--set-live"},
      {{"--watch", "1s"}, "--watch"},
      {{"--watch", "1s", "--list"}, "--list"},
      {{"--list", "--explain", "SO_RCVBUF"}, "--explain"},
      {{"--list", "--pid", "1"}, "--list"},
      {{"--explain", "SO_RCVBUF", "--pid", "1"}, "--explain"},
      {{"--explain", "SO_RCVBUF", "SO_KEEPALIVE=on"}, "--explain"},
      {{"--connect", "[::1]:80", "-4"}, "::1"},
      {{"--listen", "[::1]:0", "-4"}, "::1"},
      {{"--unix", "--connect", std::string(200, 'x')}, "x"},
      {{"--local", "/" + std::string(200, 'x')}, "x"},
      {{"--raw", "--connect", "127.0.0.1:1"}, "--raw"},
  };
  for (const Case& c : cases) expect_usage(c);
}

// An option that the chosen kind of socket does not have.
TEST(SockoptUsage, AnOptionOfAnotherKind) {
  const std::vector<Case> cases = {
      {{"--udp", "TCP_NODELAY=on"}, "TCP_NODELAY"},
      {{"--unix", "IP_TTL=5"}, "IP_TTL"},
      {{"-4", "IPV6_V6ONLY=on"}, "IPV6_V6ONLY"},
      {{"--tcp", "UDP_GRO=on"}, "UDP_GRO"},
  };
  for (const Case& c : cases) expect_usage(c);
}

// All of argv is looked at before anything is done: the good word before the bad one has no effect.
TEST(SockoptUsage, NothingIsDoneBefore) {
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  const Words where = at_fd(owner, fd) + Words{"--set-live", "SO_KEEPALIVE=on"};
  for (const char* bad : {"SO_NOTHING=1", "IP_TTL=x", "--nosuch", "--tcp=1"}) {
    EXPECT_EQ(sockopt(where + Words{bad}).status, 2) << bad;
    EXPECT_EQ(owner.in([](int s) { return get_int(s, SOL_SOCKET, SO_KEEPALIVE); }, fd), 0) << bad;
  }
}

TEST(SockoptUsage, WhatIsWrongIsShownEscaped) {
  Outcome outcome = sockopt({"SO_\x1b[31mX"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.err, "SO_\\x1b[31mX")) << outcome.err;
  Outcome value = sockopt({"IP_TTL=\x1b[2J"});
  EXPECT_EQ(value.status, 2);
  EXPECT_FALSE(contains(value.err, "\x1b")) << value.err;
}

TEST(SockoptUsage, HelpNamesWhatThereIs) {
  Outcome outcome = sockopt({"--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* option :
       {"--tcp", "--udp", "--unix", "--mptcp", "--raw", "--connect", "--listen", "--pid", "--fd", "--local",
        "--peer", "--state", "--destructive", "--set-live", "--changed", "--explain", "--list", "--watch"}) {
    EXPECT_TRUE(contains(outcome.out, option)) << option;
  }
}

}  // namespace
}  // namespace test
