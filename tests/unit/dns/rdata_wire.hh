#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include "net/base/bytes.hh"
#include "net/dns/rdata.hh"

namespace net::dns {

/// Record data as a test writes it, words with blanks between: hexadecimal digits, `@host.test.` for a name
/// without compression, `'word` for a character-string, `=word` for the bytes themselves.
inline Buffer rdata_bytes(std::string_view description) {
  ByteWriter out;
  std::istringstream words{std::string(description)};
  const auto counted = [&out](std::string_view text) {
    out.u8(static_cast<std::uint8_t>(text.size()));
    out.append(bytes_of(text));
  };
  for (std::string word; words >> word;) {
    if (word.front() == '\'') {
      counted(std::string_view(word).substr(1));
    } else if (word.front() == '=') {
      out.append(bytes_of(std::string_view(word).substr(1)));
    } else if (word.front() == '@') {
      std::istringstream labels(word.substr(1));
      for (std::string label; std::getline(labels, label, '.');) {
        if (!label.empty()) counted(label);
      }
      out.u8(0);
    } else {
      out.append(parse_hex(word).value());
    }
  }
  return out.take();
}

/// The same text `count` times: long keys, long strings.
inline std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

/// Data that stands behind a header and before other bytes, as in a message.
struct Placed {
  static constexpr std::size_t header = 12;
  Buffer message;
  std::size_t length;

  explicit Placed(const Buffer& data) : message(header, 0), length(data.size()) {
    message.insert(message.end(), data.begin(), data.end());
    message.insert(message.end(), 4, 0);
  }
  [[nodiscard]] RdataView view() const { return {message, header, length}; }
};

/// The text, or "flaw at N: why", N from the beginning of the data.
inline std::string shown(Type type, std::string_view description, Class klass = Class::IN) {
  const Placed placed(rdata_bytes(description));
  const auto text = rdata_text(type, klass, placed.view());
  if (text) return *text;
  return "flaw at " + std::to_string(text.error().offset - Placed::header) + ": " + text.error().what;
}

}  // namespace net::dns
