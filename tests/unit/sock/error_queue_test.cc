#include "net/sock/error_queue.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "net/sock/datagram.hh"
#include "tests/support/net.hh"
#include "tests/support/wait.hh"

// What an unconnected socket hears: whom its datagrams did not reach.
namespace net {
namespace {

/// A socket that hears of ICMP messages.
Socket listening_for_icmp(int family) {
  auto socket = Socket::open(family, SOCK_DGRAM).value();
  const bool v4 = family == AF_INET;
  EXPECT_TRUE(socket.set_int(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1, "RECVERR"));
  return socket;
}

TEST(ErrorQueueDestination, IsWhereTheDatagramWasSent) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const Datagram client(listening_for_icmp(host.contains(':') ? AF_INET6 : AF_INET));
    for (int i = 0; i < 2; ++i) {
      const Endpoint nobody = Endpoint::parse_ip(host, test::closed_port(SOCK_DGRAM, host)).value();
      const std::array<std::byte, 3> payload{std::byte{1}, std::byte{2}, std::byte{3}};
      EXPECT_FALSE(client.send_to(payload, nobody));
      const test::Deadline deadline(test::patience);
      ASSERT_TRUE(test::poll_one(client.socket().fd(), POLLERR, deadline));
      const auto report = take_icmp_report(client.socket().fd());
      ASSERT_TRUE(report) << host;
      EXPECT_EQ(report->destination, nobody) << "with its port";
      EXPECT_EQ(report->offender.address_text(), host);
      EXPECT_EQ(report->code, errno_code(ECONNREFUSED));
      EXPECT_EQ(report->quoted, (Buffer{1, 2, 3}));
    }
  }
}

// Asked for errors a Unix socket gives its data instead, and at its end nothing for ever.
TEST(ErrorQueue, UnixSocketsHaveNone) {
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), 0);
    const Fd one(ends[0]);
    Fd other(ends[1]);
    ASSERT_EQ(send(other.get(), "x", 1, 0), 1);
    other.close();
    EXPECT_FALSE(take_icmp_report(one.get()));
    std::array<char, 10> buffer{};
    EXPECT_EQ(recv(one.get(), buffer.data(), buffer.size(), MSG_DONTWAIT), 1);
    EXPECT_FALSE(take_icmp_report(one.get()));
  }
}

}  // namespace
}  // namespace net
