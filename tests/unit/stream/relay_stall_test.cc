#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <string>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "net/stream/pump.hh"
#include "net/stream/relay.hh"
#include "tests/unit/hand_clock.hh"

// A relay whose ends do not take what they are given, or fail on one side alone.
namespace net {
namespace {

using namespace std::chrono_literals;

Task<> sleep_for(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
}

/// A peer whose two directions are streams of their own, so that one can fail alone.
class TwoWayStream final : public Stream {
 public:
  explicit TwoWayStream(Reactor& reactor) : to_us(reactor), from_us(reactor, 0) {}
  [[nodiscard]] Io read(std::span<std::byte> into) override { return to_us.read(into); }
  [[nodiscard]] Io write(std::span<const std::byte> from) override { return from_us.write(from); }
  [[nodiscard]] std::error_code finish() override { return from_us.finish(); }
  [[nodiscard]] Event& in() override { return to_us.in(); }
  [[nodiscard]] Event& out() override { return from_us.out(); }
  [[nodiscard]] Event& gone() override { return from_us.gone(); }
  [[nodiscard]] std::error_code take_error() override { return held; }
  [[nodiscard]] std::optional<IcmpReport> failure_report() const override { return report; }
  [[nodiscard]] bool has_end() const override { return ends; }

  MemoryStream to_us;
  MemoryStream from_us;
  std::error_code held{};
  std::optional<IcmpReport> report{};
  bool ends = true;
};

class RelayStallTest : public testing::Test {
 protected:
  void start(const RelayOptions& options = {}) {
    relay_.emplace(reactor_, &up_, down_, peer_, options);
    began_ = clock_.now();
    running_.add(run_and_keep());
    pass(0s);
  }
  void pass(Duration span) {
    reactor_.run(sleep_for(reactor_, span));
    for (int i = 0; i < 20; ++i) reactor_.run(sleep_for(reactor_, 0s));
  }
  [[nodiscard]] bool over() const { return end_.has_value(); }
  RelayEnd end() {
    reactor_.run(running_.next());
    return *end_;
  }
  [[nodiscard]] Duration elapsed() const { return *ended_ - began_; }

