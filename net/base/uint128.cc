#include "net/base/uint128.hh"

#include <algorithm>
#include <bit>

namespace net {
namespace {

constexpr std::string_view digit_letters = "0123456789abcdef";

struct Radix {
  unsigned base;
  std::size_t prefix;  ///< how long it is
  Uint128 most;        ///< what can be multiplied by the base
};
constexpr Radix decimal{10, 0, uint128_max / 10};
constexpr Radix hexadecimal{16, 2, uint128_max / 16};
constexpr Radix binary{2, 2, uint128_max / 2};
constexpr Radix octal{8, 2, uint128_max / 8};

/// The base that a prefix names, or nothing for a leading zero, which people read in two ways.
const Radix* radix_of(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return &decimal;
  switch (text[1]) {
    case 'x':
    case 'X':
      return &hexadecimal;
    case 'b':
    case 'B':
      return &binary;
    case 'o':
    case 'O':
      return &octal;
    default:
      return nullptr;
  }
}

/// A digit's value; 16 for what is none.
unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const auto letter = static_cast<unsigned>(c | 0x20) - 'a';
  return letter < 6 ? letter + 10 : 16;
}

}  // namespace

int bit_width(Uint128 value) {
  const auto width = high64(value) != 0 ? 64 + std::bit_width(high64(value)) : std::bit_width(low64(value));
  return static_cast<int>(width);
}

std::string decimal_digits(Uint128 value) {
  // As many digits as 64 bits always hold.
  constexpr std::uint64_t chunk = 10'000'000'000'000'000'000U;
  constexpr std::size_t chunk_digits = 19;
  if (high64(value) == 0) return std::to_string(low64(value));
  const std::string rest = std::to_string(low64(value % chunk));
  return decimal_digits(value / chunk) + std::string(chunk_digits - rest.size(), '0') + rest;
}

std::string hex_digits(Uint128 value, int digits) {
  std::string text(static_cast<std::size_t>(std::max({1, (bit_width(value) + 3) / 4, digits})), '0');
  for (auto digit = text.rbegin(); value != 0; ++digit, value >>= 4U) {
    *digit = digit_letters[static_cast<std::size_t>(value & 0xfU)];
  }
  return text;
}

Parsed<Uint128> parse_uint128(std::string_view text, Uint128 max) {
  const Radix* const radix = radix_of(text);
  if (radix == nullptr) {
    return std::unexpected("a leading zero is ambiguous: write 0o for octal, or leave it out");
  }
  text.remove_prefix(radix->prefix);
  if (text.empty()) return std::unexpected("not a number");
  Uint128 value = 0;
  bool too_big = false;
  for (const char c : text) {
    const unsigned digit = digit_value(c);
    if (digit >= radix->base) return std::unexpected("not a number");
    too_big = too_big || value > radix->most || value * radix->base > uint128_max - digit;
    value = value * radix->base + digit;
  }
  if (too_big || value > max) return std::unexpected("out of range (0-" + decimal_digits(max) + ")");
  return value;
}

}  // namespace net
