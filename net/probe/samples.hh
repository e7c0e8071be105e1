#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/base/clock.hh"

namespace net {

/// What many spans of time come to, in milliseconds.
struct SpanStatistics {
  double min = 0;
  double average = 0;
  double median = 0;  ///< of an even count the mean of the middle two
  double p95 = 0;     ///< by nearest rank: the smallest that 95 % do not exceed
  double max = 0;
  double deviation = 0;  ///< standard deviation of them all (divided by the count, not by one less)
};

/// Spans of time as they come in, in bounded memory. Up to `exact_limit` of them each is kept and all figures
/// are exact; beyond that they are counted in buckets, and then median, p95 and histogram are within 1 %.
class Samples {
 public:
  static constexpr std::size_t exact_limit = 65536;

  /// Negative ones count as zero.
  void add(Duration span);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Nothing while there are none.
  [[nodiscard]] std::optional<SpanStatistics> statistics() const;

  /// How many lie in [from, to).
  struct Bin {
    Duration from;
    Duration to;  ///< forever: all that are longer
    std::uint64_t count = 0;
  };
  /// All of them in at most 10 bins whose width is 1, 2 or 5 times a power of ten, at least a microsecond and
  /// at least a hundredth of the shortest. Where a few long ones would push all others into one bin, the last
  /// bin takes what is longer than most.
  [[nodiscard]] std::vector<Bin> histogram() const;

 private:
  /// A span and how many were of it, in rising order.
  struct Step {
    std::int64_t nanoseconds;
    std::uint64_t count;
  };
  [[nodiscard]] std::vector<Step> steps() const;
  void count_in_bucket(std::int64_t nanoseconds);

  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  double mean_ = 0;     ///< in nanoseconds
  double squares_ = 0;  ///< sum of squared distances from the mean
  std::vector<std::int64_t> exact_{};
  std::vector<std::uint64_t> buckets_{};
};

}  // namespace net
