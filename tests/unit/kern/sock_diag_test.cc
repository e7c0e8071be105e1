#include "net/kern/sock_diag.hh"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "net/kern/process.hh"
#include "net/kern/sysctl.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/unix_socket.hh"
#include "tests/unit/kern/sockets.hh"

namespace net::kern {
namespace {

std::vector<SocketEntry> on_port(int type, std::uint16_t port) {
  const auto entries = sockets_on_port({false, type}, port);
  EXPECT_TRUE(entries) << entries.error().message();
  return entries.value_or(std::vector<SocketEntry>{});
}

std::vector<SocketEntry> on_path(const std::string& path) {
  const auto entries = sockets_on_path(*Endpoint::parse_unix(path));
  EXPECT_TRUE(entries) << entries.error().message();
  return entries.value_or(std::vector<SocketEntry>{});
}

TEST(SockDiag, OwnListener) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const test::TcpServer server(host);
    const auto entries = on_port(SOCK_STREAM, server.port());
    ASSERT_EQ(entries.size(), 1U) << host;
    EXPECT_EQ(entries[0].state, SocketState::listen);
    EXPECT_EQ(entries[0].inode, inode_of(server.fd()));
    EXPECT_EQ(entries[0].uid, geteuid());
    EXPECT_EQ(entries[0].local, *Endpoint::parse_ip(host, server.port()));
    EXPECT_TRUE(on_port(SOCK_DGRAM, server.port()).empty()) << "the other protocol has ports of its own";
  }
}

TEST(SockDiag, UdpSocket) {
  const test::UdpSocket socket;
  const auto entries = on_port(SOCK_DGRAM, socket.port());
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].state, SocketState::close);
  EXPECT_EQ(entries[0].inode, inode_of(socket.fd()));
}

TEST(SockDiag, ConnectionsOfAListener) {
  test::TcpServer server;
  const test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const test::Peer accepted = server.accept();
  const auto entries = on_port(SOCK_STREAM, server.port());
  EXPECT_EQ(entries.size(), 2U);
  EXPECT_EQ(std::ranges::count(entries, SocketState::listen, &SocketEntry::state), 1);
  EXPECT_EQ(std::ranges::count(entries, SocketState::established, &SocketEntry::state), 1);
  // The client's end has another local port.
  EXPECT_EQ(std::ranges::count(entries, inode_of(client.fd()), &SocketEntry::inode), 0);
}

TEST(SockDiag, TimeWaitHasNoOwner) {
  test::TcpServer server;
  const std::uint16_t port = server.port();
  test::Peer client = test::connect_tcp("127.0.0.1", port);
  test::Peer accepted = server.accept();
  // Whoever closes first keeps the port in TIME_WAIT.
  accepted.close();
  EXPECT_EQ(client.recv_until_eof(), "");
  client.close();
  server.close();
  test::wait_until("TIME_WAIT", [&] {
    const auto entries = on_port(SOCK_STREAM, port);
    return entries.size() == 1 && entries[0].state == SocketState::time_wait && entries[0].inode == 0;
  });
}

TEST(SockDiag, NobodyOnAPort) {
  EXPECT_TRUE(on_port(SOCK_STREAM, test::closed_port(SOCK_STREAM)).empty());
}

TEST(SockDiag, UnixPaths) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    ::unlink(path.c_str());
    const test::UnixServer server(path, type);
    const auto entries = on_path(path);
    ASSERT_EQ(entries.size(), 1U) << type;
    EXPECT_EQ(entries[0].inode, inode_of(server.fd()));
    EXPECT_EQ(entries[0].uid, geteuid());
    EXPECT_EQ(entries[0].state, type == SOCK_DGRAM ? SocketState::close : SocketState::listen);
  }
  EXPECT_TRUE(on_path(directory / "none").empty());
}

// Found by what it is, not by how it was called.
TEST(SockDiag, UnixPathByAnotherName) {
  const test::TempDir directory;
  const test::UnixServer server(directory / "sock");
  ASSERT_EQ(::symlink("sock", (directory / "link").c_str()), 0);
  const auto entries = on_path(directory / "link");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].inode, inode_of(server.fd()));
}

TEST(SockDiag, AbstractNames) {
  const std::string name = "@nettool-unit-diag-" + std::to_string(getpid());
  test::UnixServer server(name);
  const test::Peer client = test::connect_unix(name);
  const test::Peer accepted = server.accept();
  // The accepted socket carries the name too, and holds nothing.
  const auto entries = on_path(name);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].inode, inode_of(server.fd()));
  EXPECT_TRUE(on_path(name + "x").empty());
  EXPECT_TRUE(on_path(name.substr(0, name.size() - 1)).empty());
}

TEST(Process, OwnerOfOurSocketIsUs) {
  const test::TcpServer server;
  const auto owner = owner_of_socket(inode_of(server.fd()));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, getpid());
  char name[16] = {};
  ASSERT_EQ(prctl(PR_GET_NAME, name), 0);
  EXPECT_EQ(owner->program, name);
}

TEST(Process, NobodyOwnsThese) {
  EXPECT_FALSE(owner_of_socket(0));
  EXPECT_FALSE(owner_of_socket(UINT64_MAX));
  std::uint64_t gone = 0;
  {
    const test::TcpServer server;
    gone = inode_of(server.fd());
  }
  EXPECT_FALSE(owner_of_socket(gone));
}

TEST(Sysctl, Numbers) {
  const auto start = sysctl_number("net.ipv4.ip_unprivileged_port_start");
  ASSERT_TRUE(start);
  EXPECT_EQ(std::to_string(*start) + "\n", test::read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start"));
  EXPECT_GT(sysctl_number("net.core.somaxconn").value_or(0), 0);
  EXPECT_FALSE(sysctl_number("net.ipv4.no_such_thing"));
  EXPECT_FALSE(sysctl_number(""));
  // Words are no number.
  EXPECT_FALSE(sysctl_number("net.ipv4.tcp_congestion_control"));
}

}  // namespace
}  // namespace net::kern
