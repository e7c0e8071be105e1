// A relay between two connections: what becomes of one side when the other is cut off.

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <string>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "net/stream/pump.hh"
#include "net/stream/relay.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

class RelayFarTest : public testing::Test {
 protected:
  void start() {
    RelayOptions options;
    options.drain = forever;
    options.far = &far_;
    options.peer_ended = [this] { static_cast<void>(far_.finish()); };
    relay_.emplace(reactor_, &up_, down_, peer_, options);
    running_.add(run_and_keep());
    pass(0s);
  }
  void pass(Duration span) {
    reactor_.run(sleep_for(span));
    for (int i = 0; i < 20; ++i) reactor_.run(sleep_for(0s));
  }
  RelayEnd end() {
    reactor_.run(running_.next());
    return *end_;
  }
  [[nodiscard]] bool over() const { return end_.has_value(); }

  HandClock clock_;
  Reactor reactor_{clock_};
  MemoryStream far_{reactor_};
  MemoryStream peer_{reactor_};
  StreamPump up_{reactor_, far_, peer_};
  StreamPump down_{reactor_, peer_, far_};

 private:
  Task<> sleep_for(Duration span) { co_await reactor_.sleep(span); }
  Task<> run_and_keep() { end_ = co_await relay_->run(); }

  std::optional<Relay> relay_{};
  std::optional<RelayEnd> end_{};
  Group<> running_{reactor_};
};

TEST_F(RelayFarTest, BothEndsAreTold) {
  start();
  peer_.feed("question");
  peer_.end_input();
  pass(1h);
  EXPECT_TRUE(far_.finished());
  EXPECT_FALSE(over());
  far_.feed("answer");
  far_.end_input();
  EXPECT_EQ(end().reason, EndReason::peer_closed);
  EXPECT_EQ(peer_.written(), "answer");
  EXPECT_TRUE(peer_.finished());
}

TEST_F(RelayFarTest, WhatCameBeforeTheCutGoesOn) {
  start();
  far_.feed("half of it");
  far_.fail(errno_code(ECONNRESET));
  // The writing side meets the cut first.
  peer_.feed("more");
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::local_error);
  EXPECT_EQ(ended.error, errno_code(ECONNRESET));
  EXPECT_EQ(peer_.written(), "half of it");
  EXPECT_FALSE(peer_.finished());
}

TEST_F(RelayFarTest, ACutAfterTheEndIsNoticed) {
  start();
  far_.end_input();
  pass(1h);
  EXPECT_TRUE(peer_.finished());
  EXPECT_FALSE(over());
  far_.fail(errno_code(EPIPE));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::local_error);
  EXPECT_EQ(ended.error, errno_code(EPIPE));
}

TEST_F(RelayFarTest, APeerThatIsCutIsTheNews) {
  start();
  peer_.feed("last");
  peer_.fail(errno_code(ECONNRESET));
  EXPECT_EQ(end().reason, EndReason::reset);
  EXPECT_EQ(far_.written(), "last");
}

}  // namespace
}  // namespace net
