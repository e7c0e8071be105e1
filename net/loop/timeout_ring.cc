#include "net/loop/timeout_ring.hh"

#include <algorithm>

namespace net {

TimeoutRing::TimeoutRing(TimePoint start) : start_(start) {
  grow(buckets);
}

void TimeoutRing::grow(std::uint32_t links) {
  for (auto i = static_cast<std::uint32_t>(links_.size()); i < links; ++i) links_.push_back(Link{i, i});
}

void TimeoutRing::unlink(std::uint32_t link) {
  Link& self = links_[link];
  if (self.next == link) return;
  links_[self.previous].next = self.next;
  links_[self.next].previous = self.previous;
  self.previous = self.next = link;
  --count_;
}

void TimeoutRing::set(std::uint32_t item, TimePoint when) {
  const std::uint32_t link = buckets + item;
  grow(link + 1);
  unlink(link);
  const Duration span = std::max(Duration::zero(), when - start_);
  const std::int64_t due = span / tick + (span % tick == Duration::zero() ? 0 : 1);
  Link& self = links_[link];
  // The present bucket was looked at: one that has passed already waits for the next.
  self.due = std::max(due, present_ + 1);
  const std::uint32_t head = bucket(self.due);
  self.previous = links_[head].previous;
  self.next = head;
  links_[self.previous].next = link;
  links_[head].previous = link;
  ++count_;
}

void TimeoutRing::clear(std::uint32_t item) {
  if (buckets + item < links_.size()) unlink(buckets + item);
}

std::optional<std::uint32_t> TimeoutRing::next_due(TimePoint now) {
  const std::int64_t target = (now - start_) / tick;
  // Once around is enough however long nobody asked: every bucket was looked at then.
  present_ = std::max(present_, target - buckets + 1);
  for (;;) {
    const std::uint32_t head = bucket(present_);
    for (std::uint32_t link = links_[head].next; link != head; link = links_[link].next) {
      // A bucket also holds what is due whole turns later.
      if (links_[link].due > target) continue;
      unlink(link);
      return link - buckets;
    }
    if (present_ >= target) return std::nullopt;
    ++present_;
  }
}

TimePoint TimeoutRing::earliest() const {
  if (count_ == 0) return TimePoint::max();
  std::int64_t at = present_ + 1;
  while (links_[bucket(at)].next == bucket(at)) ++at;
  return start_ + at * tick;
}

}  // namespace net
