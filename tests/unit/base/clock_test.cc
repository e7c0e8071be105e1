#include "net/base/clock.hh"

#include <gtest/gtest.h>

#include <ctime>
#include <regex>
#include <string>

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Duration since_epoch) {
  return TimePoint(since_epoch);
}

TEST(Clock, AddsWhatFits) {
  EXPECT_EQ(saturating_add(at(5s), 250ms), at(5250ms));
  EXPECT_EQ(saturating_add(at(5s), 0s), at(5s));
  EXPECT_EQ(saturating_add(at(5s), -1s), at(4s));
}

// Signed overflow would be undefined; the sanitizer would say so.
TEST(Clock, StopsAtTheEndOfTime) {
  EXPECT_EQ(saturating_add(at(5s), forever), TimePoint::max());
  EXPECT_EQ(saturating_add(at(0s), forever), TimePoint::max());
  EXPECT_EQ(saturating_add(TimePoint::max(), 1ns), TimePoint::max());
  EXPECT_EQ(saturating_add(TimePoint::max() - 2ns, 1ns), TimePoint::max() - 1ns);
  EXPECT_EQ(saturating_add(TimePoint::max() - 1ns, 1ns), TimePoint::max());
}

TEST(Clock, MillisecondsHaveFractions) {
  EXPECT_DOUBLE_EQ(to_ms(1500us), 1.5);
  EXPECT_DOUBLE_EQ(to_ms(2s), 2000);
  EXPECT_DOUBLE_EQ(to_ms(0s), 0);
}

TEST(Clock, MonotonicNeverJumps) {
  const TimePoint before = monotonic_clock().now();
  EXPECT_FALSE(monotonic_clock().jump_to(before + 1h));
  const TimePoint after = monotonic_clock().now();
  EXPECT_LE(before, after);
  EXPECT_LT(after - before, 1h);
}

TEST(Clock, WallClockIsRfc3339InUtc) {
  const time_t before = time(nullptr);
  const std::string text = wall_clock_rfc3339();
  const time_t after = time(nullptr);
  ASSERT_TRUE(std::regex_match(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"))) << text;
  tm fields{};
  ASSERT_NE(strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &fields), nullptr);
  const time_t told = timegm(&fields);
  // CLOCK_REALTIME's coarse sibling, which time(2) reads, may lag by a tick.
  EXPECT_GE(told, before);
  EXPECT_LE(told, after + 1);
}

}  // namespace
}  // namespace net
