#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "net/sock/socket.hh"
#include "net/sock/sockopt.hh"
#include "tests/support/fd.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// SOL_SOCKET rows on sockets that something has happened to.
namespace net {
namespace {

std::int64_t number(const OptionValue& value) {
  const auto* const number = std::get_if<std::int64_t>(&value.data);
  EXPECT_NE(number, nullptr);
  return number == nullptr ? -1 : *number;
}

std::int64_t field(const OptionValue& value, std::string_view name) {
  for (const auto& [key, each] : std::get<OptionValue::Fields>(value.data)) {
    if (key == name) return number(each);
  }
  ADD_FAILURE() << "no field " << name;
  return -1;
}

struct Connection {
  test::TcpServer server{"127.0.0.1"};
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  test::Peer accepted = server.accept();
};

struct UdpPair {
  UdpPair() { sender.connect("127.0.0.1", receiver.port()); }
  test::UdpSocket receiver;
  test::UdpSocket sender;
};

TEST(SockoptState, WhatItWasMadeAs) {
  struct Case {
    std::string_view kind;
    std::string_view domain;
    std::string_view type;
    std::string_view protocol;
  };
  constexpr Case cases[] = {
      {"tcp4", "inet", "stream", "tcp"},        {"tcp6", "inet6", "stream", "tcp"},
      {"udp6", "inet6", "dgram", "udp"},        {"mptcp4", "inet", "stream", "mptcp"},
      {"raw4", "inet", "raw", "icmp"},          {"raw6", "inet6", "raw", "icmpv6"},
      {"udplite4", "inet", "dgram", "udplite"}, {"unix", "unix", "stream", "0"},
      {"unix-dgram", "unix", "dgram", "0"},     {"unix-seqpacket", "unix", "seqpacket", "0"},
  };
  for (const Case& c : cases) {
    const auto kinds = test_kinds();
    const auto kind = std::ranges::find(kinds, c.kind, &TestKind::name);
    ASSERT_NE(kind, kinds.end());
    const auto socket = fresh(*kind);
    if (!socket) continue;
    EXPECT_EQ(read_text(socket->fd(), "SO_DOMAIN"), c.domain);
    EXPECT_EQ(read_text(socket->fd(), "SO_TYPE"), c.type);
    EXPECT_EQ(read_text(socket->fd(), "SO_PROTOCOL"), c.protocol);
  }
  const test::Fd netlink(::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  EXPECT_EQ(read_text(netlink.get(), "SO_DOMAIN"), "netlink");
}

TEST(SockoptState, AListenerAccepts) {
  const Connection connection;
  EXPECT_EQ(read_text(connection.server.fd(), "SO_ACCEPTCONN"), "on");
  EXPECT_EQ(read_text(connection.client.fd(), "SO_ACCEPTCONN"), "off");
  EXPECT_EQ(read_text(connection.accepted.fd(), "SO_ACCEPTCONN"), "off");
}

TEST(SockoptState, APendingErrorIsToldOnce) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  EXPECT_EQ(read_text(socket->fd(), "SO_ERROR"), "none");
  static_cast<void>(socket->connect(Endpoint::loopback(AF_INET, test::closed_port(SOCK_STREAM))));
  ASSERT_TRUE(test::poll_one(socket->fd(), POLLOUT, test::Deadline(test::patience)));
  const OptionValue error = read_value(socket->fd(), "SO_ERROR");
  EXPECT_EQ(number(error), ECONNREFUSED);
  EXPECT_EQ(option_text(error), "ECONNREFUSED");
  EXPECT_EQ(read_text(socket->fd(), "SO_ERROR"), "none");
}

TEST(SockoptState, MemoryOfWhatWaitsToBeRead) {
  UdpPair pair;
  const int fd = pair.receiver.fd();
  ASSERT_EQ(set_text(fd, "SO_RCVBUF=4096"), "");
  const OptionValue idle = read_value(fd, "SO_MEMINFO");
  EXPECT_EQ(field(idle, "rmem_alloc"), 0);
  EXPECT_EQ(field(idle, "rcvbuf"), number(read_value(fd, "SO_RCVBUF")));
  EXPECT_EQ(field(idle, "sndbuf"), number(read_value(fd, "SO_SNDBUF")));
  EXPECT_EQ(field(idle, "drops"), 0);
  pair.sender.send("some bytes");
  const OptionValue queued = read_value(fd, "SO_MEMINFO");
  EXPECT_GT(field(queued, "rmem_alloc"), 10);
  // Far more than the buffer holds.
  for (int i = 0; i < 100; ++i) pair.sender.send(std::string(500, 'x'));
  EXPECT_GT(field(read_value(fd, "SO_MEMINFO"), "drops"), 50);
}

TEST(SockoptState, MemoryOfWhatWaitsToBeSent) {
  const Connection connection;
  const int fd = connection.client.fd();
  const std::string bytes(1 << 20U, 'x');
  while (send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
  }
  EXPECT_GT(field(read_value(fd, "SO_MEMINFO"), "wmem_queued"), 4096);
  EXPECT_GT(field(read_value(connection.accepted.fd(), "SO_MEMINFO"), "rmem_alloc"), 4096);
}

/// The cookie that sock_diag(7) shows for a connected IPv4 TCP socket.
std::uint64_t diag_cookie(const test::Peer& socket) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 request;
  } message{};
  message.header = {.nlmsg_len = sizeof message,
                    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                    .nlmsg_flags = NLM_F_REQUEST,
                    .nlmsg_seq = 1,
                    .nlmsg_pid = 0};
  message.request.sdiag_family = AF_INET;
  message.request.sdiag_protocol = IPPROTO_TCP;
  message.request.idiag_states = ~0U;
  message.request.id.idiag_sport = htons(socket.local_port());
  message.request.id.idiag_dport = htons(socket.peer_port());
  message.request.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
  message.request.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
  message.request.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  message.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  const test::Fd netlink(::socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
  EXPECT_EQ(send(netlink.get(), &message, sizeof message, 0), static_cast<ssize_t>(sizeof message));
  struct {
    nlmsghdr header;
    inet_diag_msg reply;
    std::array<std::byte, 4096> attributes;
  } answer{};
  EXPECT_GT(recv(netlink.get(), &answer, sizeof answer, 0), 0);
  EXPECT_EQ(answer.header.nlmsg_type, SOCK_DIAG_BY_FAMILY);
  const auto& cookie = answer.reply.id.idiag_cookie;
  return cookie[0] | (std::uint64_t{cookie[1]} << 32U);
}

TEST(SockoptState, TheCookieIsThatOfSockDiag) {
  const Connection connection;
  const std::string cookie = read_text(connection.client.fd(), "SO_COOKIE");
  EXPECT_EQ(cookie, std::to_string(diag_cookie(connection.client)));
  EXPECT_EQ(cookie, read_text(connection.client.fd(), "SO_COOKIE"));
  EXPECT_NE(cookie, read_text(connection.accepted.fd(), "SO_COOKIE"));
}

TEST(SockoptState, TheCookieOfANetwork) {
  REQUIRE_NAMESPACES();
  const test::Namespace elsewhere;
  const auto make = [] { return test::Fd(::socket(AF_INET, SOCK_DGRAM, 0)); };
  const test::Fd here = make();
  const test::Fd there = elsewhere.in(make);
  const test::Fd also_there = elsewhere.in(make);
  EXPECT_NE(read_text(here.get(), "SO_NETNS_COOKIE"), read_text(there.get(), "SO_NETNS_COOKIE"));
  EXPECT_EQ(read_text(also_there.get(), "SO_NETNS_COOKIE"), read_text(there.get(), "SO_NETNS_COOKIE"));
}

TEST(SockoptState, TheCpuOfTheLastPacket) {
  Connection connection;
  connection.client.send_all("x");
  static_cast<void>(connection.accepted.recv_some());
  const auto cpu = number(read_value(connection.accepted.fd(), "SO_INCOMING_CPU"));
  EXPECT_GE(cpu, 0);
  EXPECT_LT(cpu, sysconf(_SC_NPROCESSORS_CONF));
}

TEST(SockoptState, ABufferSetByHandIsLocked) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  EXPECT_EQ(read_text(socket->fd(), "SO_BUF_LOCK"), "none");
  ASSERT_EQ(set_text(socket->fd(), "SO_RCVBUF=64K"), "");
  EXPECT_EQ(read_text(socket->fd(), "SO_BUF_LOCK"), "rcvbuf");
  ASSERT_EQ(set_text(socket->fd(), "SO_SNDBUF=64K"), "");
  EXPECT_EQ(read_text(socket->fd(), "SO_BUF_LOCK"), "sndbuf,rcvbuf");
  ASSERT_EQ(set_text(socket->fd(), "SO_BUF_LOCK=none"), "");
  EXPECT_EQ(read_text(socket->fd(), "SO_BUF_LOCK"), "none");
  // The table's own bits are those.
  EXPECT_EQ((*find_option("SO_SNDBUF"))->buffer_lock, 1);
  EXPECT_EQ((*find_option("SO_RCVBUF"))->buffer_lock, 2);
}

