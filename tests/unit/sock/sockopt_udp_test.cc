#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>

#include "net/sock/socket.hh"
#include "tests/support/net.hh"
#include "tests/unit/sock/option_fields.hh"

// What UDP's options do to datagrams.
namespace net {
namespace {

TEST(SockoptUdp, CorkGathersWritesIntoOneDatagram) {
  test::UdpSocket receiver;
  test::UdpSocket sender;
  sender.connect("127.0.0.1", receiver.port());
  ASSERT_EQ(set_to(sender.fd(), "UDP_CORK=on"), "");
  sender.send("one");
  sender.send("two");
  ASSERT_EQ(set_to(sender.fd(), "UDP_CORK=off"), "");
  EXPECT_EQ(receiver.recv().bytes, "onetwo");
}

TEST(SockoptUdp, SegmentCutsAWriteIntoDatagrams) {
  test::UdpSocket receiver;
  test::UdpSocket sender;
  sender.connect("127.0.0.1", receiver.port());
  ASSERT_EQ(set_to(sender.fd(), "UDP_SEGMENT=1000"), "");
  sender.send(std::string(2500, 'x'));
  EXPECT_EQ(receiver.recv().bytes.size(), 1000U);
  EXPECT_EQ(receiver.recv().bytes.size(), 1000U);
  EXPECT_EQ(receiver.recv().bytes.size(), 500U);
}

TEST(SockoptUdp, GroGivesThemInOneRead) {
  test::UdpSocket receiver;
  ASSERT_EQ(set_to(receiver.fd(), "UDP_GRO=on"), "");
  test::UdpSocket sender;
  sender.connect("127.0.0.1", receiver.port());
  ASSERT_EQ(set_to(sender.fd(), "UDP_SEGMENT=1000"), "");
  sender.send(std::string(2500, 'x'));
  EXPECT_EQ(receiver.recv().bytes.size(), 2500U);
}

// The kernel answers a socket of either kind at both levels; this is why UDP-Lite's rows are not UDP's.
TEST(SockoptUdp, CoverageOfUdpIsZeroAndStays) {
  const test::UdpSocket udp;
  for (const std::string name : {"UDPLITE_SEND_CSCOV", "UDPLITE_RECV_CSCOV"}) {
    EXPECT_EQ(set_to(udp.fd(), name + "=20"), "ENOPROTOOPT") << name;
    const auto value = get_option(udp.fd(), row_of(name));
    if (value) EXPECT_EQ(option_text(*value), "0") << name;
  }
}

TEST(SockoptUdp, AReceiverDemandsCoverage) {
  const auto open = [] { return Socket::open(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE); };
  const auto receiver = open();
  const auto sender = open();
  if (!receiver || !sender) GTEST_SKIP() << "no UDP-Lite here";
  ASSERT_TRUE(receiver->bind(Endpoint::loopback(AF_INET, 0)));
  ASSERT_TRUE(sender->connect(receiver->local()));
  ASSERT_EQ(set_to(receiver->fd(), "UDPLITE_RECV_CSCOV=20"), "");
  const auto send_covered = [&](const std::string& coverage, std::string_view bytes) {
    EXPECT_EQ(set_to(sender->fd(), "UDPLITE_SEND_CSCOV=" + coverage), "");
    EXPECT_EQ(send(sender->fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  };
  send_covered("12", "covered too little for it");
  send_covered("20", "covered just well enough");
  // Datagrams over loopback keep their order, so that the first one is gone when the second is here.
  ASSERT_TRUE(test::poll_one(receiver->fd(), POLLIN, test::Deadline(test::patience)));
  char buffer[100];
  const ssize_t got = recv(receiver->fd(), buffer, sizeof buffer, 0);
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)), "covered just well enough");
}

}  // namespace
}  // namespace net
