#pragma once

#include "net/base/clock.hh"

namespace net {

/// Time passes only when nothing else can happen, and then all at once.
class HandClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] bool jump_to(TimePoint when) override {
    now_ = when;
    return true;
  }

 private:
  TimePoint now_ = TimePoint(std::chrono::seconds(1000));
};

}  // namespace net