// What cannot be read shows in its readable sibling.
TEST(SockoptState, ForceIsSeenInTheBuffer) {
  REQUIRE_ROOT();
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  for (const std::string name : {"SO_RCVBUF", "SO_SNDBUF"}) {
    // Far above any net.core.?mem_max, which is what FORCE is for.
    ASSERT_EQ(set_text(socket->fd(), name + "FORCE=512M"), "");
    EXPECT_EQ(read_text(socket->fd(), name), "1 GiB") << name;
  }
}

TEST(SockoptState, OneOfTheTwoStampsAtATime) {
  const auto socket = Socket::open(AF_INET, SOCK_DGRAM);
  ASSERT_TRUE(socket);
  ASSERT_EQ(set_text(socket->fd(), "SO_TIMESTAMP"), "");
  ASSERT_EQ(set_text(socket->fd(), "SO_TIMESTAMPNS"), "");
  EXPECT_EQ(read_text(socket->fd(), "SO_TIMESTAMP"), "off");
  EXPECT_EQ(read_text(socket->fd(), "SO_TIMESTAMPNS"), "on");
}

TEST(SockoptState, StampsAreNumberedOnceConnected) {
  const Connection connection;
  const int fd = connection.client.fd();
  ASSERT_EQ(set_text(fd, "SO_TIMESTAMPING=tx_ack,tx_software,software,opt_id"), "");
  EXPECT_EQ(read_text(fd, "SO_TIMESTAMPING"), "tx_software,software,opt_id,tx_ack");
}

