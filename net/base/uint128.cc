#include "net/base/uint128.hh"

#include <algorithm>
#include <bit>
#include <optional>

namespace net {
namespace {

constexpr std::string_view digit_letters = "0123456789abcdef";

struct Radix {
  unsigned base;
  std::string_view digits;
};

/// The base that a prefix names, or nothing for a leading zero, which people read in two ways.
std::optional<Radix> radix_of(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return Radix{10, text};
  switch (text[1]) {
    case 'x':
    case 'X':
      return Radix{16, text.substr(2)};
    case 'b':
    case 'B':
      return Radix{2, text.substr(2)};
    case 'o':
    case 'O':
      return Radix{8, text.substr(2)};
    default:
      return std::nullopt;
  }
}

std::optional<unsigned> digit_value(char c, unsigned base) {
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t value = digit_letters.find(lower);
  if (value >= base) return std::nullopt;
  return static_cast<unsigned>(value);
}

}  // namespace

int bit_width(Uint128 value) {
  const auto width = high64(value) != 0 ? 64 + std::bit_width(high64(value)) : std::bit_width(low64(value));
  return static_cast<int>(width);
}

std::string decimal_digits(Uint128 value) {
  if (high64(value) == 0) return std::to_string(low64(value));
  // As many digits at a time as 64 bits hold: division of 128 bits is slow.
  constexpr std::uint64_t chunk = 10'000'000'000'000'000'000U;
  constexpr std::size_t chunk_digits = 19;
  const std::string low = std::to_string(low64(value % chunk));
  return decimal_digits(value / chunk) + std::string(chunk_digits - low.size(), '0') + low;
}

std::string hex_digits(Uint128 value, int digits) {
  const int needed = (bit_width(value) + 3) / 4;
  std::string text(static_cast<std::size_t>(std::max({needed, digits, 1})), '0');
  for (auto place = text.rbegin(); value != 0; ++place, value >>= 4U) {
    *place = digit_letters[static_cast<std::size_t>(value & 0xfU)];
  }
  return text;
}

Parsed<Uint128> parse_uint128(std::string_view text, Uint128 max) {
  const auto radix = radix_of(text);
  if (!radix) return std::unexpected("a leading zero is ambiguous: write 0o for octal, or leave it out");
  if (radix->digits.empty()) return std::unexpected("not a number");
  Uint128 value = 0;
  bool too_big = false;
  for (const char c : radix->digits) {
    const auto digit = digit_value(c, radix->base);
    if (!digit) return std::unexpected("not a number");
    too_big = too_big || value > (uint128_max - *digit) / radix->base;
    value = value * radix->base + *digit;
  }
  if (too_big || value > max) return std::unexpected("out of range (0-" + decimal_digits(max) + ")");
  return value;
}

}  // namespace net
