#include "net/serve/datagram_source.hh"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/support/net.hh"
#include "tests/unit/serve/datagram_source_fixture.hh"

namespace net {
namespace {

TEST_F(DatagramSourceTest, EachPeerIsAClient) {
  open();
  test::UdpSocket first;
  test::UdpSocket second;
  send(first, "one");
  send(second, "two");
  send(first, "");
  send(first, std::string(65507, 'x'));
  const Connection one = next();
  const Connection two = next();
  EXPECT_EQ(one.client.id, 1U);
  EXPECT_EQ(two.client.id, 2U);
  EXPECT_EQ(one.client.peer.text(), "127.0.0.1:" + first.port_text());
  EXPECT_EQ(one.client.local.text(), "127.0.0.1:" + std::to_string(port_));
  EXPECT_FALSE(one.socket);
  EXPECT_FALSE(one.peer->has_end());
  settle_all();
  EXPECT_EQ(read(one), "one");
  EXPECT_EQ(read(one), "");
  EXPECT_EQ(read(one).size(), 65507U);
  EXPECT_EQ(read(one), "(would block)");
  EXPECT_FALSE(one.peer->in().is_set());
  EXPECT_EQ(read(two), "two");
  EXPECT_EQ(write(two, "to two"), "");
  EXPECT_EQ(write(one, ""), "");
  EXPECT_EQ(second.recv().bytes, "to two");
  EXPECT_EQ(first.recv().bytes, "");
  send(first, "more");
  settle_all();
  EXPECT_TRUE(one.peer->in().is_set());
  EXPECT_EQ(read(one), "more");
}

TEST_F(DatagramSourceTest, APeerWhoseStreamIsGoneIsNewAgain) {
  open();
  test::UdpSocket peer;
  send(peer, "one");
  {
    const Connection connection = next();
    EXPECT_EQ(connection.client.id, 1U);
  }
  send(peer, "two");
  const Connection again = next();
  EXPECT_EQ(again.client.id, 2U);
  EXPECT_EQ(read(again), "two");
}

// One peer that asks two addresses is two clients: each answer comes from where its question went.
TEST_F(DatagramSourceTest, AnswersComeFromTheAddressAsked) {
  for (const std::string where : {"0.0.0.0", "*"}) {
    open(where);
    test::UdpSocket peer;
    send(peer, "one", "127.0.0.9");
    send(peer, "two", "127.0.0.1");
    const Connection one = next();
    const Connection two = next();
    EXPECT_EQ(one.client.local.text(), "127.0.0.9:" + std::to_string(port_));
    EXPECT_EQ(two.client.local.text(), "127.0.0.1:" + std::to_string(port_));
    EXPECT_EQ(write(two, "two"), "");
    EXPECT_EQ(write(one, "one"), "");
    EXPECT_EQ(peer.recv().address, "127.0.0.1");
    EXPECT_EQ(peer.recv().address, "127.0.0.9");
  }
}

TEST_F(DatagramSourceTest, AFullTableLetsTheMostSilentGo) {
  open("127.0.0.1", {.max_peers = 2});
  std::array<test::UdpSocket, 4> peers;
  send(peers[0], "a");
  send(peers[1], "b");
  const Connection first = next();
  const Connection second = next();
  send(peers[0], "again");
  settle_all();
  send(peers[2], "c");
  const Connection third = next();
  EXPECT_TRUE(second.peer->gone().is_set());
  EXPECT_FALSE(first.peer->gone().is_set());
  // It may still say a last word.
  EXPECT_EQ(write(second, "bye"), "");
  EXPECT_EQ(peers[1].recv().bytes, "bye");
  for (test::UdpSocket* peer : {&peers[3], &peers[1], &peers[0]}) {
    send(*peer, "new");
    settle_all();
  }
  EXPECT_TRUE(first.peer->gone().is_set());
  EXPECT_TRUE(third.peer->gone().is_set());
  // However many come at once, none is lost, and they are served in order.
  const Connection fourth = next();
  const Connection fifth = next();
  EXPECT_EQ(fourth.client.peer.port(), peers[3].port());
  EXPECT_EQ(fifth.client.peer.port(), peers[1].port());
  EXPECT_FALSE(fourth.peer->gone().is_set());
  // One that asks again while it waits has waited for long enough.
  send(peers[0], "again");
  settle_all();
  EXPECT_TRUE(fourth.peer->gone().is_set());
  EXPECT_FALSE(fifth.peer->gone().is_set());
  const Connection sixth = next();
  EXPECT_EQ(read(sixth), "new");
  EXPECT_EQ(read(sixth), "again");
}

TEST_F(DatagramSourceTest, TheGateDecides) {
  AccessList access;
  access.add({false, *IpPrefix::parse("127.0.0.2/32")});
  for (const std::string where : {"0.0.0.0", "*"}) {
    log_.events.clear();
    gate_ = Gate(access, 0);
    open(where);
    test::UdpSocket denied("127.0.0.2");
    test::UdpSocket welcome;
    for (int i = 0; i < 3; ++i) send(denied, "x");
    send(welcome, "one");
    EXPECT_EQ(read(next()), "one");
    EXPECT_EQ(log_.events, Texts({"127.0.0.2:" + denied.port_text() + " denied"}));
  }
}

TEST_F(DatagramSourceTest, AnAddressThatHasEnough) {
  gate_ = Gate({}, 1);
  open("0.0.0.0");
  test::UdpSocket first;
  test::UdpSocket second;
  test::UdpSocket elsewhere("127.0.0.3");
  send(first, "one");
  send(second, "two");
  send(elsewhere, "three");
  const Connection one = next();
  gate_.enter(one.client.peer);
  const Connection three = next();
  EXPECT_EQ(three.client.id, 2U);
  EXPECT_EQ(read(three), "three");
  EXPECT_EQ(log_.events, Texts({"127.0.0.1:" + second.port_text() + " max_per_address"}));
}

// CERT CA-1996-01: two that answer everything would talk for ever.
TEST_F(DatagramSourceTest, OnesOwnPortIsDeniedToServices) {
  open("127.0.0.1", {.answers_everything = true});
  test::UdpSocket twin("127.0.0.2", port_);
  test::UdpSocket other;
  send(twin, "x");
  send(other, "y");
  EXPECT_EQ(next().client.peer.port(), other.port());
  EXPECT_EQ(log_.events, Texts({"127.0.0.2:" + std::to_string(port_) + " denied"}));
  open("127.0.0.1", {});
  test::UdpSocket second_twin("127.0.0.2", port_);
  send(second_twin, "x");
  EXPECT_EQ(next().client.peer.port(), port_);
}

TEST_F(DatagramSourceTest, WhoDoesNotTakeItsDatagramsLosesThem) {
  open();
  test::UdpSocket fast;
  test::UdpSocket slow;
  send(slow, "x");
  const Connection connection = next();
  // A few at a time, so that the kernel loses none.
  for (int i = 0; i < 700; ++i) {
    send(slow, std::to_string(i));
    if (i % 50 == 49) settle_all();
  }
  EXPECT_EQ(log_.events, Texts({"dropped 127.0.0.1:" + slow.port_text()}));
  EXPECT_EQ(read(connection), "x");
  for (int i = 0; i < 511; ++i) EXPECT_EQ(read(connection), std::to_string(i));
  EXPECT_EQ(read(connection), "(would block)");
  // Large ones are bounded by their bytes.
  for (int i = 0; i < 40; ++i) {
    send(slow, std::string(60000, 'x'));
    settle_all();
  }
  int kept = 0;
  while (read(connection) != "(would block)") ++kept;
  EXPECT_EQ(kept, (1 << 20) / 60000);
  // Nobody else is hurt.
  send(fast, "hello");
  EXPECT_EQ(read(next()), "hello");
}

TEST_F(DatagramSourceTest, ClosedItKeepsThoseItHas) {
  open();
  test::UdpSocket known;
  test::UdpSocket waiting;
  test::UdpSocket late;
  send(known, "one");
  const Connection connection = next();
  send(waiting, "x");
  settle_all();
  source_->close();
  EXPECT_FALSE(reactor_.run(source_->next()));
  send(late, "x");
  send(known, "two");
  settle_all();
  EXPECT_EQ(read(connection), "one");
  EXPECT_EQ(read(connection), "two");
  EXPECT_EQ(write(connection, "answer"), "");
  EXPECT_EQ(known.recv().bytes, "answer");
  EXPECT_EQ(log_.events, Texts({"127.0.0.1:" + late.port_text() + " not_the_client"}));
}

// The port of a client is closed, and ICMP says so: to the socket, where IP_RECVERR is set.
TEST_F(DatagramSourceTest, AnUnreachablePeerHarmsNobody) {
  for (const bool icmp_errors : {false, true}) {
    open("127.0.0.1", {}, icmp_errors);
    test::UdpSocket lost;
    test::UdpSocket other;
    send(lost, "x");
    send(other, "y");
    const Connection gone = next();
    const Connection here = next();
    lost.close();
    for (int i = 0; i < 3; ++i) {
      static_cast<void>(write(gone, "to nobody"));
      EXPECT_EQ(write(here, "answer"), "");
      EXPECT_EQ(other.recv().bytes, "answer");
      static_cast<void>(write(gone, "to nobody"));
      send(other, "again");
      settle_all();
    }
    EXPECT_EQ(read(here), "y");
    EXPECT_EQ(read(here), "again");
  }
}

}  // namespace
}  // namespace net
