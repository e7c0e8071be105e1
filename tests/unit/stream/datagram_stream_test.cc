#include "net/stream/datagram_stream.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/net.hh"

namespace net {
namespace {

Endpoint loopback(std::uint16_t port) {
  return *Endpoint::parse_ip("127.0.0.1", port);
}

Socket udp() {
  auto socket = Socket::open(AF_INET, SOCK_DGRAM);
  EXPECT_TRUE(socket && socket->bind(loopback(0)));
  return std::move(*socket);
}

Io write(Stream& stream, std::string_view text) {
  return stream.write(std::as_bytes(std::span(text)));
}

Task<Io> read_when_ready(Stream& stream, std::span<std::byte> into) {
  for (;;) {
    const Io got = stream.read(into);
    if (got || !would_block(got.error())) co_return got;
    co_await stream.in().wait();
  }
}

/// The next message, or the name of what reading it met.
std::string next(Reactor& reactor, Stream& stream) {
  std::vector<std::byte> buffer(65536);
  const Io got = reactor.run(read_when_ready(stream, buffer));
  if (!got) return strerrorname_np(got.error().value());
  return {reinterpret_cast<const char*>(buffer.data()), *got};
}

TEST(DatagramStream, Connected) {
  Reactor reactor;
  test::UdpSocket server;
  Socket socket = udp();
  ASSERT_TRUE(socket.connect(loopback(server.port())));
  DatagramStream stream(reactor, std::move(socket), SOCK_DGRAM);
  EXPECT_TRUE(stream.keeps_boundaries());
  EXPECT_FALSE(stream.has_end());
  EXPECT_EQ(stream.splice_end().kind, SpliceKind::none);
  EXPECT_EQ(write(stream, "ask"), 3U);
  EXPECT_EQ(write(stream, ""), 0U);
  const test::Datagram asked = server.recv();
  EXPECT_EQ(asked.bytes, "ask");
  EXPECT_EQ(server.recv().bytes, "");
  server.reply(asked, "answer");
  server.reply(asked, "");
  server.reply(asked, "more");
  EXPECT_EQ(next(reactor, stream), "answer");
  // An empty datagram, and no end.
  EXPECT_EQ(next(reactor, stream), "");
  EXPECT_EQ(next(reactor, stream), "more");
  EXPECT_FALSE(stream.finish());
  EXPECT_EQ(write(stream, "after finish"), 12U);
}

TEST(DatagramStream, UnconnectedHearsAnyone) {
  Reactor reactor;
  test::UdpSocket asked;
  test::UdpSocket other;
  Socket socket = udp();
  const std::uint16_t port = socket.local().port();
  std::vector<std::string> heard;
  DatagramStream stream(reactor, std::move(socket), loopback(asked.port()),
                        [&](const Endpoint& peer, std::size_t size) {
                          heard.push_back(peer.text() + " " + std::to_string(size));
                        });
  EXPECT_EQ(write(stream, "hello"), 5U);
  EXPECT_EQ(asked.recv().bytes, "hello");
  other.send_to("from another", "127.0.0.1", port);
  EXPECT_EQ(next(reactor, stream), "from another");
  asked.send_to("reply", "127.0.0.1", port);
  EXPECT_EQ(next(reactor, stream), "reply");
  EXPECT_EQ(heard, (std::vector<std::string>{"127.0.0.1:" + other.port_text() + " 12",
                                             "127.0.0.1:" + asked.port_text() + " 5"}));
}

TEST(DatagramStream, ARefusalNamesItsSource) {
  Reactor reactor;
  Socket socket = udp();
  ASSERT_TRUE(socket.set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"));
  ASSERT_TRUE(socket.connect(loopback(test::closed_port(SOCK_DGRAM))));
  DatagramStream stream(reactor, std::move(socket), SOCK_DGRAM);
  EXPECT_FALSE(stream.failure_report());
  ASSERT_TRUE(write(stream, "x"));
  EXPECT_EQ(next(reactor, stream), "ECONNREFUSED");
  ASSERT_TRUE(stream.failure_report());
  EXPECT_EQ(stream.failure_report()->offender.address_text(), "127.0.0.1");
}

TEST(DatagramStream, TooLong) {
  Reactor reactor;
  test::UdpSocket server;
  Socket socket = udp();
  ASSERT_TRUE(socket.connect(loopback(server.port())));
  DatagramStream stream(reactor, std::move(socket), SOCK_DGRAM);
  EXPECT_EQ(write(stream, std::string(65508, 'x')).error(), errno_code(EMSGSIZE));
  EXPECT_FALSE(stream.failure_report());
}

TEST(DatagramStream, SeqpacketHasAnEnd) {
  Reactor reactor;
  std::array<int, 2> fds{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()), 0);
  const Fd other(fds[1]);
  DatagramStream stream(reactor, std::move(*Socket::adopt(Fd(fds[0]), AF_UNIX, SOCK_SEQPACKET)),
                        SOCK_SEQPACKET);
  EXPECT_TRUE(stream.has_end());
  ASSERT_EQ(write(stream, "one"), 3U);
  ASSERT_EQ(write(stream, "two"), 3U);
  EXPECT_FALSE(stream.finish());
  std::array<char, 64> text{};
  EXPECT_EQ(::recv(other.get(), text.data(), text.size(), 0), 3);
  EXPECT_EQ(::recv(other.get(), text.data(), text.size(), 0), 3);
  EXPECT_EQ(::recv(other.get(), text.data(), text.size(), 0), 0);
  ASSERT_EQ(::send(other.get(), "back", 4, 0), 4);
  EXPECT_EQ(next(reactor, stream), "back");
}

TEST(DatagramStream, FullSocketBlocksNobody) {
  Reactor reactor;
  std::array<int, 2> fds{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  const Fd other(fds[1]);
  DatagramStream stream(reactor, std::move(*Socket::adopt(Fd(fds[0]), AF_UNIX, SOCK_DGRAM)), SOCK_DGRAM);
  Io put = write(stream, "x");
  for (int i = 0; put && i < 100'000; ++i) put = write(stream, "x");
  ASSERT_FALSE(put);
  EXPECT_TRUE(would_block(put.error()));
  EXPECT_FALSE(stream.out().is_set());
}

}  // namespace
}  // namespace net
