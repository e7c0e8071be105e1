#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "net/base/clock.hh"

namespace net {

/// Spreads events evenly over time: N a second on average, never more in a long second, and never a burst
/// that makes up for a long pause.
class Pacer {
 public:
  /// Without a rate everything may go at once.
  Pacer(std::optional<std::uint64_t> per_second, TimePoint start) : rate_(per_second), base_(start) {}

  /// How many events may happen now; 0 means to wait until next().
  [[nodiscard]] std::size_t allowance(TimePoint now);
  /// When it is worth asking again.
  [[nodiscard]] TimePoint next(TimePoint now) const;
  /// So many happened.
  void spend(std::size_t count) { spent_ += count; }

 private:
  /// When event number `count` since base_ is due.
  [[nodiscard]] TimePoint due(std::uint64_t count) const;

  std::optional<std::uint64_t> rate_;
  TimePoint base_;
  std::uint64_t spent_ = 0;
};

}  // namespace net
