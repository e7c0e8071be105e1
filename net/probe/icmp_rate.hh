#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "net/base/clock.hh"

namespace net {

/// How many probes it is worth sending to a host whose ICMP messages are limited, as Linux limits them (six
/// at once, then one a second: net.ipv4.icmp_ratelimit) and others at other rates. Nothing of that is
/// presumed: each round of probes ends with pilots to ports that are known to be answered, and whether those
/// were answered too tells whether there had been messages to spare.
class IcmpRate {
 public:
  /// An ICMP message came.
  void answered(TimePoint now);
  /// A round is over that was begun at `sent`: so many of its probes had been answered. `spare` says that the
  /// pilots, sent last, were answered too.
  void round_over(TimePoint sent, std::size_t answers, bool spare);

  /// How many ports a round is to have: all while nothing is limited, else what one or two messages prove, or
  /// twice as many as in a round that left messages to spare.
  [[nodiscard]] std::size_t group() const { return group_; }
  /// The time in which the host may send one more message, as far as that is known; one second at first.
  [[nodiscard]] Duration interval() const { return interval_; }
  /// True once a round was not answered whole, and not once alone: then interval() is what was seen.
  [[nodiscard]] bool is_limited() const { return exhausted_ >= 2; }
  /// True when a pilot was not answered, once at least.
  [[nodiscard]] bool was_exhausted() const { return exhausted_ > 0; }
  /// True when even pilots have not been answered for so long that nothing more is to be expected.
  [[nodiscard]] bool is_dead(TimePoint now) const;
  /// How long ago the last message came.
  [[nodiscard]] Duration quiet(TimePoint now) const;

 private:
  void exhausted_at(TimePoint sent, std::size_t answers);

  std::size_t group_ = SIZE_MAX;
  Duration interval_ = std::chrono::seconds(1);
  std::size_t exhausted_ = 0;               ///< rounds
  std::optional<TimePoint> empty_since_{};  ///< when the last of these was sent: no message was left then
  std::int64_t answers_ = 0;                ///< since then
  Duration seen_time_{};                    ///< in which messages were made, one after the other
  std::int64_t seen_ = 0;                   ///< how many of them
  std::size_t vain_ = 0;                    ///< rounds since the last message
  std::optional<TimePoint> last_{};         ///< the last message
};

}  // namespace net
