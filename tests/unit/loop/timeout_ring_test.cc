#include "net/loop/timeout_ring.hh"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace net {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1000s};

TEST(TimeoutRing, TellsEachOnceAndNotBefore) {
  TimeoutRing ring(start);
  EXPECT_EQ(ring.earliest(), TimePoint::max());
  ring.set(7, start + 10ms);
  ring.set(3, start + 10500us);
  EXPECT_EQ(ring.earliest(), start + 10ms);
  EXPECT_FALSE(ring.next_due(start + 9999us));
  EXPECT_EQ(ring.next_due(start + 10ms), 7U);
  EXPECT_FALSE(ring.next_due(start + 10ms));
  EXPECT_EQ(ring.earliest(), start + 11ms) << "a tick late at most";
  EXPECT_EQ(ring.next_due(start + 11ms), 3U);
  EXPECT_EQ(ring.earliest(), TimePoint::max());
}

TEST(TimeoutRing, MovesAndClears) {
  TimeoutRing ring(start);
  ring.set(1, start + 5ms);
  ring.set(1, start + 50ms);
  ring.set(2, start + 5ms);
  ring.clear(2);
  ring.clear(2);
  ring.clear(99);
  EXPECT_FALSE(ring.next_due(start + 49ms));
  EXPECT_EQ(ring.next_due(start + 50ms), 1U);
}

TEST(TimeoutRing, WhatHasPassedIsTold) {
  TimeoutRing ring(start);
  EXPECT_FALSE(ring.next_due(start + 100ms));
  ring.set(1, start + 20ms);
  ring.set(2, start - 1h);
  EXPECT_LE(ring.earliest(), start + 101ms);
  EXPECT_TRUE(ring.next_due(start + 101ms));
  EXPECT_TRUE(ring.next_due(start + 101ms));
  EXPECT_FALSE(ring.next_due(start + 101ms));
}

TEST(TimeoutRing, FurtherThanATurn) {
  TimeoutRing ring(start);
  ring.set(1, start + 60s);
  ring.set(2, start + 24h);
  // Only ever asked when it says so, as a loop would.
  TimePoint now = start;
  int wakes = 0;
  while (!ring.next_due(now)) {
    ASSERT_GT(ring.earliest(), now) << "a loop would spin";
    now = ring.earliest();
    ASSERT_LT(++wakes, 50);
  }
  EXPECT_EQ(now, start + 60s);
  EXPECT_EQ(ring.next_due(start + 25h), 2U) << "asked after a long sleep";
}

TEST(TimeoutRing, AgreesWithAMap) {
  std::mt19937 random(42);
  TimeoutRing ring(start);
  std::map<std::uint32_t, TimePoint> expected;
  TimePoint now = start;
  for (int step = 0; step < 20000; ++step) {
    const auto item = static_cast<std::uint32_t>(random() % 500);
    if (random() % 4 == 0) {
      ring.clear(item);
      expected.erase(item);
    } else {
      const TimePoint when = now + std::chrono::microseconds(1 + random() % 10'000'000);
      ring.set(item, when);
      expected[item] = when;
    }
    now += std::chrono::microseconds(random() % 20'000);
    while (const auto due = ring.next_due(now)) {
      ASSERT_TRUE(expected.contains(*due));
      ASSERT_LE(expected[*due], now);
      expected.erase(*due);
    }
    for (const auto& [open, when] : expected) ASSERT_GT(when + TimeoutRing::tick, now) << open;
  }
}

}  // namespace
}  // namespace net
