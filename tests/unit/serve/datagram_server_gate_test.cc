// Who becomes a client of a datagram socket, and who does not any more.

#include <gtest/gtest.h>

#include "net/loop/group.hh"
#include "tests/support/net.hh"
#include "tests/unit/serve/datagram_server_fixture.hh"

namespace net {
namespace {

TEST_F(DatagramServerTest, TheGateRefusesAddresses) {
  AccessList access;
  access.add({false, *AccessList::parse("127.0.0.2")});
  for (const bool many : {false, true}) {
    gate_ = Gate(access, 0);
    log_.events.clear();
    open(many);
    test::UdpSocket denied("127.0.0.2");
    test::UdpSocket client;
    for (int i = 0; i < 3; ++i) send(denied, "let me in");
    EXPECT_EQ(read(), "(would block)");
    // Who is refused is not the one client.
    send(client, "mine");
    EXPECT_EQ(read(), "mine");
    send(denied, "let me in");
    EXPECT_EQ(read(), "(would block)");
    EXPECT_EQ(log_.events, (Texts{"rejected " + denied.port_text(), "accepted 1"}));
    EXPECT_EQ(log_.reasons.back(), "denied");
  }
}

TEST_F(DatagramServerTest, TheGateCountsThoseRemembered) {
  gate_ = Gate({}, 1);
  open(true);
  Group<> group(reactor_);
  group.add(server_->forget_idle(60s));
  test::UdpSocket first;
  test::UdpSocket second;
  test::UdpSocket other("127.0.0.2");
  send(first, "1");
  EXPECT_EQ(read(), "1");
  send(second, "2");
  EXPECT_EQ(read(), "(would block)");
  send(other, "3");
  EXPECT_EQ(read(), "3");
  EXPECT_EQ(log_.events, (Texts{"accepted 1", "rejected " + second.port_text(), "accepted 2"}));
  EXPECT_EQ(log_.reasons, Texts{"max_per_address"});
  // A place that is free again.
  reactor_.run(sleep_for(reactor_, 61s));
  EXPECT_TRUE(server_->clients().empty());
  send(second, "4");
  EXPECT_EQ(read(), "4");
}

TEST_F(DatagramServerTest, ClosedItServesThoseWhomItKnows) {
  open(true);
  test::UdpSocket client;
  test::UdpSocket stranger;
  send(client, "1");
  read();
  server_->close();
  send(stranger, "2");
  EXPECT_EQ(read(), "(would block)");
  send(client, "3");
  EXPECT_EQ(read(), "3");
  ASSERT_TRUE(write("4"));
  EXPECT_EQ(client.recv().bytes, "4");
  EXPECT_EQ(log_.events, Texts{"accepted 1"});
}

}  // namespace
}  // namespace net
