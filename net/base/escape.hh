#pragma once

#include <string>
#include <string_view>

namespace net {

/// Text that may be shown on a terminal: control characters (newlines and ESC among them), DEL, C1 controls,
/// bidi controls (Unicode TR9), line separators and every byte that is not part of valid UTF-8 become \xHH,
/// one for each byte. Everything else, a backslash included, stays as it is.
[[nodiscard]] std::string escape_terminal(std::string_view bytes);

/// Characters that move text about, break the line or cannot be seen: controls (C0, DEL, C1), bidi controls,
/// line separators, the byte order mark. All are below U+10000.
[[nodiscard]] bool is_invisible_control(char32_t c);

/// The length of the valid UTF-8 sequence (RFC 3629) that `bytes` begins with, or 0 when there is none;
/// `code_point` receives its value.
[[nodiscard]] std::size_t utf8_sequence(std::string_view bytes, char32_t& code_point);

/// One byte as \xHH.
void append_hex_escape(std::string& out, unsigned char byte);

/// How many columns `text` takes: its code points.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace net
