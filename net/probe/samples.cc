#include "net/probe/samples.hh"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace net {
namespace {

// Each power of two is cut into 64 buckets: the middle of one is at most 1/128 off all that it holds.
constexpr unsigned cut_bits = 6;
constexpr std::uint64_t cuts = std::uint64_t{1} << cut_bits;
constexpr std::size_t bucket_count = std::size_t{64} * cuts;
constexpr std::size_t most_bins = 10;

std::size_t bucket_of(std::int64_t nanoseconds) {
  const auto value = static_cast<std::uint64_t>(nanoseconds);
  if (value < cuts) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - cut_bits;
  return shift * cuts + (value >> shift);
}

std::int64_t middle_of(std::size_t bucket) {
  if (bucket < 2 * cuts) return static_cast<std::int64_t>(bucket);
  const auto shift = static_cast<unsigned>(bucket / cuts) - 1;
  const std::uint64_t low = (bucket % cuts + cuts) << shift;
  return static_cast<std::int64_t>(low + (std::uint64_t{1} << shift) / 2);
}

double in_ms(double nanoseconds) {
  return nanoseconds / 1e6;
}

/// The step at the rank, counted from 1.
template <class Steps>
std::int64_t at_rank(const Steps& steps, std::uint64_t rank) {
  std::uint64_t passed = 0;
  for (const auto& step : steps) {
    passed += step.count;
    if (passed >= rank) return step.nanoseconds;
  }
  return 0;
}

/// 95 % of the count, rounded up.
std::uint64_t p95_rank(std::uint64_t count) {
  return count - count / 20;
}

/// The smallest of 1, 2, 5, 10, 20 ... microseconds that is not below `least`.
std::int64_t round_width(std::int64_t least) {
  for (std::int64_t power = 1000;; power *= 10) {
    for (const int factor : {1, 2, 5}) {
      if (power * factor >= least) return power * factor;
    }
  }
}

std::size_t bins_needed(std::int64_t low, std::int64_t high, std::int64_t width) {
  return static_cast<std::size_t>(high / width - low / width + 1);
}

std::int64_t fitting_width(std::int64_t low, std::int64_t high, std::size_t bins) {
  std::int64_t width = round_width(low / 100);
  while (bins_needed(low, high, width) > bins) width = round_width(width + 1);
  return width;
}

}  // namespace

void Samples::add(Duration span) {
  const std::int64_t value = std::max<std::int64_t>(0, span.count());
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  ++count_;
  // Welford's way: no difference of two large numbers.
  const double before = static_cast<double>(value) - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (static_cast<double>(value) - mean_);
  if (buckets_.empty() && exact_.size() < exact_limit) return exact_.push_back(value);
  if (buckets_.empty()) {
    buckets_.resize(bucket_count);
    for (const std::int64_t kept : std::exchange(exact_, {})) count_in_bucket(kept);
  }
  count_in_bucket(value);
}

void Samples::count_in_bucket(std::int64_t nanoseconds) {
  ++buckets_[bucket_of(nanoseconds)];
}

std::vector<Samples::Step> Samples::steps() const {
  std::vector<Step> steps;
  steps.reserve(exact_.size());
  for (const std::int64_t value : exact_) steps.push_back({value, 1});
  std::ranges::sort(steps, {}, &Step::nanoseconds);
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    // What is known exactly bounds the guess.
    if (buckets_[bucket] > 0) steps.push_back({std::clamp(middle_of(bucket), min_, max_), buckets_[bucket]});
  }
  return steps;
}

std::optional<SpanStatistics> Samples::statistics() const {
  if (count_ == 0) return std::nullopt;
  const std::vector<Step> all = steps();
  const auto lower = static_cast<double>(at_rank(all, (count_ + 1) / 2));
  const auto upper = static_cast<double>(at_rank(all, count_ / 2 + 1));
  SpanStatistics statistics;
  statistics.min = in_ms(static_cast<double>(min_));
  statistics.average = in_ms(mean_);
  statistics.median = in_ms((lower + upper) / 2);
  statistics.p95 = in_ms(static_cast<double>(at_rank(all, p95_rank(count_))));
  statistics.max = in_ms(static_cast<double>(max_));
  statistics.deviation = in_ms(std::sqrt(squares_ / static_cast<double>(count_)));
  return statistics;
}

std::vector<Samples::Bin> Samples::histogram() const {
  if (count_ == 0) return {};
  const std::vector<Step> all = steps();
  const std::int64_t usual = at_rank(all, p95_rank(count_));
  // The tail gets a bin of its own where the others would need more than twice as wide ones without it.
  std::int64_t width = fitting_width(min_, max_, most_bins);
  const std::int64_t narrow = fitting_width(min_, usual, most_bins - 1);
  const bool tail = width > 2 * narrow;
  if (tail) width = narrow;
  const std::int64_t first = min_ / width;
  const std::int64_t last = tail ? first + static_cast<std::int64_t>(most_bins) - 2 : max_ / width;
  std::vector<Bin> bins;
  for (std::int64_t bin = first; bin <= last; ++bin) {
    bins.push_back({Duration(bin * width), Duration((bin + 1) * width)});
  }
  if (tail) bins.push_back({bins.back().to, forever});
  for (const Step& step : all) {
    const auto bin = static_cast<std::size_t>(step.nanoseconds / width - first);
    bins[std::min(bin, bins.size() - 1)].count += step.count;
  }
  return bins;
}

}  // namespace net
