#include "net/probe/samples.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "net/base/clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

Samples of(const std::vector<Duration>& spans) {
  Samples samples;
  for (const Duration span : spans) samples.add(span);
  return samples;
}

/// By the definitions, from a sorted copy.
SpanStatistics reference(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t count = values.size();
  SpanStatistics expect;
  expect.min = values.front();
  expect.max = values.back();
  expect.average = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(count);
  expect.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
  expect.p95 = values[static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(count) - 1e-9)) - 1];
  double squares = 0;
  for (const double value : values) squares += (value - expect.average) * (value - expect.average);
  expect.deviation = std::sqrt(squares / static_cast<double>(count));
  return expect;
}

/// Spans as round trips have them: most alike, a few ten times as long.
std::vector<Duration> round_trips(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);  // NOLINT: the same each time
  std::lognormal_distribution<double> spread(std::log(23e6), 0.4);
  std::vector<Duration> spans;
  for (std::size_t i = 0; i < count; ++i) {
    const double rare = random() % 50 == 0 ? 10 : 1;
    spans.emplace_back(static_cast<std::int64_t>(spread(random) * rare));
  }
  return spans;
}

std::vector<double> in_ms(const std::vector<Duration>& spans) {
  std::vector<double> values;
  for (const Duration span : spans) values.push_back(to_ms(span));
  return values;
}

TEST(Samples, Nothing) {
  EXPECT_FALSE(Samples().statistics());
  EXPECT_TRUE(Samples().histogram().empty());
  EXPECT_EQ(Samples().count(), 0U);
}

TEST(Samples, OneIsEverything) {
  const auto one = of({23ms}).statistics();
  ASSERT_TRUE(one);
  for (const double figure : {one->min, one->average, one->median, one->p95, one->max}) EXPECT_EQ(figure, 23);
  EXPECT_EQ(one->deviation, 0);
}

TEST(Samples, ByHand) {
  const auto four = of({40ms, 10ms, 30ms, 20ms}).statistics();
  ASSERT_TRUE(four);
  EXPECT_DOUBLE_EQ(four->average, 25);
  EXPECT_DOUBLE_EQ(four->median, 25) << "between the middle two";
  EXPECT_DOUBLE_EQ(four->p95, 40);
  EXPECT_DOUBLE_EQ(four->deviation, std::sqrt(125.0)) << "of them all, not of a sample";
  std::vector<Duration> twenty;
  for (int i = 1; i <= 20; ++i) twenty.emplace_back(i * 1ms);
  EXPECT_DOUBLE_EQ(of(twenty).statistics()->p95, 19) << "95 % of 20 are 19";
  twenty.emplace_back(21ms);
  EXPECT_DOUBLE_EQ(of(twenty).statistics()->p95, 20) << "19.95 is rounded up";
}

TEST(Samples, ExactByTheirDefinitions) {
  for (const std::size_t count : {1U, 2U, 3U, 19U, 20U, 21U, 39U, 40U, 41U, 100U, 999U, 5000U}) {
    const std::vector<Duration> spans = round_trips(count, static_cast<unsigned>(count));
    const SpanStatistics expect = reference(in_ms(spans));
    const auto got = of(spans).statistics();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->min, expect.min) << count;
    EXPECT_EQ(got->max, expect.max) << count;
    EXPECT_EQ(got->p95, expect.p95) << count;
    EXPECT_NEAR(got->median, expect.median, expect.median * 1e-12) << count;
    EXPECT_NEAR(got->average, expect.average, expect.average * 1e-12) << count;
    EXPECT_NEAR(got->deviation, expect.deviation, expect.average * 1e-9) << count;
  }
}

