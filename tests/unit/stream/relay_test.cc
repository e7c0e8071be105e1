#include "net/stream/relay.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "net/stream/pump.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

Task<> sleep_for(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
}

/// A conversation between memory streams, by a clock that is turned by hand.
class RelayTest : public testing::Test {
 protected:
  void start(const RelayOptions& options = {}, bool with_input = true) {
    relay_.emplace(reactor_, with_input ? &up_ : nullptr, down_, peer_, options);
    began_ = clock_.now();
    running_.add(run_and_keep());
    pass(0s);
  }
  /// Lets that much time pass, and all that happens in it happen.
  void pass(Duration span) {
    reactor_.run(sleep_for(reactor_, span));
    // What the last timer woke has its turn too.
    for (int i = 0; i < 20; ++i) reactor_.run(sleep_for(reactor_, 0s));
  }
  [[nodiscard]] bool over() const { return end_.has_value(); }
  /// Waits for the end, however far off.
  RelayEnd end() {
    reactor_.run(running_.next());
    return *end_;
  }
  [[nodiscard]] Duration elapsed() const { return *ended_ - began_; }

  HandClock clock_;
  Reactor reactor_{clock_};
  MemoryStream input_{reactor_};
  MemoryStream output_{reactor_};
  MemoryStream peer_{reactor_};
  StreamPump up_{reactor_, input_, peer_};
  StreamPump down_{reactor_, peer_, output_};

 private:
  Task<> run_and_keep() {
    end_ = co_await relay_->run();
    ended_ = clock_.now();
  }

  std::optional<Relay> relay_;
  std::optional<RelayEnd> end_;
  std::optional<TimePoint> ended_;
  TimePoint began_;
  Group<> running_{reactor_};
};

TEST(Relay, ReasonNames) {
  EXPECT_EQ(reason_name(EndReason::eof), "eof");
  EXPECT_EQ(reason_name(EndReason::peer_closed), "peer_closed");
  EXPECT_EQ(reason_name(EndReason::drained), "drained");
  EXPECT_EQ(reason_name(EndReason::quit), "quit");
  EXPECT_EQ(reason_name(EndReason::reset), "reset");
  EXPECT_EQ(reason_name(EndReason::idle_timeout), "idle_timeout");
  EXPECT_EQ(reason_name(EndReason::deadline), "deadline");
  EXPECT_EQ(reason_name(EndReason::signal), "signal");
  EXPECT_EQ(reason_name(EndReason::local_error), "local_error");
}

// A request, the end of our side, and a reply much later: whole.
TEST_F(RelayTest, Eof) {
  start();
  input_.feed("request");
  pass(0s);
  EXPECT_EQ(peer_.written(), "request");
  EXPECT_FALSE(peer_.finished());
  input_.end_input();
  pass(0s);
  EXPECT_TRUE(peer_.finished());
  pass(1h);
  EXPECT_FALSE(over());
  peer_.feed("reply");
  peer_.end_input();
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::eof);
  EXPECT_FALSE(ended.error);
  EXPECT_EQ(output_.written(), "reply");
  EXPECT_EQ(elapsed(), 1h);
}

TEST_F(RelayTest, PeerClosed) {
  start();
  peer_.feed("bye");
  peer_.end_input();
  pass(100ms);
  EXPECT_FALSE(over());
  input_.feed("last");
  input_.end_input();
  EXPECT_EQ(end().reason, EndReason::peer_closed);
  EXPECT_EQ(peer_.written(), "last");
  EXPECT_EQ(output_.written(), "bye");
  EXPECT_TRUE(peer_.finished());
}

TEST_F(RelayTest, PeerClosedWithoutAnyInputOfOurs) {
  start({}, false);
  peer_.feed("hello");
  peer_.end_input();
  EXPECT_EQ(end().reason, EndReason::peer_closed);
  EXPECT_EQ(output_.written(), "hello");
  EXPECT_FALSE(peer_.finished()) << "the write side stays as it is";
}

TEST_F(RelayTest, DrainedAfterTheDrainTime) {
  start();
  pass(10s);
  peer_.end_input();
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::drained);
  EXPECT_FALSE(ended.error);
  EXPECT_EQ(elapsed(), 10s + 250ms);
}

TEST_F(RelayTest, SilenceRunsFromTheLastByteOfInput) {
  start({.drain = 400ms});
  peer_.end_input();
  for (int i = 0; i < 5; ++i) {
    pass(300ms);
    ASSERT_FALSE(over());
    input_.feed("x");
  }
  pass(0s);
  EXPECT_EQ(end().reason, EndReason::drained);
  EXPECT_EQ(peer_.written(), "xxxxx");
  EXPECT_EQ(elapsed(), 5 * 300ms + 400ms);
}

