#include "net/probe/ping.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/hand_clock.hh"

// When probes begin, by a clock that is turned by hand: a Unix socket that is not there fails at once.
namespace net {
namespace {

using namespace std::chrono_literals;

class PingTest : public testing::Test {
 protected:
  static PingOptions options(Duration interval, std::uint64_t count) {
    PingOptions options;
    options.dial.transport.unix_domain = true;
    options.path = *Endpoint::parse_unix("/nobody/is/here");
    options.interval = interval;
    options.count = count;
    return options;
  }

  /// When the next probes begin, since the start.
  std::vector<Duration> take(Ping& ping, std::size_t probes) {
    std::vector<Duration> times;
    while (times.size() < probes) {
      const auto probe = reactor_.run(ping.next());
      if (!probe) break;
      EXPECT_EQ(probe->sequence, ++taken_);
      EXPECT_TRUE(probe->attempt.error);
      times.push_back(probe->attempt.began - start_);
    }
    return times;
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  TimePoint start_ = reactor_.now();
  std::uint64_t taken_ = 0;
};

using Times = std::vector<Duration>;

TEST_F(PingTest, OnScheduleUntilAllAreDone) {
  Ping ping(reactor_, options(100ms, 4), {});
  EXPECT_EQ(take(ping, 10), (Times{0ms, 100ms, 200ms, 300ms}));
  EXPECT_FALSE(reactor_.run(ping.next()));
}

TEST_F(PingTest, AShortDelayIsMadeUpFor) {
  Ping ping(reactor_, options(100ms, 10), {});
  EXPECT_EQ(take(ping, 2), (Times{0ms, 100ms}));
  static_cast<void>(clock_.jump_to(start_ + 450ms));
  EXPECT_EQ(take(ping, 5), (Times{450ms, 450ms, 450ms, 500ms, 600ms}));
}

TEST_F(PingTest, ALongOneMovesTheSchedule) {
  Ping ping(reactor_, options(100ms, 10), {});
  EXPECT_EQ(take(ping, 2), (Times{0ms, 100ms}));
  static_cast<void>(clock_.jump_to(start_ + 60s));
  EXPECT_EQ(take(ping, 3), (Times{60s, 60100ms, 60200ms}));
}

TEST_F(PingTest, NoIntervalIsOneAfterTheOther) {
  Ping ping(reactor_, options(0ms, 3), {});
  EXPECT_EQ(take(ping, 10), (Times{0ms, 0ms, 0ms}));
}

TEST_F(PingTest, ALongIntervalDoesNotOverflow) {
  Ping ping(reactor_, options(forever, 2), {});
  EXPECT_EQ(take(ping, 1), Times{0ms});
}

}  // namespace
}  // namespace net
