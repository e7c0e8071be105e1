#include "net/probe/icmp_rate.hh"

#include <gtest/gtest.h>

#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

class IcmpRateRounds : public testing::Test {
 protected:
  void answers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) rate_.answered(clock_.now());
  }
  void round(Duration later, std::size_t count, bool spare) {
    static_cast<void>(clock_.jump_to(clock_.now() + later));
    answers(count + (spare ? 1 : 0));
    rate_.round_over(clock_.now(), count, spare);
  }

  HandClock clock_{};
  IcmpRate rate_{};
};

TEST_F(IcmpRateRounds, NothingIsLimitedWhilePilotsAreAnswered) {
  EXPECT_EQ(rate_.group(), SIZE_MAX);
  for (int i = 0; i < 10; ++i) round(1s, 100, true);
  EXPECT_EQ(rate_.group(), SIZE_MAX);
  EXPECT_FALSE(rate_.was_exhausted());
  EXPECT_FALSE(rate_.is_limited());
}

TEST_F(IcmpRateRounds, AGroupIsWhatWasAnsweredAndOneMore) {
  round(0s, 6, false);
  EXPECT_TRUE(rate_.was_exhausted());
  EXPECT_FALSE(rate_.is_limited()) << "one pilot may have got lost";
  EXPECT_EQ(rate_.group(), 7U);
  round(1s, 1, false);
  EXPECT_TRUE(rate_.is_limited());
  EXPECT_EQ(rate_.group(), 2U);
  round(1s, 0, true);
  EXPECT_EQ(rate_.group(), 4U) << "a message was left: ask more";
}

TEST_F(IcmpRateRounds, TheIntervalIsWhatWasSeen) {
  EXPECT_EQ(rate_.interval(), 1s) << "nothing was seen";
  round(0s, 6, false);
  for (int i = 0; i < 20; ++i) round(1s, 4, false);
  EXPECT_EQ(rate_.interval(), 250ms);
  for (int i = 0; i < 60; ++i) round(2s, 1, false);
  EXPECT_NEAR(to_ms(rate_.interval()), 2000, 100);
}

TEST_F(IcmpRateRounds, MessagesToSpareShortenTheIntervalAtOnce) {
  round(0s, 6, false);
  round(1s, 9, true);
  EXPECT_EQ(rate_.interval(), 100ms);
}

TEST_F(IcmpRateRounds, AskedInVainItWaitsLonger) {
  round(0s, 6, false);
  round(100ms, 0, false);
  EXPECT_EQ(rate_.interval(), 1s) << "too early to say";
  round(1s, 0, false);
  EXPECT_EQ(rate_.interval(), 1250ms);
  for (int i = 0; i < 100; ++i) round(1s, 0, false);
  EXPECT_EQ(rate_.interval(), 10s);
}

TEST_F(IcmpRateRounds, WhoFellSilentIsGivenUp) {
  round(0s, 6, false);
  for (int i = 0; i < 10; ++i) round(1s, 0, false);
  EXPECT_FALSE(rate_.is_dead(clock_.now()));
  for (int i = 0; i < 30; ++i) round(1s, 0, false);
  EXPECT_TRUE(rate_.is_dead(clock_.now()));
  round(1s, 1, false);
  EXPECT_FALSE(rate_.is_dead(clock_.now()));
}

}  // namespace
}  // namespace net
