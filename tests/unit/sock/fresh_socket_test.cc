#include "net/sock/fresh_socket.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "net/sock/socket.hh"

namespace net {
namespace {

Socket open(int family, int type, int protocol = 0) {
  auto socket = Socket::open(family, type, protocol);
  EXPECT_TRUE(socket) << socket.error().message();
  return std::move(*socket);
}

SocketFacts facts_of(int fd) {
  auto facts = socket_facts(fd);
  EXPECT_TRUE(facts) << facts.error().message();
  return facts.value_or(SocketFacts());
}

bool v6only(int fd) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length), 0);
  return value != 0;
}

TEST(SocketFacts, OfAListener) {
  const Socket socket = open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket.bind(Endpoint::loopback(AF_INET, 0)));
  EXPECT_EQ(facts_of(socket.fd()).state, TCP_CLOSE);
  ASSERT_TRUE(socket.listen(1));
  const SocketFacts facts = facts_of(socket.fd());
  EXPECT_EQ(facts.kind, (SocketKind{AF_INET, SOCK_STREAM, IPPROTO_TCP}));
  EXPECT_TRUE(facts.listening);
  EXPECT_FALSE(facts.connected);
  EXPECT_EQ(facts.state, TCP_LISTEN);
  EXPECT_EQ(facts.local, socket.local());
  EXPECT_EQ(facts.peer.family(), AF_UNSPEC);
}

TEST(SocketFacts, OfAConnectedDatagramSocket) {
  const Socket socket = open(AF_INET6, SOCK_DGRAM);
  EXPECT_EQ(facts_of(socket.fd()).state, TCP_CLOSE);
  ASSERT_TRUE(socket.connect(Endpoint::loopback(AF_INET6, 9)));
  const SocketFacts facts = facts_of(socket.fd());
  EXPECT_TRUE(facts.connected);
  EXPECT_EQ(facts.state, TCP_ESTABLISHED);
  EXPECT_EQ(facts.peer.text(), "[::1]:9");
}

TEST(SocketFacts, OfAUnixPairHasNoNames) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd a(ends[0]);
  const Fd b(ends[1]);
  const SocketFacts facts = facts_of(a.get());
  EXPECT_EQ(facts.kind.name(), "unix-seqpacket");
  EXPECT_TRUE(facts.connected);
  EXPECT_TRUE(facts.local.is_unix());
}

TEST(SocketFacts, KnowsWhichBuffersWereSetByHand) {
  const Socket socket = open(AF_INET, SOCK_STREAM);
  EXPECT_EQ(facts_of(socket.fd()).buffer_lock, 0U);
  ASSERT_TRUE(socket.set_int(SOL_SOCKET, SO_RCVBUF, 20000, "SO_RCVBUF"));
  EXPECT_EQ(facts_of(socket.fd()).buffer_lock, 2U);
}

TEST(SocketFacts, OtherFamiliesAreToldWithoutAddress) {
  const Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(fd.valid());
  const SocketFacts facts = facts_of(fd.get());
  EXPECT_EQ(facts.kind.name(), "other");
  EXPECT_EQ(facts.local.family(), AF_UNSPEC);
}

TEST(SocketFacts, WhatIsNoSocketIsAnError) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd a(ends[0]);
  const Fd b(ends[1]);
  const auto facts = socket_facts(a.get());
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().symbol(), "ENOTSOCK");
}

struct Role {
  std::string_view what;
  SocketKind kind;
  bool listening;
  bool connected;
};

TEST(FreshSocket, TakesTheRoleOfTheOther) {
  const Role roles[] = {
      {"plain TCP", {AF_INET, SOCK_STREAM, IPPROTO_TCP}, false, false},
      {"listening TCP", {AF_INET, SOCK_STREAM, IPPROTO_TCP}, true, false},
      {"connected TCP", {AF_INET, SOCK_STREAM, IPPROTO_TCP}, false, true},
      {"connected TCP over IPv6", {AF_INET6, SOCK_STREAM, IPPROTO_TCP}, false, true},
      {"plain UDP", {AF_INET6, SOCK_DGRAM, IPPROTO_UDP}, false, false},
      {"connected UDP", {AF_INET, SOCK_DGRAM, IPPROTO_UDP}, false, true},
      {"listening Unix", {AF_UNIX, SOCK_STREAM, 0}, true, false},
      {"connected Unix datagram", {AF_UNIX, SOCK_DGRAM, 0}, false, true},
      {"listening Unix seqpacket", {AF_UNIX, SOCK_SEQPACKET, 0}, true, false},
  };
  for (const Role& role : roles) {
    SocketFacts wanted;
    wanted.kind = role.kind;
    wanted.listening = role.listening;
    wanted.connected = role.connected;
    const auto fresh = fresh_socket_like(wanted);
    ASSERT_TRUE(fresh) << role.what << ": " << fresh.error().message();
    const SocketFacts facts = facts_of(fresh->socket.get());
    EXPECT_EQ(facts.kind, role.kind) << role.what;
    EXPECT_EQ(facts.listening, role.listening) << role.what;
    EXPECT_EQ(facts.connected, role.connected) << role.what;
  }
}

// Binding to one IPv6 address is what switches IPV6_V6ONLY on: no setting of anybody's.
TEST(FreshSocket, IsBoundToOneAddressLikeTheOther) {
  for (const bool one : {true, false}) {
    const Socket socket = open(AF_INET6, SOCK_STREAM);
    ASSERT_TRUE(socket.bind(one ? Endpoint::loopback(AF_INET6, 0) : Endpoint::any(AF_INET6, 0)));
    ASSERT_TRUE(socket.listen(1));
    const auto fresh = fresh_socket_like(facts_of(socket.fd()));
    ASSERT_TRUE(fresh);
    EXPECT_EQ(v6only(fresh->socket.get()), v6only(socket.fd())) << one;
    EXPECT_EQ(v6only(socket.fd()), one);
  }
}

TEST(FreshSocket, AKindThatCannotBeMadeIsAnError) {
  SocketFacts wanted;
  wanted.kind = {AF_INET, SOCK_STREAM, 9999};
  EXPECT_FALSE(fresh_socket_like(wanted));
}

}  // namespace
}  // namespace net
