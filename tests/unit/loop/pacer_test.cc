#include "net/loop/pacer.hh"

#include <gtest/gtest.h>

#include <algorithm>

namespace net {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1000s};

TEST(Pacer, WithoutARateEverythingGoes) {
  Pacer pacer(std::nullopt, start);
  pacer.spend(1000000);
  EXPECT_GT(pacer.allowance(start), 1000000U);
  EXPECT_EQ(pacer.next(start), start);
}

struct Case {
  std::string_view name;
  std::uint64_t rate;
  std::size_t most_at_once;
};
class PacerRate : public testing::TestWithParam<Case> {};

TEST_P(PacerRate, IsExactOnAverageAndSmooth) {
  const auto [name, rate, most_at_once] = GetParam();
  Pacer pacer(rate, start);
  std::uint64_t count = 0;
  std::size_t largest = 0;
  const TimePoint end = start + 20s;
  for (TimePoint now = start; now < end;) {
    const std::size_t allowed = pacer.allowance(now);
    if (allowed == 0) {
      ASSERT_GT(pacer.next(now), now) << "a loop would spin";
      now = pacer.next(now);
      continue;
    }
    pacer.spend(allowed);
    count += allowed;
    largest = std::max(largest, allowed);
  }
  EXPECT_GE(count + most_at_once, rate * 20);
  EXPECT_LE(count, rate * 20 + 1);
  EXPECT_LE(largest, most_at_once);
}

constexpr Case rates[] = {
    {"one", 1, 1},    {"seven", 7, 1},       {"hundred", 100, 1},       {"thousand", 1000, 1},
    {"odd", 3333, 4}, {"many", 123456, 125}, {"million", 1000000, 1001}};
INSTANTIATE_TEST_SUITE_P(Rates, PacerRate, testing::ValuesIn(rates),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Pacer, ALongPauseIsNotMadeUpFor) {
  Pacer pacer(1000, start);
  EXPECT_LE(pacer.allowance(start + 1h), 101U);
}

TEST(Pacer, AShortDelayIsMadeUpFor) {
  Pacer pacer(1000, start);
  EXPECT_EQ(pacer.allowance(start + 50ms), 51U);
}

}  // namespace
}  // namespace net
