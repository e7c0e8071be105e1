#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace net {

/// What a number counts.
enum class Unit : std::uint8_t {
  none,
  bytes,
  bytes_per_second,
  seconds,
  milliseconds,
  microseconds,
  packets,
  segments,
  hops,
};

/// "bytes", "us": the word for JSON and the table; empty for none.
[[nodiscard]] std::string_view unit_name(Unit unit);

/// What a socket option holds: a flag, a number with its unit, words, a list, or named fields (TCP_INFO). One
/// option always has the same alternative, whatever its value.
struct OptionValue {
  using List = std::vector<OptionValue>;
  using Fields = std::vector<std::pair<std::string_view, OptionValue>>;  ///< names are literals
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, std::string, List, Fields> data{};
  Unit unit = Unit::none;
  std::string text{};  ///< how people write it, where that is not the data's own form ("off" of SO_LINGER)

  friend bool operator==(const OptionValue& a, const OptionValue& b);
};

/// A value for people, exact and as it can be typed back where the option can be set: "on", "8 MiB",
/// "200001 B", "1.5 s", "want", "a,b", "rtt 22 us, cwnd 10", "subflows {id 1, local [::1]:80},{id 2, local
/// [::1]:81}".
[[nodiscard]] std::string option_text(const OptionValue& value);

}  // namespace net