TEST(SockoptState, TheFlagsOfASendingTime) {
  const auto socket = Socket::open(AF_INET, SOCK_DGRAM);
  ASSERT_TRUE(socket);
  ASSERT_EQ(set_text(socket->fd(), "SO_TXTIME=monotonic,report_errors"), "");
  const OptionValue value = read_value(socket->fd(), "SO_TXTIME");
  const auto& fields = std::get<OptionValue::Fields>(value.data);
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].first, "clock");
  EXPECT_EQ(option_text(fields[0].second), "monotonic");
  EXPECT_EQ(fields[1].first, "flags");
  EXPECT_EQ(option_text(fields[1].second), "report_errors");
}

TEST(SockoptState, TheOffsetOfAPeekMovesOn) {
  UdpPair pair;
  const int fd = pair.receiver.fd();
  ASSERT_EQ(set_text(fd, "SO_PEEK_OFF=2"), "");
  pair.sender.send("abcdef");
  ASSERT_TRUE(test::poll_one(fd, POLLIN, test::Deadline(test::patience)));
  std::array<char, 2> bytes{};
  ASSERT_EQ(recv(fd, bytes.data(), bytes.size(), MSG_PEEK), 2);
  EXPECT_EQ(bytes[0], 'c');
  EXPECT_EQ(read_text(fd, "SO_PEEK_OFF"), "4 B");
}

}  // namespace
}  // namespace net
