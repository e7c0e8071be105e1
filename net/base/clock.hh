#pragma once

#include <chrono>
#include <string>

namespace net {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Stands for "no limit" wherever a Duration is a limit.
inline constexpr Duration forever = Duration::max();

/// Where time comes from. A test hands in a clock that it turns by hand.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Asked when nothing can happen before `when`: a clock turned by hand jumps there and answers true.
  [[nodiscard]] virtual bool jump_to(TimePoint when) = 0;
};

/// CLOCK_MONOTONIC, which never jumps.
[[nodiscard]] Clock& monotonic_clock();

/// `start + span`, at the end of time when that would overflow (span may be `forever`).
[[nodiscard]] TimePoint saturating_add(TimePoint start, Duration span);

/// A span as JSON has it: milliseconds with fractions.
[[nodiscard]] double to_ms(Duration span);

/// The wall clock now as RFC 3339 in UTC with microseconds: 2026-01-31T09:08:07.123456Z.
[[nodiscard]] std::string wall_clock_rfc3339();

}  // namespace net
