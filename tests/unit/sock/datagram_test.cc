#include "net/sock/datagram.hh"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>

#include "net/sock/error_queue.hh"
#include "tests/support/net.hh"

namespace net {
namespace {

Datagram udp_on(std::string_view address, bool both_families = false) {
  const Endpoint endpoint = *Endpoint::parse_ip(address, 0);
  auto socket = Socket::open(endpoint.family(), SOCK_DGRAM);
  EXPECT_TRUE(socket);
  if (both_families) EXPECT_TRUE(socket->set_int(IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY"));
  EXPECT_TRUE(socket->bind(endpoint));
  return Datagram(std::move(*socket));
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Datagram::Received receive(const Datagram& from, std::span<std::byte> into) {
  const test::Deadline deadline(test::patience);
  EXPECT_TRUE(test::poll_one(from.socket().fd(), POLLIN, deadline));
  const auto received = from.receive(into);
  EXPECT_TRUE(received) << received.error().message();
  return received.value_or(Datagram::Received{});
}

TEST(Datagram, BoundariesAndSender) {
  const Datagram server = udp_on("127.0.0.1");
  test::UdpSocket client;
  const std::uint16_t port = server.socket().local().port();
  const std::string largest(65507, 'x');
  client.send_to("one", "127.0.0.1", port);
  client.send_to("", "127.0.0.1", port);
  client.send_to(largest, "127.0.0.1", port);
  std::array<std::byte, 65536> buffer{};
  for (const std::size_t size : {std::size_t{3}, std::size_t{0}, largest.size()}) {
    const auto received = receive(server, buffer);
    EXPECT_EQ(received.size, size);
    EXPECT_EQ(received.peer.text(), "127.0.0.1:" + client.port_text());
    EXPECT_FALSE(received.arrived_at);
  }
  const auto nothing = server.receive(buffer);
  ASSERT_FALSE(nothing);
  EXPECT_TRUE(would_block(nothing.error()));
}

TEST(Datagram, SendsOnAConnectedSocket) {
  const Datagram client = udp_on("127.0.0.1");
  test::UdpSocket server;
  ASSERT_TRUE(client.socket().connect(*Endpoint::parse_ip("127.0.0.1", server.port())));
  EXPECT_FALSE(client.send(bytes_of("hello")));
  EXPECT_FALSE(client.send({}));
  EXPECT_EQ(server.recv().bytes, "hello");
  EXPECT_EQ(server.recv().bytes, "");
  const std::string too_long(65508, 'x');
  EXPECT_EQ(client.send(bytes_of(too_long)), errno_code(EMSGSIZE));
}

TEST(Datagram, SendsToAnyone) {
  const Datagram server = udp_on("127.0.0.1");
  test::UdpSocket client;
  EXPECT_FALSE(server.send_to(bytes_of("hello"), *Endpoint::parse_ip("127.0.0.1", client.port())));
  const test::Datagram got = client.recv();
  EXPECT_EQ(got.bytes, "hello");
  EXPECT_EQ(got.port, server.socket().local().port());
}

TEST(Datagram, UnixSenderWithoutAName) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  const Datagram ours(std::move(*Socket::adopt(Fd(fds[0]), AF_UNIX, SOCK_DGRAM)));
  const Fd theirs(fds[1]);
  ASSERT_EQ(::send(theirs.get(), "hello", 5, 0), 5);
  std::array<std::byte, 64> buffer{};
  const auto received = receive(ours, buffer);
  EXPECT_EQ(received.size, 5U);
  EXPECT_TRUE(received.peer.is_unix());
  EXPECT_EQ(received.peer.text(), "(unnamed)");
  EXPECT_FALSE(received.arrived_at);
}

/// Asks `server` at `asked` and gets the answer: what the server knew, and who answered.
struct Exchange {
  std::optional<PacketInfo> arrived_at;
  std::string answered_by;
};

Exchange ask(const Datagram& server, const std::string& asked) {
  test::UdpSocket client(asked.contains(':') ? "::1" : "127.0.0.1");
  client.send_to("?", asked, server.socket().local().port());
  std::array<std::byte, 64> buffer{};
  const auto received = receive(server, buffer);
  EXPECT_FALSE(server.send_to(bytes_of("!"), received.peer, received.arrived_at));
  return {received.arrived_at, client.recv().address};
}

TEST(Datagram, AnswersFromTheAddressThatWasAsked) {
  const Datagram server = udp_on("0.0.0.0");
  ASSERT_TRUE(want_packet_info(server.socket(), server.socket().local().family()));
  // 127/8 is all ours; without the packet info every answer would come from 127.0.0.1.
  for (const std::string asked : {"127.0.0.1", "127.0.0.2", "127.9.8.7"}) {
    const Exchange exchange = ask(server, asked);
    ASSERT_TRUE(exchange.arrived_at) << asked;
    EXPECT_EQ(exchange.arrived_at->local.address_text(), asked);
    EXPECT_EQ(exchange.arrived_at->interface, if_nametoindex("lo"));
    EXPECT_EQ(exchange.answered_by, asked);
  }
}

TEST(Datagram, PacketInfoOfIpv6) {
  const Datagram server = udp_on("::");
  ASSERT_TRUE(want_packet_info(server.socket(), server.socket().local().family()));
  const Exchange exchange = ask(server, "::1");
  ASSERT_TRUE(exchange.arrived_at);
  EXPECT_EQ(exchange.arrived_at->local.address_text(), "::1");
  EXPECT_EQ(exchange.answered_by, "::1");
}

TEST(Datagram, DualStackAnswersBothFamilies) {
  const Datagram server = udp_on("::", true);
  ASSERT_TRUE(want_packet_info(server.socket(), server.socket().local().family()));
  for (const std::string asked : {"127.0.0.2", "::1"}) {
    const Exchange exchange = ask(server, asked);
    ASSERT_TRUE(exchange.arrived_at) << asked;
    EXPECT_EQ(exchange.arrived_at->local.unmapped().address_text(), asked);
    EXPECT_EQ(exchange.answered_by, asked);
  }
}

/// Sends to a closed port of `host` and waits for the news.
std::optional<IcmpReport> report_of_closed_port(const std::string& host) {
  const Datagram client = udp_on(host);
  const bool v4 = !host.contains(':');
  EXPECT_TRUE(
      client.socket().set_int(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1, "RECVERR"));
  const std::uint16_t port = test::closed_port(SOCK_DGRAM, host);
  EXPECT_TRUE(client.socket().connect(*Endpoint::parse_ip(host, port)));
  EXPECT_FALSE(take_icmp_report(client.socket().fd()));
  EXPECT_FALSE(client.send(bytes_of("x")));
  const test::Deadline deadline(test::patience);
  EXPECT_TRUE(test::poll_one(client.socket().fd(), POLLERR, deadline));
  auto report = take_icmp_report(client.socket().fd());
  EXPECT_FALSE(take_icmp_report(client.socket().fd())) << "one message, one report";
  return report;
}

TEST(ErrorQueue, ClosedPortNamesTheHost) {
  const auto report = report_of_closed_port("127.0.0.1");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->code, errno_code(ECONNREFUSED));
  EXPECT_EQ(report->offender.address_text(), "127.0.0.1");
  // Destination unreachable, port unreachable (RFC 792).
  EXPECT_EQ(report->type, 3);
  EXPECT_EQ(report->number, 3);
}

TEST(ErrorQueue, ClosedPortOfIpv6) {
  const auto report = report_of_closed_port("::1");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->code, errno_code(ECONNREFUSED));
  EXPECT_EQ(report->offender.address_text(), "::1");
  // RFC 4443, 3.1.
  EXPECT_EQ(report->type, 1);
  EXPECT_EQ(report->number, 4);
}

TEST(ErrorQueue, EmptyIsNothing) {
  const Datagram client = udp_on("127.0.0.1");
  EXPECT_FALSE(take_icmp_report(client.socket().fd()));
  EXPECT_FALSE(take_icmp_report(-1));
}

// A local refusal (too long for the path) is queued as well, and is nobody's ICMP.
TEST(ErrorQueue, LocalErrorsAreNotIcmp) {
  const Datagram client = udp_on("127.0.0.1");
  ASSERT_TRUE(client.socket().set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"));
  ASSERT_TRUE(client.socket().set_int(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, "IP_MTU_DISCOVER"));
  test::UdpSocket server;
  ASSERT_TRUE(client.socket().connect(*Endpoint::parse_ip("127.0.0.1", server.port())));
  const std::string too_long(65508, 'x');
  EXPECT_EQ(client.send(bytes_of(too_long)), errno_code(EMSGSIZE));
  EXPECT_FALSE(take_icmp_report(client.socket().fd()));
}

}  // namespace
}  // namespace net
