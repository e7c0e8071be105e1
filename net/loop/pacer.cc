#include "net/loop/pacer.hh"

#include <algorithm>
#include <limits>

namespace net {
namespace {

using namespace std::chrono_literals;

// Being late by less than this is made up for, or the average would suffer from every busy moment; a longer
// pause was somebody's choice.
constexpr Duration memory = 100ms;
// Waking up more often than this would cost more than it smooths.
constexpr Duration grain = 1ms;
constexpr std::uint64_t ns_per_s = 1'000'000'000;

}  // namespace

TimePoint Pacer::due(std::uint64_t count) const {
  // Whole seconds apart: the product stays small, and there is no drift.
  const std::uint64_t seconds = count / *rate_;
  const std::uint64_t rest = count % *rate_;
  const auto part = static_cast<std::uint64_t>(static_cast<double>(rest) / static_cast<double>(*rate_) * 1e9);
  return base_ + Duration(static_cast<Duration::rep>(seconds * ns_per_s + part));
}

std::size_t Pacer::allowance(TimePoint now) {
  if (!rate_) return std::numeric_limits<std::size_t>::max();
  if (now - due(spent_) > memory) {
    base_ = now - memory;
    spent_ = 0;
  }
  if (due(spent_) > now) return 0;
  const double since = static_cast<double>((now - base_).count()) / 1e9;
  const auto earned = static_cast<std::uint64_t>(since * static_cast<double>(*rate_)) + 1;
  return std::max<std::uint64_t>(1, earned - std::min(earned, spent_));
}

TimePoint Pacer::next(TimePoint now) const {
  if (!rate_) return now;
  const TimePoint when = due(spent_);
  const bool fine = Duration(ns_per_s / *rate_) < grain;
  return fine ? std::max(when, now + grain) : when;
}

}  // namespace net
