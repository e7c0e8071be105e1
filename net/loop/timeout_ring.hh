#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/base/clock.hh"

namespace net {

/// Deadlines of many things, each known by a small number: a hashed timing wheel (Varghese and Lauck, 1987),
/// where setting, moving and clearing one costs the same however many there are, and allocates nothing once
/// the highest number was seen. A deadline is told at most one tick late and never early.
class TimeoutRing {
 public:
  static constexpr Duration tick = std::chrono::milliseconds(1);

  explicit TimeoutRing(TimePoint start);

  /// Sets the deadline of `item`, in place of the one that it had.
  void set(std::uint32_t item, TimePoint when);
  void clear(std::uint32_t item);
  /// One whose deadline has passed; it has none then.
  [[nodiscard]] std::optional<std::uint32_t> next_due(TimePoint now);
  /// When next_due() may have one: never late, sometimes early. TimePoint::max() when there are none.
  [[nodiscard]] TimePoint earliest() const;

 private:
  // A ring of doubly linked lists, one a tick; their heads come first in links_, then the items.
  static constexpr std::uint32_t buckets = 4096;
  struct Link {
    std::uint32_t previous;
    std::uint32_t next;
    std::int64_t due = 0;  ///< in ticks since start_
  };

  [[nodiscard]] static std::uint32_t bucket(std::int64_t due) {
    return static_cast<std::uint32_t>(due) % buckets;
  }
  void unlink(std::uint32_t link);
  void grow(std::uint32_t links);

  TimePoint start_;
  std::int64_t present_ = 0;  ///< the last tick whose bucket was looked at
  std::size_t count_ = 0;
  std::vector<Link> links_{};
};

}  // namespace net
