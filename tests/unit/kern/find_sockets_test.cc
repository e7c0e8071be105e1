#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "net/kern/sock_diag.hh"
#include "tests/support/fd.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"
#include "tests/unit/kern/sockets.hh"

namespace net::kern {
namespace {

using Fds = std::vector<int>;

/// A socket of any protocol, bound to 127.0.0.1 or ::1; invalid where the kernel has no such protocol.
test::Fd bound_socket(int family, int type, int protocol) {
  test::Fd fd(socket(family, type | SOCK_CLOEXEC, protocol));
  const Endpoint loopback = Endpoint::loopback(family, 0);
  if (fd.valid()) EXPECT_EQ(bind(fd.get(), loopback.data(), loopback.size()), 0);
  return fd;
}

/// A connection over 127.0.0.1 or ::1, and its listener.
struct Connection {
  explicit Connection(const std::string& address)
      : server(address), client(test::connect_tcp(address, server.port())), accepted(server.accept()) {}
  test::TcpServer server;
  test::Peer client;
  test::Peer accepted;
};

TEST(FindSockets, BothEndsOfAConnection) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const Connection tcp(host);
    const Endpoint server = at(host, tcp.server.port());
    const Endpoint client = at(host, tcp.client.local_port());
    const auto ends = find({.local = at("0.0.0.0", tcp.server.port())});
    EXPECT_EQ(inodes_of(ends), inodes_of(Fds{tcp.server.fd(), tcp.accepted.fd()}));
    for (const SocketEntry& end : ends) {
      EXPECT_EQ(end.local, server);
      EXPECT_EQ(end.uid, geteuid());
      EXPECT_EQ(end.protocol, DiagProtocol::tcp);
      EXPECT_EQ(end.peer, end.state == SocketState::listen ? Endpoint() : client);
    }
    const auto clients = find({.peer = server});
    ASSERT_EQ(clients.size(), 1U);
    EXPECT_EQ(clients[0].inode, inode_of(tcp.client.fd()));
    EXPECT_EQ(clients[0].local, client);
    EXPECT_EQ(clients[0].peer, server);
  }
}

TEST(FindSockets, LocalAndPeerMustBothHold) {
  Connection tcp("127.0.0.1");
  const test::Peer other = test::connect_tcp("127.0.0.1", tcp.server.port());
  const test::Peer other_end = tcp.server.accept();
  const std::uint16_t port = tcp.server.port();
  EXPECT_EQ(inodes_of(find({.local = at("0.0.0.0", port), .peer = at("0.0.0.0", other.local_port())})),
            inodes_of(Fds{other_end.fd()}));
  EXPECT_EQ(find({.local = at("127.0.0.1", port), .peer = at("127.0.0.1", port)}).size(), 0U);
}

TEST(FindSockets, ByState) {
  Connection tcp("127.0.0.1");
  const auto in_state = [&tcp](SocketState state) {
    return inodes_of(find({.local = at("0.0.0.0", tcp.server.port()), .state = state}));
  };
  EXPECT_EQ(in_state(SocketState::listen), inodes_of(Fds{tcp.server.fd()}));
  EXPECT_EQ(in_state(SocketState::established), inodes_of(Fds{tcp.accepted.fd()}));
  EXPECT_EQ(in_state(SocketState::close), inodes_of(Fds{}));
  EXPECT_EQ(in_state(SocketState::time_wait), inodes_of(Fds{}));
  tcp.client.shutdown_write();
  EXPECT_EQ(tcp.accepted.recv_until_eof(), "");
  EXPECT_EQ(in_state(SocketState::close_wait), inodes_of(Fds{tcp.accepted.fd()}));
  // The acknowledgement of the end may be late.
  test::wait_until("FIN_WAIT_2", [&tcp] {
    const auto client = find({.peer = at("127.0.0.1", tcp.server.port()), .state = SocketState::fin_wait2});
    return inodes_of(client) == inodes_of(Fds{tcp.client.fd()});
  });
}

TEST(FindSockets, SynSent) {
  const test::SilentPort silent;
  const test::Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const Endpoint to = at("127.0.0.1", silent.port());
  ASSERT_NE(connect(fd.get(), to.data(), to.size()), 0);
  ASSERT_EQ(errno, EINPROGRESS);
  const auto found = find({.local = local_of(fd.get()), .peer = to, .state = SocketState::syn_sent});
  EXPECT_EQ(inodes_of(found), inodes_of(Fds{fd.get()}));
}

TEST(FindSockets, TimeWaitHasNoInode) {
  Connection tcp("127.0.0.1");
  tcp.accepted.close();
  EXPECT_EQ(tcp.client.recv_until_eof(), "");
  tcp.client.close();
  std::vector<SocketEntry> waiting;
  test::wait_until("TIME_WAIT", [&] {
    waiting = find({.local = at("127.0.0.1", tcp.server.port()), .state = SocketState::time_wait});
    return waiting.size() == 1;
  });
  EXPECT_EQ(waiting[0].inode, 0U);
  EXPECT_NE(waiting[0].peer.port(), 0);
  // It lasts a minute, of which the test has taken less than its patience.
  EXPECT_GT(waiting[0].timer, std::chrono::seconds(30));
  EXPECT_LE(waiting[0].timer, std::chrono::seconds(60));
}

