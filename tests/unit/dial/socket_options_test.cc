#include "net/dial/socket_options.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <initializer_list>
#include <string>

#include "net/sock/sockopt_layout.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"

namespace net {
namespace {

using Settings = std::vector<OptionSetting>;

Settings settings(std::initializer_list<const char*> texts) {
  Settings out;
  for (const char* text : texts) {
    auto setting = parse_option(text);
    EXPECT_TRUE(setting) << text << ": " << setting.error();
    if (setting) out.push_back(std::move(*setting));
  }
  return out;
}

int int_option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  getsockopt(fd, level, name, &value, &length);
  return value;
}

/// "IP_TTL requested 5 hops, effective 5 hops;" of each.
std::string told(int fd, const Settings& options, OptionMoment moment) {
  std::string text;
  for (const OptionChange& change : applied_options(fd, options, moment)) {
    text += std::string(change.option->name) + " " + change_text(change) + ";";
  }
  return text;
}

// Each moment has its own: what accept(2) hands on is not set again on what it gave.
TEST(ApplyOptions, ByMoment) {
  const auto options = settings({"SO_PRIORITY=3", "TCP_KEEPCNT=4", "TCP_QUICKACK=off"});
  struct Case {
    OptionMoment moment;
    int priority;
    bool keepcnt;
    int quickack;
  };
  for (const Case& c : {Case{OptionMoment::before, 3, true, 1}, Case{OptionMoment::connected, 0, false, 0},
                        Case{OptionMoment::accepted, 3, false, 0}}) {
    const auto socket = Socket::open(AF_INET, SOCK_STREAM);
    ASSERT_TRUE(socket && apply_options(*socket, AF_INET, options, c.moment));
    EXPECT_EQ(int_option(socket->fd(), SOL_SOCKET, SO_PRIORITY), c.priority);
    EXPECT_EQ(int_option(socket->fd(), IPPROTO_TCP, TCP_KEEPCNT) == 4, c.keepcnt);
    EXPECT_EQ(int_option(socket->fd(), IPPROTO_TCP, TCP_QUICKACK), c.quickack);
  }
}

// An accepted socket would refuse what had to be set before it was connected, and the client would be lost.
TEST(ApplyOptions, NothingOfThePastIsSetOnAnAcceptedSocket) {
  for (const auto phase :
       {OptionPhase::before_bind, OptionPhase::before_listen, OptionPhase::before_connect}) {
    SocketOption row = **find_option("SO_PRIORITY");
    row.inherited = false;
    row.phase = phase;
    const Settings options{{.option = &row, .bytes = bytes_of_value(3), .written = "3"}};
    const auto socket = Socket::open(AF_INET, SOCK_STREAM);
    ASSERT_TRUE(socket && apply_options(*socket, AF_INET, options, OptionMoment::accepted));
    EXPECT_EQ(int_option(socket->fd(), SOL_SOCKET, SO_PRIORITY), 0);
  }
}

TEST(ApplyOptions, EachFamilyTakesItsOwn) {
  SocketOption only_ipv4 = **find_option("IP_TTL");
  only_ipv4.family = AF_INET;
  Settings options = settings({"IPV6_UNICAST_HOPS=9"});
  options.push_back({.option = &only_ipv4, .bytes = bytes_of_value(7), .written = "7"});
  const auto four = Socket::open(AF_INET, SOCK_STREAM);
  const auto six = Socket::open(AF_INET6, SOCK_STREAM);
  ASSERT_TRUE(four && six);
  ASSERT_TRUE(apply_options(*four, AF_INET, options, OptionMoment::before));
  ASSERT_TRUE(apply_options(*six, AF_INET6, options, OptionMoment::before));
  EXPECT_EQ(int_option(four->fd(), IPPROTO_IP, IP_TTL), 7);
  EXPECT_EQ(int_option(six->fd(), IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
  EXPECT_NE(int_option(six->fd(), IPPROTO_IP, IP_TTL), 7);
  EXPECT_EQ(told(four->fd(), options, OptionMoment::before), "IP_TTL requested 7 hops, effective 7 hops;");
  EXPECT_EQ(told(six->fd(), options, OptionMoment::before),
            "IPV6_UNICAST_HOPS requested 9 hops, effective 9 hops;");
}

TEST(ApplyOptions, ARefusalCarriesItsCause) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const auto set =
      apply_options(*socket, AF_INET, settings({"IP_TTL=5", "TCP_KEEPCNT=1000"}), OptionMoment::before);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().subject, "TCP_KEEPCNT=1000");
  EXPECT_EQ(set.error().hint, "takes 1 to 127");
  EXPECT_EQ(set.error().blame, Blame::local);
  EXPECT_EQ(int_option(socket->fd(), IPPROTO_IP, IP_TTL), 5) << "in their order";
}

// EPROTO is a peer's word elsewhere; of setsockopt(2) it is this kernel's.
TEST(ApplyOptions, EveryRefusalIsOurs) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const auto set =
      apply_options(*socket, AF_INET, settings({"IP_ADD_MEMBERSHIP=239.255.1.2,lo"}), OptionMoment::before);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().symbol(), "EPROTO");
  EXPECT_EQ(set.error().hint, "a TCP socket has no such option");
  EXPECT_EQ(set.error().blame, Blame::local);
}

