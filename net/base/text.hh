#pragma once

#include <cstdint>
#include <string>

#include "net/base/clock.hh"

namespace net {

/// A number with so many digits after the point, so that many compare at a glance: "1.50", "12.00".
[[nodiscard]] std::string fixed_text(double value, int decimals);

/// A number with at most `decimals` digits after the point, trailing zeros cut: "1.5", "12".
[[nodiscard]] std::string decimal_text(double value, int decimals);

/// A span with a unit that fits it: "850 us", "11.8 ms", "5 s", "4.2 s", "3 min 20 s".
[[nodiscard]] std::string duration_text(Duration span);

/// A span in milliseconds whatever its length, for the same reason: "0.64 ms", "12.0 ms".
[[nodiscard]] std::string milliseconds_text(Duration span);

/// A count of bytes: "512 B", "1.2 MiB", "2 GiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// "1 SYN", "5 SYNs".
[[nodiscard]] std::string count_text(std::uint64_t count, std::string_view singular);

}  // namespace net