TEST(FindSockets, BoundAndNothingElse) {
  if (!kernel_is_at_least(6, 8)) GTEST_SKIP() << "kernels before 6.8 do not list sockets that are only bound";
  for (const int family : {AF_INET, AF_INET6}) {
    const test::Fd fd = bound_socket(family, SOCK_STREAM, 0);
    const Endpoint local = local_of(fd.get());
    for (const auto state : {std::optional<SocketState>{}, std::optional{SocketState::close}}) {
      const auto found = find({.local = local, .state = state});
      ASSERT_EQ(found.size(), 1U);
      EXPECT_EQ(found[0].inode, inode_of(fd.get()));
      EXPECT_EQ(found[0].state, SocketState::close);
      EXPECT_EQ(found[0].local, local);
      EXPECT_EQ(found[0].peer, Endpoint());
    }
    EXPECT_TRUE(find({.local = local, .state = SocketState::established}).empty());
  }
}

TEST(FindSockets, Udp) {
  test::UdpSocket server;
  test::UdpSocket client;
  client.connect("127.0.0.1", server.port());
  const Endpoint server_address = at("127.0.0.1", server.port());
  const Endpoint client_address = at("127.0.0.1", client.port());
  const auto unconnected = find({.protocols = {DiagProtocol::udp}, .local = server_address});
  ASSERT_EQ(unconnected.size(), 1U);
  EXPECT_EQ(unconnected[0].inode, inode_of(server.fd()));
  EXPECT_EQ(unconnected[0].protocol, DiagProtocol::udp);
  EXPECT_EQ(unconnected[0].state, SocketState::close);
  EXPECT_EQ(unconnected[0].peer, Endpoint());
  const auto connected = find({.peer = server_address, .state = SocketState::established});
  ASSERT_EQ(connected.size(), 1U);
  EXPECT_EQ(connected[0].inode, inode_of(client.fd()));
  EXPECT_EQ(connected[0].local, client_address);
  EXPECT_EQ(connected[0].peer, server_address);
  EXPECT_TRUE(find({.protocols = {DiagProtocol::tcp}, .local = server_address}).empty());
}

TEST(FindSockets, UdpLite) {
  const test::Fd fd = bound_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  if (!fd.valid()) GTEST_SKIP() << "this kernel has no UDP-Lite";
  const SocketQuery query{.protocols = {DiagProtocol::udplite}, .local = local_of(fd.get())};
  EXPECT_EQ(inodes_of(find(query)), inodes_of(Fds{fd.get()}));
  EXPECT_EQ(find(query)[0].protocol, DiagProtocol::udplite);
  EXPECT_TRUE(find({.local = local_of(fd.get())}).empty()) << "its ports are not those of UDP";
}

TEST(FindSockets, ByARangeOfLocalPorts) {
  const test::TcpServer a;
  const test::TcpServer b("::1");
  const test::UdpSocket c;
  const std::uint16_t port = a.port();
  const auto inodes = [](PortRange range) { return inodes_of(find({.local_ports = range})); };
  const auto has = [](const std::vector<std::uint64_t>& inodes, int fd) {
    return std::ranges::binary_search(inodes, inode_of(fd));
  };
  for (const int fd : {a.fd(), b.fd(), c.fd()}) EXPECT_TRUE(has(inodes({0, 65535}), fd));
  EXPECT_EQ(inodes({port, port}), inodes_of(find({.local = at("0.0.0.0", port)})));
  EXPECT_FALSE(has(inodes({0, static_cast<std::uint16_t>(port - 1)}), a.fd()));
  EXPECT_FALSE(has(inodes({static_cast<std::uint16_t>(port + 1), 65535}), a.fd()));
  EXPECT_TRUE(has(inodes({port, 65535}), a.fd()));
  EXPECT_TRUE(has(inodes({0, port}), a.fd()));
  // Together with an address.
  EXPECT_TRUE(find({.local = at("127.0.0.2", 0), .local_ports = PortRange{port, port}}).empty());
  EXPECT_EQ(find({.local = at("127.0.0.1", 0), .local_ports = PortRange{port, port}}).size(), 1U);
}

TEST(FindSockets, TheInterfaceThatASocketIsTiedTo) {
  const test::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 2), 0);
  const Endpoint any = Endpoint::any(AF_INET, 0);
  ASSERT_EQ(bind(fd.get(), any.data(), any.size()), 0);
  const auto found = find({.protocols = {DiagProtocol::udp}, .local = local_of(fd.get())});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].interface, interface_index("lo"));
}

TEST(FindSockets, WhetherBoundOnlyOnesAreListedIsKnown) {
  EXPECT_EQ(lists_bound_only(), kernel_is_at_least(6, 8));
}

