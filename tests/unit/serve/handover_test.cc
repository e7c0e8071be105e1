#include "net/serve/handover.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/hand_clock.hh"
#include "tests/unit/serve/message_stream.hh"

namespace net {
namespace {

using Texts = std::vector<std::string>;

Task<> settle(Reactor& reactor) {
  for (int i = 0; i < 100; ++i) co_await reactor.yield();
}

/// A peer by hand at one side, the worker's socket at the other.
class HandoverTest : public testing::Test {
 protected:
  void SetUp() override {
    auto peer = std::make_unique<MessageStream>(reactor_);
    peer_ = peer.get();
    connection_.client.transport.type = SOCK_DGRAM;
    connection_.client.peer = *Endpoint::parse_ip("192.0.2.1", 5000);
    connection_.peer = std::move(peer);
    const auto begun = handover_.begin(connection_);
    ASSERT_TRUE(begun) << begun.error().message();
    ASSERT_TRUE(connection_.socket);
    settle_all();
  }
  void settle_all() { reactor_.run(settle(reactor_)); }
  Served finish() {
    Served served;
    reactor_.run(handover_.finish(served));
    return served;
  }
  void worker_says(std::string_view text) {
    ASSERT_EQ(::send(connection_.socket->fd(), text.data(), text.size(), MSG_DONTWAIT),
              static_cast<ssize_t>(text.size()));
  }
  std::string worker_hears() {
    std::array<char, 70000> buffer{};
    const ssize_t got = ::recv(connection_.socket->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return got < 0 ? "(" + std::string(strerrorname_np(errno)) + ")"
                   : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  Stop server_{reactor_};
  MessageStream* peer_ = nullptr;
  Connection connection_;
  Handover handover_{reactor_, server_};
};

TEST_F(HandoverTest, MovesMessagesBothWays) {
  const std::string large(65507, 'x');
  for (const std::string& text : Texts{"one", "", large}) peer_->feed(text);
  settle_all();
  EXPECT_EQ(worker_hears(), "one");
  EXPECT_EQ(worker_hears(), "");
  EXPECT_EQ(worker_hears(), large);
  EXPECT_EQ(worker_hears(), "(EAGAIN)");
  worker_says("answer");
  worker_says("");
  worker_says(large);
  settle_all();
  EXPECT_EQ(peer_->written(), Texts({"answer", "", large}));
  EXPECT_FALSE(handover_.stop().event().is_set());
}

// What a worker says as its last words arrives, also when the peer goes on talking to nobody.
TEST_F(HandoverTest, LastWordsAreSentOn) {
  worker_says("one");
  worker_says("");
  worker_says("three");
  connection_.socket.reset();
  peer_->feed("too late");
  const TimePoint began = reactor_.now();
  const Served served = finish();
  EXPECT_EQ(peer_->written(), Texts({"one", "", "three"}));
  EXPECT_EQ(served.closed.reason, EndReason::eof);
  EXPECT_EQ(reactor_.now(), began);
}

TEST_F(HandoverTest, LastWordsThatNobodyTakes) {
  peer_->take_nothing();
  worker_says("one");
  connection_.socket.reset();
  const TimePoint began = reactor_.now();
  finish();
  EXPECT_EQ(reactor_.now() - began, std::chrono::seconds(1));
}

TEST_F(HandoverTest, APeerThatWasLetGo) {
  peer_->go();
  settle_all();
  EXPECT_TRUE(handover_.stop().event().is_set());
  EXPECT_EQ(handover_.stop().reason(), EndReason::idle_timeout);
  EXPECT_FALSE(server_.event().is_set());
}

TEST_F(HandoverTest, APeerThatCannotBeReached) {
  peer_->refuse(ECONNREFUSED);
  worker_says("x");
  settle_all();
  EXPECT_TRUE(handover_.stop().event().is_set());
  EXPECT_EQ(handover_.stop().reason(), EndReason::reset);
  connection_.socket.reset();
  const Served served = finish();
  EXPECT_EQ(served.closed.reason, EndReason::reset);
  EXPECT_FALSE(served.error);
}

TEST_F(HandoverTest, OurOwnFailureIsTold) {
  peer_->refuse(ENETUNREACH);
  worker_says("x");
  settle_all();
  EXPECT_EQ(handover_.stop().reason(), EndReason::local_error);
  const Served served = finish();
  EXPECT_EQ(served.closed.reason, EndReason::local_error);
  ASSERT_TRUE(served.error);
  EXPECT_EQ(served.error->symbol(), "ENETUNREACH");
  EXPECT_EQ(served.error->subject, "192.0.2.1:5000/udp");
}

TEST_F(HandoverTest, TheServersEndIsPassedOn) {
  server_.now(EndReason::deadline);
  settle_all();
  EXPECT_TRUE(handover_.stop().event().is_set());
  EXPECT_EQ(handover_.stop().reason(), EndReason::deadline);
}

TEST_F(HandoverTest, AConnectionGoesAsItIs) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd other(ends[1]);
  Connection connection;
  connection.socket.emplace(*Socket::adopt(Fd(ends[0]), AF_UNIX, SOCK_STREAM));
  Handover handover(reactor_, server_);
  ASSERT_TRUE(handover.begin(connection));
  EXPECT_EQ(connection.socket->fd(), ends[0]);
  EXPECT_EQ(&handover.stop(), &server_);
  Served served;
  served.closed.reason = EndReason::peer_closed;
  reactor_.run(handover.finish(served));
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
}

}  // namespace
}  // namespace net
