#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/base/parse.hh"

namespace net {

/// An unsigned number of 128 bits: an IPv6 address, or an integer as wide as one. (A compiler's own type, and
/// no part of ISO C++.)
__extension__ using Uint128 = unsigned __int128;

inline constexpr Uint128 uint128_max = ~Uint128{0};

[[nodiscard]] constexpr Uint128 make_uint128(std::uint64_t high, std::uint64_t low) {
  return (Uint128{high} << 64U) | low;
}
[[nodiscard]] constexpr std::uint64_t high64(Uint128 value) {
  return static_cast<std::uint64_t>(value >> 64U);
}
[[nodiscard]] constexpr std::uint64_t low64(Uint128 value) {
  return static_cast<std::uint64_t>(value);
}

/// How many bits the number needs: 0 for 0, 128 at most.
[[nodiscard]] int bit_width(Uint128 value);

/// "340282366920938463463374607431768211455".
[[nodiscard]] std::string decimal_digits(Uint128 value);

/// `digits` hexadecimal digits in lower case, with zeros before them; 0: as many as it needs. No "0x".
[[nodiscard]] std::string hex_digits(Uint128 value, int digits = 0);

/// As parse_number (net/base/parse.hh): decimal or 0x, 0b, 0o, the whole text, no sign, no leading zero.
[[nodiscard]] Parsed<Uint128> parse_uint128(std::string_view text, Uint128 max = uint128_max);

}  // namespace net