// Also when clients have used up all ports of the kernel's choice.
TEST(FindSockets, WhetherBoundOnlyOnesAreListedIsKnownWithoutAFreePort) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  ns.sysctl("net.ipv4.ip_local_port_range", "40000 40000");
  ns.in([] {
    const test::Fd last = bound_socket(AF_INET, SOCK_STREAM, 0);
    test::Fd(test::plain_socket(AF_INET, SOCK_STREAM));
    EXPECT_EQ(lists_bound_only(), kernel_is_at_least(6, 8));
  });
}

TEST(FindSockets, WhetherIpv4ComesToAnIpv6Socket) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    for (const bool only : {false, true}) {
      const test::Fd fd(test::plain_socket(AF_INET6, type));
      test::set_int(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, only ? 1 : 0);
      const Endpoint any = Endpoint::any(AF_INET6, 0);
      ASSERT_EQ(bind(fd.get(), any.data(), any.size()), 0);
      if (type == SOCK_STREAM) {
        ASSERT_EQ(listen(fd.get(), 1), 0);
      }
      const auto found = find({.local = local_of(fd.get())});
      ASSERT_EQ(found.size(), 1U);
      EXPECT_EQ(found[0].ipv6_only, only);
    }
  }
}

// Its TCP connection has the same inode and the same addresses.
TEST(FindSockets, AnMptcpSocketIsOneSocket) {
  const test::Fd listener = bound_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
  if (!listener.valid()) GTEST_SKIP() << "this kernel has no MPTCP";
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const Endpoint address = local_of(listener.get());
  const test::Fd client = bound_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
  ASSERT_EQ(connect(client.get(), address.data(), address.size()), 0);
  const test::Fd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted.valid());
  const auto ends = find({.local = address});
  EXPECT_EQ(inodes_of(ends), inodes_of(Fds{listener.get(), accepted.get()}));
  for (const SocketEntry& end : ends) EXPECT_EQ(end.protocol, DiagProtocol::mptcp);
  const auto clients = find({.protocols = {DiagProtocol::mptcp}, .peer = address});
  EXPECT_EQ(inodes_of(clients), inodes_of(Fds{client.get()}));
  EXPECT_EQ(clients[0].local, local_of(client.get()));
  // Each once, as TCP too.
  const auto as_tcp = find({.protocols = {DiagProtocol::tcp}, .local = address});
  EXPECT_EQ(inodes_of(as_tcp), inodes_of(Fds{listener.get(), accepted.get()}));
}

TEST(FindSockets, Raw) {
  REQUIRE_ROOT();
  const test::Fd fd = bound_socket(AF_INET, SOCK_RAW, 253);
  ASSERT_TRUE(fd.valid());
  const auto found = find_sockets({.protocols = {DiagProtocol::raw}, .local = at("127.0.0.1", 253)});
  if (!found) {
    // A kernel without CONFIG_INET_RAW_DIAG says so.
    EXPECT_EQ(found.error().symbol(), "ENOENT");
    return;
  }
  EXPECT_EQ(std::ranges::count(*found, inode_of(fd.get()), &SocketEntry::inode), 1);
}

TEST(FindSockets, WhatCannotBeListedIsPassedOver) {
  const test::TcpServer server;
  const SocketQuery query{.protocols = {DiagProtocol::raw, DiagProtocol::udplite, DiagProtocol::tcp},
                          .local = at("127.0.0.1", server.port())};
  EXPECT_EQ(inodes_of(find(query)), inodes_of(Fds{server.fd()}));
  EXPECT_TRUE(find({.protocols = {}}).empty());
}

TEST(States, HaveTheNamesOfTheField) {
  EXPECT_EQ(state_name(SocketState::listen), "LISTEN");
  EXPECT_EQ(state_name(SocketState::time_wait), "TIME_WAIT");
  EXPECT_EQ(state_name(SocketState::syn_recv), "SYN_RECEIVED");
  EXPECT_EQ(state_name(SocketState::fin_wait1), "FIN_WAIT_1");
  EXPECT_EQ(state_name(SocketState::close), "BOUND");
  EXPECT_EQ(state_name(static_cast<SocketState>(99)), "UNKNOWN");
}

TEST(States, AreReadInAnySpelling) {
  for (int number = 1; number <= 11; ++number) {
    const auto state = static_cast<SocketState>(number);
    EXPECT_EQ(parse_state(state_name(state)), state) << number;
  }
  EXPECT_EQ(parse_state("time-wait"), SocketState::time_wait);
  EXPECT_EQ(parse_state("Fin-Wait-1"), SocketState::fin_wait1);
  EXPECT_EQ(parse_state("estab"), SocketState::established);
  EXPECT_EQ(parse_state("listening"), SocketState::listen);
  EXPECT_EQ(parse_state("SYN_RECV"), SocketState::syn_recv);
  EXPECT_EQ(parse_state("unconn"), SocketState::close);
  for (const std::string text : {"", "connected", "LISTEN ", "TIMEWAIT", "10", "UNKNOWN"}) {
    ASSERT_FALSE(parse_state(text)) << text;
    EXPECT_TRUE(parse_state(text).error().starts_with("not a state (LISTEN, ESTABLISHED,")) << text;
  }
}

}  // namespace
}  // namespace net::kern