// Beyond the limit only ranks are guessed, and within 1 %.
TEST(Samples, ManyAreWithinOnePercent) {
  const std::vector<Duration> spans = round_trips(Samples::exact_limit + 5000, 7);
  const SpanStatistics expect = reference(in_ms(spans));
  const Samples samples = of(spans);
  const auto got = samples.statistics();
  ASSERT_TRUE(got);
  EXPECT_EQ(samples.count(), spans.size());
  EXPECT_EQ(got->min, expect.min);
  EXPECT_EQ(got->max, expect.max);
  EXPECT_NEAR(got->average, expect.average, expect.average * 1e-9);
  EXPECT_NEAR(got->deviation, expect.deviation, expect.deviation * 1e-9);
  EXPECT_NEAR(got->median, expect.median, expect.median * 0.01);
  EXPECT_NEAR(got->p95, expect.p95, expect.p95 * 0.01);
  EXPECT_NE(got->median, expect.median) << "else it would still hold them all";
}

TEST(Samples, BucketsOfEverySize) {
  for (const Duration span :
       {Duration(0), Duration(1), Duration(63), Duration(64), Duration(127), Duration(128), Duration(1us),
        Duration(999'999), Duration(1h), Duration(300h)}) {
    Samples samples;
    for (std::size_t i = 0; i <= Samples::exact_limit; ++i) samples.add(span);
    const auto got = samples.statistics();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->median, to_ms(span)) << "no guess beyond the least and the most";
    samples.add(0ns);
    samples.add(400h);
    EXPECT_NEAR(samples.statistics()->median, to_ms(span), to_ms(span) * 0.01);
  }
}

TEST(Samples, ANegativeOneIsNone) {
  EXPECT_EQ(of({Duration(-5), Duration(5ms)}).statistics()->min, 0);
}

/// "FROM-TO COUNT" in milliseconds.
std::vector<std::string> bins_of(const Samples& samples) {
  std::vector<std::string> bins;
  const auto number = [](Duration span) {
    std::string text = std::to_string(to_ms(span));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  for (const Samples::Bin& bin : samples.histogram()) {
    bins.push_back(number(bin.from) + "-" + (bin.to == forever ? "" : number(bin.to)) + " " +
                   std::to_string(bin.count));
  }
  return bins;
}

using Texts = std::vector<std::string>;

TEST(Samples, HistogramsHaveRoundBins) {
  EXPECT_EQ(bins_of(of({22800us, 23100us, 23200us, 25000us, 31000us})),
            (Texts{"22-23 1", "23-24 2", "24-25 0", "25-26 1", "26-27 0", "27-28 0", "28-29 0", "29-30 0",
                   "30-31 0", "31-32 1"}));
  EXPECT_EQ(bins_of(of({23100us, 23100us})), Texts{"23-23.5 2"}) << "no finer than a hundredth";
  EXPECT_EQ(bins_of(of({0ns, 500ns})), Texts{"0-0.001 2"}) << "no finer than a microsecond";
  EXPECT_EQ(bins_of(of({1ms, 2ms})),
            (Texts{"1-1.2 1", "1.2-1.4 0", "1.4-1.6 0", "1.6-1.8 0", "1.8-2 0", "2-2.2 1"}));
}

TEST(Samples, ALongTailHasABinOfItsOwn) {
  std::vector<Duration> spans(99, 23ms);
  spans[0] = 24ms;
  spans.emplace_back(1s);
  EXPECT_EQ(bins_of(of(spans)), (Texts{"23-23.5 98", "23.5-24 0", "24-24.5 1", "24.5-25 0", "25-25.5 0",
                                       "25.5-26 0", "26-26.5 0", "26.5-27 0", "27-27.5 0", "27.5- 1"}));
}

TEST(Samples, HistogramsHoldAllAndAreSmall) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Samples samples = of(round_trips(1 + seed * 7, seed));
    const auto bins = samples.histogram();
    ASSERT_LE(bins.size(), 10U) << seed;
    std::uint64_t all = 0;
    for (const Samples::Bin& bin : bins) all += bin.count;
    EXPECT_EQ(all, samples.count());
    EXPECT_GT(bins.front().count, 0U);
    EXPECT_GT(bins.back().count, 0U) << seed;
  }
}

}  // namespace
}  // namespace net
