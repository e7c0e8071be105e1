#include "net/sock/socket.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "net/sock/tcp_info.hh"
#include "tests/support/net.hh"

namespace net {
namespace {

Endpoint loopback(std::uint16_t port) {
  return *Endpoint::parse_ip("127.0.0.1", port);
}

TEST(Transport, Names) {
  EXPECT_EQ((Transport{false, SOCK_STREAM}).name(), "tcp");
  EXPECT_EQ((Transport{false, SOCK_DGRAM}).name(), "udp");
  EXPECT_EQ((Transport{true, SOCK_STREAM}).name(), "unix");
  EXPECT_EQ((Transport{true, SOCK_DGRAM}).name(), "unix-dgram");
  EXPECT_EQ((Transport{true, SOCK_SEQPACKET}).name(), "unix-seqpacket");
}

TEST(Transport, BoundariesAndConnections) {
  EXPECT_FALSE((Transport{false, SOCK_STREAM}).keeps_boundaries());
  EXPECT_TRUE((Transport{false, SOCK_DGRAM}).keeps_boundaries());
  EXPECT_TRUE((Transport{true, SOCK_SEQPACKET}).keeps_boundaries());
  EXPECT_TRUE((Transport{true, SOCK_SEQPACKET}).has_connection());
  EXPECT_TRUE((Transport{false, SOCK_STREAM}).has_connection());
  EXPECT_FALSE((Transport{true, SOCK_DGRAM}).has_connection());
}

TEST(Transport, SubjectText) {
  EXPECT_EQ(subject_text(loopback(80), {}), "127.0.0.1:80/tcp");
  EXPECT_EQ(subject_text(*Endpoint::parse_ip("::1", 53), {false, SOCK_DGRAM}), "[::1]:53/udp");
  EXPECT_EQ(subject_text(*Endpoint::parse_unix("/tmp/x"), {true, SOCK_STREAM}), "/tmp/x");
}

TEST(Socket, IsNonBlockingAndClosedOnExec) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  EXPECT_NE(fcntl(socket->fd(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(socket->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Socket, OpenTellsWhy) {
  const auto socket = Socket::open(12345, SOCK_STREAM);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().op, "socket");
  EXPECT_EQ(socket.error().symbol(), "EAFNOSUPPORT");
}

TEST(Socket, AdoptChecks) {
  struct Case {
    int family;
    int type;
    bool taken;
  };
  constexpr Case cases[] = {
      {AF_INET, SOCK_STREAM, true},
      {AF_INET, SOCK_DGRAM, false},
      {AF_INET6, SOCK_STREAM, false},
      {AF_UNIX, SOCK_STREAM, false},
  };
  for (const Case& c : cases) {
    Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
    const int number = fd.get();
    const auto adopted = Socket::adopt(std::move(fd), c.family, c.type);
    ASSERT_EQ(adopted.has_value(), c.taken) << c.family << " " << c.type;
    if (c.taken) {
      EXPECT_EQ(adopted->fd(), number);
      EXPECT_NE(fcntl(number, F_GETFL) & O_NONBLOCK, 0);
      EXPECT_NE(fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
    } else {
      EXPECT_EQ(adopted.error().symbol(), "EPROTOTYPE");
    }
  }
}

TEST(Socket, AdoptRefusesWhatIsNoSocket) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Fd writer(ends[1]);
  const auto pipe = Socket::adopt(Fd(ends[0]), AF_INET, SOCK_STREAM);
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().symbol(), "ENOTSOCK");
  const auto closed = Socket::adopt(Fd(), AF_INET, SOCK_STREAM);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().symbol(), "EBADF");
}

TEST(Socket, BindFailureNamesTheAddress) {
  const test::TcpServer taken;
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const auto bound = socket->bind(loopback(taken.port()));
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().op, "bind");
  EXPECT_EQ(bound.error().subject, "127.0.0.1:" + taken.port_text());
  EXPECT_EQ(bound.error().symbol(), "EADDRINUSE");
  const auto elsewhere = socket->bind(*Endpoint::parse_ip("192.0.2.1", 0));
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().symbol(), "EADDRNOTAVAIL");
}

/// Connects as far as it goes, then waits for the outcome.
std::error_code outcome_of_connect(const Socket& socket, const Endpoint& address) {
  const auto connected = socket.connect(address);
  if (!connected) return connected.error().code;
  if (*connected) return {};
  const test::Deadline deadline(test::patience);
  EXPECT_TRUE(test::poll_one(socket.fd(), POLLOUT, deadline));
  return socket.take_error();
}

