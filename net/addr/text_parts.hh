#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace net {

[[nodiscard]] constexpr bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit of either case, or -1. A table: texts are read by the million.
[[nodiscard]] constexpr int hex_value(char c) {
  constexpr std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < 10; ++i) table['0' + i] = static_cast<std::int8_t>(i);
    for (std::size_t i = 0; i < 6; ++i) {
      table['a' + i] = static_cast<std::int8_t>(10 + i);
      table['A' + i] = static_cast<std::int8_t>(10 + i);
    }
    return table;
  }();
  return values[static_cast<unsigned char>(c)];
}

/// As much of a text as a complaint shows: one line of stdin may be a megabyte.
[[nodiscard]] inline std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 40;
  return std::string(text.substr(0, longest)) + (text.size() > longest ? "..." : "");
}

}  // namespace net
