#include "net/base/clock.hh"

#include <array>
#include <cstdio>
#include <ctime>

namespace net {
namespace {

class Monotonic final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] bool jump_to(TimePoint) override { return false; }
};

}  // namespace

Clock& monotonic_clock() {
  static Monotonic clock;
  return clock;
}

TimePoint saturating_add(TimePoint start, Duration span) {
  if (span >= TimePoint::max() - start) return TimePoint::max();
  return start + span;
}

double to_ms(Duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

std::string wall_clock_rfc3339() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", utc.tm_year + 1900,
                    utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace net