TEST(Socket, ConnectsAndAccepts) {
  const auto listener = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(listener);
  ASSERT_TRUE(listener->bind(loopback(0)));
  ASSERT_TRUE(listener->listen(5));
  Endpoint peer;
  const auto nobody = listener->accept(peer);
  ASSERT_FALSE(nobody);
  EXPECT_TRUE(would_block(nobody.error()));

  const auto client = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->peer(), Endpoint());
  EXPECT_FALSE(outcome_of_connect(*client, listener->local()));
  const auto accepted = listener->accept(peer);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(peer, client->local());
  EXPECT_EQ(accepted->peer(), client->local());
  EXPECT_EQ(accepted->local(), client->peer());
  EXPECT_NE(fcntl(accepted->fd(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(accepted->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Socket, TakeErrorClearsIt) {
  const auto client = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(client);
  const Endpoint nobody = loopback(test::closed_port(SOCK_STREAM));
  EXPECT_EQ(outcome_of_connect(*client, nobody), errno_code(ECONNREFUSED));
  EXPECT_FALSE(client->take_error());
}

TEST(Socket, ShutdownEndsOneDirection) {
  test::TcpServer server;
  const auto client = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->shutdown(SHUT_WR), errno_code(ENOTCONN));
  ASSERT_FALSE(outcome_of_connect(*client, loopback(server.port())));
  test::Peer peer = server.accept();
  EXPECT_FALSE(client->shutdown(SHUT_WR));
  EXPECT_EQ(peer.recv_until_eof(), "");
  peer.send_all("still open");
  std::array<char, 64> text{};
  const test::Deadline deadline(test::patience);
  ASSERT_TRUE(test::poll_one(client->fd(), POLLIN, deadline));
  EXPECT_EQ(::read(client->fd(), text.data(), text.size()), 10);
}

TEST(Socket, SetIntAndDevice) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  EXPECT_TRUE(socket->set_int(SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE"));
  const auto refused = socket->set_int(IPPROTO_TCP, 9999, 1, "TCP_NOTHING");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().subject, "TCP_NOTHING");
  EXPECT_TRUE(socket->bind_to_device("lo"));
  const auto nonesuch = socket->bind_to_device("nonesuch");
  ASSERT_FALSE(nonesuch);
  EXPECT_EQ(nonesuch.error().subject, "nonesuch");
}

TEST(Socket, ReleaseGivesItAway) {
  auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const int number = socket->fd();
  const Fd fd = std::move(*socket).release();
  EXPECT_EQ(fd.get(), number);
  EXPECT_GE(fcntl(number, F_GETFD), 0);
}

TEST(TcpInfo, OfAConnection) {
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const test::Peer peer = server.accept();
  const auto info = tcp_info(client.fd());
  ASSERT_TRUE(info);
  EXPECT_GT(info->rtt_us, 0U);
  EXPECT_GT(info->send_mss, 500U);
  EXPECT_GE(info->cwnd, 1U);
  EXPECT_EQ(info->retransmits, 0U);
  EXPECT_FALSE(info->congestion_control.empty());
  EXPECT_EQ(info->congestion_control.find('\0'), std::string::npos);
}

TEST(TcpInfo, NothingElseHasIt) {
  const auto udp = Socket::open(AF_INET, SOCK_DGRAM);
  ASSERT_TRUE(udp);
  EXPECT_FALSE(tcp_info(udp->fd()));
  EXPECT_FALSE(tcp_info(-1));
}

TEST(TcpInfo, UnacknowledgedBytes) {
  // A small window, so that some bytes stay with us for as long as nobody reads.
  test::TcpServer server("127.0.0.1", {.receive_buffer = 4096});
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  test::Peer peer = server.accept();
  EXPECT_EQ(unacknowledged_bytes(client.fd(), false), 0U);
  const std::string block(1U << 20U, 'x');
  std::size_t sent = 0;
  for (;;) {
    const ssize_t put = ::send(client.fd(), block.data(), block.size(), MSG_DONTWAIT);
    if (put < 0) break;
    sent += static_cast<std::size_t>(put);
  }
  const std::uint64_t waiting = unacknowledged_bytes(client.fd(), false);
  EXPECT_GT(waiting, 0U);
  EXPECT_LT(waiting, sent);
  ASSERT_EQ(::shutdown(client.fd(), SHUT_WR), 0);
  // The FIN, which the kernel counts as a byte, is none of ours.
  EXPECT_EQ(unacknowledged_bytes(client.fd(), true) + 1, unacknowledged_bytes(client.fd(), false));
  EXPECT_EQ(peer.recv_until_eof().size(), sent);
  test::wait_until("all is acknowledged", [&] { return unacknowledged_bytes(client.fd(), false) == 0; });
  EXPECT_EQ(unacknowledged_bytes(client.fd(), true), 0U);
  EXPECT_EQ(unacknowledged_bytes(-1, false), 0U);
}

}  // namespace
}  // namespace net