TEST(AppliedOptions, TheLastOfOneIsTold) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  const auto options = settings({"IP_TTL=5", "SO_KEEPALIVE", "IP_TTL=9"});
  ASSERT_TRUE(socket && apply_options(*socket, AF_INET, options, OptionMoment::before));
  EXPECT_EQ(told(socket->fd(), options, OptionMoment::before),
            "SO_KEEPALIVE requested on, effective on;IP_TTL requested 9 hops, effective 9 hops;");
}

// Two names of one buffer.
TEST(AppliedOptions, WhatShowsInTheSamePlaceIsTheSame) {
  REQUIRE_ROOT();
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  const auto options = settings({"SO_RCVBUF=64K", "SO_RCVBUFFORCE=32M"});
  ASSERT_TRUE(socket && apply_options(*socket, AF_INET, options, OptionMoment::before));
  EXPECT_EQ(told(socket->fd(), options, OptionMoment::before),
            "SO_RCVBUFFORCE requested 32 MiB, effective 64 MiB (doubled by the kernel);");
}

// Of a connection all are told, as they were set in time; of a listener what it has; of an accepted socket
// what its listener could not have.
TEST(AppliedOptions, ByMoment) {
  const auto options = settings({"TCP_KEEPCNT=4", "TCP_QUICKACK"});
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const std::string keepcnt = "TCP_KEEPCNT requested 4, effective ";
  const std::string quickack = "TCP_QUICKACK requested on, effective on;";
  const std::string listener = told(server.fd(), options, OptionMoment::before);
  EXPECT_TRUE(listener.starts_with(keepcnt) && !listener.contains("QUICKACK")) << listener;
  EXPECT_EQ(told(client.fd(), options, OptionMoment::accepted), quickack);
  const std::string both = told(client.fd(), options, OptionMoment::connected);
  EXPECT_TRUE(both.starts_with(keepcnt) && both.ends_with(quickack)) << both;
}

// TCP_MAXSEG was set before connecting and so was not too late; what it is now the connection decided.
TEST(AppliedOptions, WhatWasInTimeIsNotCalledLate) {
  const auto options = settings({"TCP_MAXSEG=1000"});
  const test::TcpServer server;
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket && apply_options(*socket, AF_INET, options, OptionMoment::before));
  EXPECT_EQ(told(socket->fd(), options, OptionMoment::connected),
            "TCP_MAXSEG requested 1000 B, effective 1000 B;");
  ASSERT_TRUE(socket->connect(Endpoint::loopback(AF_INET, server.port())));
  ASSERT_TRUE(test::poll_one(socket->fd(), POLLOUT, test::Deadline(test::patience)));
  const std::string connected = told(socket->fd(), options, OptionMoment::connected);
  EXPECT_TRUE(connected.ends_with(" (what the connection came to);")) << connected;
}

}  // namespace
}  // namespace net
