#include "net/probe/scan_walk.hh"

#include <utility>

namespace net {

const ScanTarget* ScanWalk::peek() {
  if (!target_.host || range_ == ports_.size()) {
    std::optional<ScanHost> host = source_.next();
    if (!host || ports_.empty()) return nullptr;
    target_.host = std::make_shared<const ScanHost>(std::move(*host));
    range_ = 0;
    port_ = ports_.front().first;
  }
  target_.port = port_;
  return &target_;
}

void ScanWalk::take() {
  if (port_ != ports_[range_].last) {
    ++port_;
  } else if (++range_ < ports_.size()) {
    port_ = ports_[range_].first;
  }
}

std::uint64_t ScanWalk::skip_host() {
  if (range_ == ports_.size()) return 0;
  std::uint64_t left = static_cast<std::uint64_t>(ports_[range_].last) - port_ + 1;
  while (++range_ < ports_.size())
    left += static_cast<std::uint64_t>(ports_[range_].last) - ports_[range_].first + 1;
  return left;
}

std::uint64_t ScanWalk::skip_network() {
  std::uint64_t ports = 0;
  for (const auto& range : ports_) ports += static_cast<std::uint64_t>(range.last) - range.first + 1;
  std::uint64_t left = 0;
  return __builtin_mul_overflow(source_.skip_network(), ports, &left) ? UINT64_MAX : left;
}

}  // namespace net
