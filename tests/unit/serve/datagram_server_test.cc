#include "net/serve/datagram_server.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <vector>

#include "net/loop/group.hh"
#include "tests/support/net.hh"
#include "tests/unit/serve/datagram_server_fixture.hh"

namespace net {
namespace {

TEST_F(DatagramServerTest, ManyAreServedAndTheLatestIsAnswered) {
  open(true);
  test::UdpSocket first;
  test::UdpSocket second;
  send(first, "one");
  EXPECT_EQ(read(), "one");
  send(second, "two");
  EXPECT_EQ(read(), "two");
  ASSERT_TRUE(write("to the second"));
  EXPECT_EQ(second.recv().bytes, "to the second");
  send(first, "again");
  EXPECT_EQ(read(), "again");
  ASSERT_TRUE(write("to the first"));
  EXPECT_EQ(first.recv().bytes, "to the first");
  EXPECT_EQ(log_.events, (Texts{"accepted 1", "accepted 2"}));
  EXPECT_EQ(read(), "(would block)");
  EXPECT_FALSE(server_->in().is_set());
}

TEST_F(DatagramServerTest, CountsForEach) {
  open(true);
  test::UdpSocket first;
  test::UdpSocket second;
  send(first, "12345");
  read();
  send(first, "");
  EXPECT_EQ(read(), "");
  send(second, "12");
  read();
  ASSERT_TRUE(write("123"));
  ASSERT_EQ(server_->clients().size(), 2U);
  const DatagramClient& latest = server_->clients().front();
  EXPECT_EQ(latest.peer.port(), second.port());
  EXPECT_EQ(latest.received, 2U);
  EXPECT_EQ(latest.sent, 3U);
  const DatagramClient& other = server_->clients().back();
  EXPECT_EQ(other.received, 5U);
  EXPECT_EQ(other.sent, 0U);
  EXPECT_EQ(other.began, clock_.now());
}

TEST_F(DatagramServerTest, OneClientAndTheOthersAreRejectedOnce) {
  open(false);
  test::UdpSocket client;
  test::UdpSocket stranger;
  send(client, "mine");
  EXPECT_EQ(read(), "mine");
  for (int i = 0; i < 3; ++i) send(stranger, "not yours");
  send(client, "more");
  EXPECT_EQ(read(), "more");
  ASSERT_TRUE(write("answer"));
  EXPECT_EQ(client.recv().bytes, "answer");
  EXPECT_EQ(log_.events, (Texts{"accepted 1", "rejected " + stranger.port_text()}));
  EXPECT_EQ(server_->clients().size(), 1U);
}

// A sender that keeps the queue full must not keep everybody else from their turn.
TEST_F(DatagramServerTest, AFloodOfStrangersIsReadInPortions) {
  open(false);
  test::UdpSocket client;
  test::UdpSocket stranger;
  send(client, "mine");
  EXPECT_EQ(read(), "mine");
  for (int i = 0; i < 150; ++i) send(stranger, "x");
  reactor_.run(sleep_for(reactor_, 0s));
  EXPECT_EQ(read(), "(would block)");
  EXPECT_TRUE(server_->in().is_set()) << "there is more";
  send(client, "more");
  std::string got = "(would block)";
  for (int i = 0; i < 10 && got == "(would block)"; ++i) got = read();
  EXPECT_EQ(got, "more");
  EXPECT_EQ(read(), "(would block)");
  EXPECT_FALSE(server_->in().is_set());
  EXPECT_EQ(log_.events, (Texts{"accepted 1", "rejected " + stranger.port_text()}));
}

TEST_F(DatagramServerTest, AFullTableForgetsWhoWasSilentTheLongest) {
  open(true, 2);
  test::UdpSocket first;
  test::UdpSocket second;
  test::UdpSocket third;
  send(first, "1");
  read();
  send(second, "2");
  read();
  // The first speaks again, so that the second is the oldest.
  send(first, "1");
  read();
  send(third, "3");
  EXPECT_EQ(read(), "3");
  EXPECT_EQ(log_.events, (Texts{"accepted 1", "accepted 2", "forgotten 2", "accepted 3"}));
  // Who was forgotten is a new client.
  send(second, "2");
  EXPECT_EQ(read(), "2");
  EXPECT_EQ(log_.events.back(), "accepted 4");
  EXPECT_EQ(server_->clients().size(), 2U);
}

TEST_F(DatagramServerTest, TheTableStaysBounded) {
  open(true, 3);
  for (int i = 0; i < 40; ++i) {
    test::UdpSocket client;
    send(client, "x");
    EXPECT_EQ(read(), "x");
    EXPECT_LE(server_->clients().size(), 3U);
  }
}

TEST_F(DatagramServerTest, ForgetsTheIdle) {
  open(true);
  Group<> group(reactor_);
  group.add(server_->forget_idle(60s));
  // Nobody there for long: nothing happens.
  reactor_.run(sleep_for(reactor_, 1h));
  test::UdpSocket first;
  test::UdpSocket second;
  send(first, "1");
  read();
  reactor_.run(sleep_for(reactor_, 30s));
  send(second, "2");
  read();
  reactor_.run(sleep_for(reactor_, 29s));
  EXPECT_EQ(server_->clients().size(), 2U);
  reactor_.run(sleep_for(reactor_, 2s));
  EXPECT_EQ(log_.events, (Texts{"accepted 1", "accepted 2", "forgotten 1"}));
  // An answer is a sign of life as well.
  ASSERT_TRUE(write("answer"));
  reactor_.run(sleep_for(reactor_, 59s));
  EXPECT_EQ(server_->clients().size(), 1U);
  reactor_.run(sleep_for(reactor_, 2s));
  EXPECT_TRUE(server_->clients().empty());
  EXPECT_EQ(log_.events.back(), "forgotten 2");
}

TEST_F(DatagramServerTest, ForgetsAllMostRecentLast) {
  open(true);
  std::vector<test::UdpSocket> clients(3);
  for (auto& client : clients) {
    send(client, "x");
    read();
  }
  server_->forget_all();
  EXPECT_EQ(log_.events,
            (Texts{"accepted 1", "accepted 2", "accepted 3", "forgotten 1", "forgotten 2", "forgotten 3"}));
  EXPECT_TRUE(server_->clients().empty());
}

TEST_F(DatagramServerTest, WritesWaitForAFirstClient) {
  open(true);
  const Io early = write("to nobody");
  ASSERT_FALSE(early);
  EXPECT_TRUE(would_block(early.error()));
  EXPECT_FALSE(server_->out().is_set());
  test::UdpSocket client;
  send(client, "here");
  EXPECT_EQ(read(), "here");
  EXPECT_TRUE(server_->out().is_set());
  ASSERT_TRUE(write("hello"));
  EXPECT_EQ(client.recv().bytes, "hello");
}

TEST_F(DatagramServerTest, AnswersFromTheAddressThatWasAsked) {
  open(true, 10, "0.0.0.0");
  test::UdpSocket client;
  for (const char* asked : {"127.0.0.1", "127.0.0.7"}) {
    send(client, "?", asked);
    EXPECT_EQ(read(), "?");
    ASSERT_TRUE(write("!"));
    const test::Datagram answer = client.recv();
    EXPECT_EQ(answer.address, asked);
  }
  // One client, whichever of our addresses it asks.
  EXPECT_EQ(server_->clients().size(), 1U);
}

TEST_F(DatagramServerTest, BothFamiliesAreTwoClients) {
  auto socket = Socket::open(AF_INET6, SOCK_DGRAM);
  ASSERT_TRUE(socket && want_packet_info(*socket, AF_INET6) && socket->bind(Endpoint::any(AF_INET6, 0)));
  server_.emplace(reactor_, std::move(*socket), gate_, true, 10, log_);
  test::UdpSocket four;
  test::UdpSocket six("::1");
  send(four, "4");
  EXPECT_EQ(read(), "4");
  ASSERT_TRUE(write("to four"));
  EXPECT_EQ(four.recv().bytes, "to four");
  send(six, "6", "::1");
  EXPECT_EQ(read(), "6");
  ASSERT_TRUE(write("to six"));
  EXPECT_EQ(six.recv().bytes, "to six");
}

TEST_F(DatagramServerTest, WhatCannotBeSentStopsOneClientOnly) {
  const std::string too_long(65508, 'x');
  open(true);
  test::UdpSocket client;
  send(client, "x");
  read();
  EXPECT_TRUE(write(too_long));
  EXPECT_EQ(log_.events.back(), "unanswered 1");
  EXPECT_EQ(log_.errors, Texts{"EMSGSIZE"});
  ASSERT_TRUE(write("fits"));
  EXPECT_EQ(client.recv().bytes, "fits");
  EXPECT_EQ(server_->clients().front().sent, 4U);

  open(false);
  send(client, "x");
  read();
  EXPECT_EQ(write(too_long).error(), errno_code(EMSGSIZE));
}

TEST_F(DatagramServerTest, IsAStreamWithoutEnd) {
  open(true);
  EXPECT_TRUE(server_->keeps_boundaries());
  EXPECT_FALSE(server_->has_end());
  EXPECT_FALSE(server_->finish());
  EXPECT_EQ(server_->splice_end().kind, SpliceKind::none);
}

}  // namespace
}  // namespace net
