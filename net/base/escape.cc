#include "net/base/escape.hh"

#include <algorithm>
#include <cstdint>

namespace net {
bool is_invisible_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::size_t utf8_sequence(std::string_view bytes, char32_t& code_point) {
  if (bytes.empty()) return 0;
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) {
    code_point = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < length) return 0;
  std::uint32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xc0U) != 0x80) return 0;
    value = (value << 6U) | (next & 0x3fU);
  }
  // Overlong forms, surrogates and values beyond Unicode are no characters.
  if ((length == 3 && value < 0x800) || (length == 4 && (value < 0x10000 || value > 0x10ffff)) ||
      (value >= 0xd800 && value <= 0xdfff)) {
    return 0;
  }
  code_point = value;
  return length;
}

void append_hex_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\x";
  out += digits[byte >> 4U];
  out += digits[byte & 0xfU];
}

std::string escape_terminal(std::string_view bytes) {
  // Most of what is shown is plain ASCII.
  if (std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c <= '~'; })) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    char32_t c = 0;
    const std::size_t length = utf8_sequence(bytes, c);
    const std::size_t taken = std::max<std::size_t>(length, 1);
    if (length != 0 && !is_invisible_control(c)) {
      out += bytes.substr(0, taken);
    } else {
      for (const char byte : bytes.substr(0, taken)) append_hex_escape(out, static_cast<unsigned char>(byte));
    }
    bytes.remove_prefix(taken);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

}  // namespace net