TEST_F(RelayTest, DrainForeverWaitsForTheEndOfInput) {
  start({.drain = forever});
  peer_.end_input();
  pass(1000h);
  EXPECT_FALSE(over());
  input_.end_input();
  EXPECT_EQ(end().reason, EndReason::peer_closed);
}

TEST_F(RelayTest, DrainZeroEndsAtOnce) {
  start({.drain = 0s});
  pass(5s);
  peer_.end_input();
  EXPECT_EQ(end().reason, EndReason::drained);
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(RelayTest, Quit) {
  start({.quit_after = 3s});
  input_.feed("x");
  pass(10s);
  input_.end_input();
  pass(1s);
  EXPECT_FALSE(over());
  peer_.feed("reply");
  EXPECT_EQ(end().reason, EndReason::quit);
  EXPECT_EQ(elapsed(), 13s);
  EXPECT_EQ(output_.written(), "reply");
}

TEST_F(RelayTest, ThePeersEndComesBeforeQuit) {
  start({.quit_after = 3s});
  input_.end_input();
  pass(1s);
  peer_.end_input();
  EXPECT_EQ(end().reason, EndReason::eof);
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(RelayTest, NoShutdown) {
  start({.shutdown_at_end = false});
  input_.feed("x");
  input_.end_input();
  pass(1s);
  EXPECT_FALSE(peer_.finished());
  EXPECT_FALSE(over());
  peer_.end_input();
  EXPECT_EQ(end().reason, EndReason::eof);
}

TEST_F(RelayTest, AnEmptyInputStaysOpenForAListener) {
  start({.silent_input_stays_open = true, .quit_after = 1s});
  input_.end_input();
  pass(1h);
  EXPECT_FALSE(peer_.finished());
  EXPECT_FALSE(over());
  peer_.feed("upload");
  peer_.end_input();
  EXPECT_EQ(end().reason, EndReason::peer_closed);
  EXPECT_EQ(output_.written(), "upload");
}

TEST_F(RelayTest, AListenersInputThatHadBytesEnds) {
  start({.silent_input_stays_open = true});
  input_.feed("x");
  input_.end_input();
  pass(0s);
  EXPECT_TRUE(peer_.finished());
}

TEST_F(RelayTest, ResetSeenByReading) {
  start();
  input_.feed("sent");
  peer_.feed("before the cut");
  pass(0s);
  peer_.fail(errno_code(ECONNRESET));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  EXPECT_EQ(ended.error, errno_code(ECONNRESET));
  EXPECT_EQ(output_.written(), "before the cut");
}

TEST_F(RelayTest, SilenceOfThePeerIsACutToo) {
  start();
  peer_.fail(errno_code(ETIMEDOUT));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  EXPECT_EQ(ended.error, errno_code(ETIMEDOUT));
}

TEST_F(RelayTest, InputFails) {
  start();
  input_.fail(errno_code(EIO));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::local_error);
  EXPECT_EQ(ended.error, errno_code(EIO));
}

TEST_F(RelayTest, OutputFails) {
  start();
  output_.fail(errno_code(EPIPE));
  peer_.feed("nobody reads this");
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::local_error);
  EXPECT_EQ(ended.error, errno_code(EPIPE));
}

TEST_F(RelayTest, CutAfterThePeersEnd) {
  start({.drain = forever});
  peer_.end_input();
  pass(1s);
  EXPECT_FALSE(over());
  peer_.fail(errno_code(ECONNRESET));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  EXPECT_EQ(ended.error, errno_code(ECONNRESET));
}

TEST_F(RelayTest, Idle) {
  start({.idle = 5s});
  pass(4s);
  EXPECT_FALSE(over());
  input_.feed("x");
  pass(4s);
  EXPECT_FALSE(over());
  peer_.feed("y");
  pass(4s);
  EXPECT_FALSE(over());
  EXPECT_EQ(end().reason, EndReason::idle_timeout);
  EXPECT_EQ(elapsed(), 13s);
}

// What is sent to a peer without an end does not tell that it is there.
TEST_F(RelayTest, IdleByPeer) {
  start({.idle = 5s, .idle_by_peer = true});
  pass(3s);
  peer_.feed("y");
  pass(3s);
  input_.feed("x");
  EXPECT_EQ(end().reason, EndReason::idle_timeout);
  EXPECT_EQ(elapsed(), 8s);
}
TEST_F(RelayTest, IdleWithoutInput) {
  start({.idle = 5s}, false);
  pass(3s);
  peer_.feed("y");
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::idle_timeout);
  EXPECT_FALSE(ended.error);
  EXPECT_EQ(elapsed(), 8s);
}

// Between the end of our input and a slow reply the connection is as idle as any.
TEST_F(RelayTest, IdleAfterHalfClose) {
  start({.idle = 5s});
  input_.end_input();
  EXPECT_EQ(end().reason, EndReason::idle_timeout);
  EXPECT_EQ(elapsed(), 5s);
}

}  // namespace
}  // namespace net