  HandClock clock_;
  Reactor reactor_{clock_};
  MemoryStream input_{reactor_};
  MemoryStream output_{reactor_, 0};
  TwoWayStream peer_{reactor_};
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

// The peer ended its side early and takes the rest slowly: it gets all of it, however long that takes.
TEST_F(RelayStallTest, SilenceDoesNotRunWhileBytesAreUnsent) {
  start();
  input_.feed("0123456789");
  pass(0s);
  peer_.to_us.end_input();
  pass(1h);
  EXPECT_FALSE(over());
  peer_.from_us.make_room(5);
  pass(1h);
  EXPECT_FALSE(over());
  EXPECT_EQ(peer_.from_us.written(), "01234");
  peer_.from_us.make_room(100);
  EXPECT_EQ(end().reason, EndReason::drained);
  EXPECT_EQ(peer_.from_us.written(), "0123456789");
  EXPECT_EQ(elapsed(), 2h + 250ms);
}

TEST_F(RelayStallTest, TheWholeFileThoughThePeerEndedFirst) {
  start();
  peer_.to_us.end_input();
  const std::string file(1U << 20U, 'f');
  input_.feed(file);
  input_.end_input();
  pass(0s);
  for (int i = 0; i < 64; ++i) {
    peer_.from_us.make_room(file.size() / 64);
    pass(1s);
  }
  EXPECT_EQ(end().reason, EndReason::peer_closed);
  EXPECT_EQ(peer_.from_us.written(), file);
}

// What the peer sent is written out, though our reader stalls for longer than any drain.
TEST_F(RelayStallTest, AStalledOutputLosesNothing) {
  start();
  peer_.to_us.feed("the whole reply");
  peer_.to_us.end_input();
  pass(1h);
  EXPECT_FALSE(over());
  output_.make_room(4);
  pass(1h);
  EXPECT_FALSE(over());
  output_.make_room(100);
  EXPECT_EQ(end().reason, EndReason::drained);
  EXPECT_EQ(output_.written(), "the whole reply");
}

TEST_F(RelayStallTest, AStalledOutputDoesNotStopTheOtherDirection) {
  peer_.from_us.make_room(100);
  start();
  peer_.to_us.feed("nobody reads this yet");
  pass(1s);
  input_.feed("but this goes");
  pass(0s);
  EXPECT_EQ(peer_.from_us.written(), "but this goes");
}

// The peer takes no more, but what it had sent is still read, whole; then it is a reset.
TEST_F(RelayStallTest, WriteSideCutWhileDataIsStillToRead) {
  output_.make_room(4);
  start();
  peer_.to_us.feed("the whole reply");
  input_.feed("x");
  pass(0s);
  peer_.from_us.fail(errno_code(EPIPE));
  pass(1s);
  EXPECT_FALSE(over());
  output_.make_room(100);
  peer_.to_us.end_input();
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  // To a peer that is gone a write is EPIPE; what happened is a reset.
  EXPECT_EQ(ended.error, errno_code(ECONNRESET));
  EXPECT_EQ(output_.written(), "the whole reply");
  EXPECT_EQ(up_.flow.pending, 1U);
}

// Datagrams: there is no end of the peer's to wait for.
TEST_F(RelayStallTest, ARefusedDatagramEndsIt) {
  peer_.ends = false;
  start();
  input_.feed("x");
  pass(0s);
  peer_.from_us.fail(errno_code(ECONNREFUSED));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  EXPECT_EQ(ended.error, errno_code(ECONNREFUSED));
}

TEST_F(RelayStallTest, BothSidesCut) {
  start();
  input_.feed("x");
  pass(0s);
  peer_.from_us.fail(errno_code(EPIPE));
  peer_.to_us.fail(errno_code(ECONNRESET));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  EXPECT_EQ(ended.error, errno_code(ECONNRESET));
}

// EMSGSIZE and their like are our own kernel's words about what we asked.
TEST_F(RelayStallTest, OurOwnKernelRefuses) {
  start();
  input_.feed("x");
  pass(0s);
  peer_.from_us.fail(errno_code(EMSGSIZE));
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::local_error);
  EXPECT_EQ(ended.error, errno_code(EMSGSIZE));
}

// The same errno is somebody's "no" where an ICMP message brought it.
TEST_F(RelayStallTest, ARouterRefuses) {
  start();
  input_.feed("x");
  pass(0s);
  peer_.report = IcmpReport{errno_code(EHOSTUNREACH), *Endpoint::parse_ip("192.0.2.1", 0), 3, 1};
  peer_.from_us.fail(errno_code(EHOSTUNREACH));
  peer_.to_us.end_input();
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  ASSERT_TRUE(ended.icmp);
  EXPECT_EQ(ended.icmp->offender.address_text(), "192.0.2.1");
}

// Gone (both directions shut) is no cut: nothing was in the way of the drain time.
TEST_F(RelayStallTest, GoneWithoutAnErrorIsNoReset) {
  peer_.from_us.make_room(100);
  start();
  peer_.to_us.end_input();
  peer_.from_us.gone().set();
  EXPECT_EQ(end().reason, EndReason::drained);
  EXPECT_EQ(elapsed(), 250ms);
}

TEST_F(RelayStallTest, GoneWithAnErrorIsAReset) {
  peer_.from_us.make_room(100);
  start({.drain = forever});
  input_.feed("lost on the way");
  peer_.to_us.end_input();
  pass(1s);
  EXPECT_FALSE(over());
  peer_.held = errno_code(ECONNRESET);
  peer_.from_us.gone().set();
  const RelayEnd ended = end();
  EXPECT_EQ(ended.reason, EndReason::reset);
  EXPECT_EQ(ended.error, errno_code(ECONNRESET));
}

/// Datagrams: the peer's messages are counted, and there is no connection.
class RelayReplyTest : public testing::Test {
 protected:
  RelayEnd run(const RelayOptions& options, std::optional<Duration> reply_after) {
    Relay relay(reactor_, &up_, down_, peer_, options);
    Group<std::optional<RelayEnd>> group(reactor_);
    began_ = clock_.now();
    group.add(run_it(relay));
    if (reply_after) group.add(reply(*reply_after));
    for (;;) {
      if (const auto ended = reactor_.run(group.next())) return *ended;
    }
  }
  [[nodiscard]] Duration elapsed() const { return clock_.now() - began_; }

  HandClock clock_;
  Reactor reactor_{clock_};
  MemoryStream input_{reactor_};
  MemoryStream peer_{reactor_};
  StreamPump up_{reactor_, input_, peer_};
  DropPump down_{reactor_, peer_};

 private:
  Task<std::optional<RelayEnd>> run_it(Relay& relay) {
    RelayEnd ended = co_await relay.run();
    co_return ended;
  }
  Task<std::optional<RelayEnd>> reply(Duration after) {
    co_await reactor_.sleep(after);
    peer_.feed("reply");
    co_return std::nullopt;
  }
  TimePoint began_;
};

TEST_F(RelayReplyTest, NobodyEverAnswered) {
  const RelayEnd ended = run({.first_reply = 2s}, std::nullopt);
  EXPECT_EQ(ended.reason, EndReason::idle_timeout);
  EXPECT_EQ(ended.error, errno_code(ETIMEDOUT));
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(RelayReplyTest, AReplyInTimeEndsThatWait) {
  const RelayEnd ended = run({.idle = 5s, .first_reply = 2s}, 1s);
  EXPECT_EQ(ended.reason, EndReason::idle_timeout);
  EXPECT_FALSE(ended.error);
  EXPECT_EQ(elapsed(), 6s);
}

TEST_F(RelayReplyTest, IdlenessOfAListenerBeginsWithTraffic) {
  const RelayEnd ended = run({.idle = 5s, .idle_begins_with_traffic = true}, 1h);
  EXPECT_EQ(ended.reason, EndReason::idle_timeout);
  EXPECT_EQ(elapsed(), 1h + 5s);
}

}  // namespace
}  // namespace net
