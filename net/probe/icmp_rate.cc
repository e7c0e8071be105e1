#include "net/probe/icmp_rate.hh"

#include <algorithm>

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr Duration least_interval = 1ms;
constexpr Duration most_interval = 10s;
// A limit slower than that is taken for silence.
constexpr Duration patience = 20s;
constexpr std::size_t most_vain = 5;
// The average is over so many messages, the older ones counting less.
constexpr std::int64_t remembered = 16;
constexpr std::size_t least_group = 2;

}  // namespace

void IcmpRate::answered(TimePoint now) {
  ++answers_;
  vain_ = 0;
  last_ = now;
}

void IcmpRate::round_over(TimePoint sent, std::size_t answers, bool spare) {
  if (!spare) return exhausted_at(sent, answers);
  group_ = group_ > SIZE_MAX / 2 ? SIZE_MAX : group_ * 2;
  // So many messages have become possible since there was none, if not more.
  if (!empty_since_ || answers_ == 0) return;
  const Duration seen = (sent - *empty_since_) / answers_;
  if (seen >= interval_) return;
  interval_ = std::max<Duration>(seen, least_interval);
  seen_time_ = {};
  seen_ = 0;
}

void IcmpRate::exhausted_at(TimePoint sent, std::size_t answers) {
  ++exhausted_;
  ++vain_;
  group_ = std::max(least_group, answers + 1);
  if (answers_ == 0) {
    // Asked too early, that says nothing.
    if (quiet(sent) >= interval_) interval_ = std::min<Duration>(interval_ * 5 / 4, most_interval);
    return;
  }
  if (empty_since_) {
    seen_time_ += sent - *empty_since_;
    seen_ += answers_;
    interval_ = std::clamp<Duration>(seen_time_ / seen_, least_interval, most_interval);
  }
  if (seen_ >= remembered) {
    seen_time_ /= 2;
    seen_ /= 2;
  }
  empty_since_ = sent;
  answers_ = 0;
}

bool IcmpRate::is_dead(TimePoint now) const {
  return vain_ >= most_vain && quiet(now) > patience + interval_;
}

Duration IcmpRate::quiet(TimePoint now) const {
  return last_ ? now - *last_ : forever;
}

}  // namespace net
