#include "cmd/json_out.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "net/base/escape.hh"

namespace cmd {
namespace {

// The largest integer up to which every one has a double of its own.
constexpr std::uint64_t exact_limit = std::uint64_t{1} << 53U;

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void append_code_unit(std::string& out, char32_t c) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(c >> static_cast<unsigned>(shift)) & 0xfU];
}

/// The first character, or byte that is none, of a text that does not begin with a plain one. Returns what
/// follows.
std::string_view append_special(std::string& out, std::string_view bytes) {
  char32_t c = 0;
  const std::size_t length = net::utf8_sequence(bytes, c);
  if (length == 0) {
    out += '\\';  // the escape of the backslash that begins \xHH
    net::append_hex_escape(out, static_cast<unsigned char>(bytes[0]));
    return bytes.substr(1);
  }
  if (c == '"' || c == '\\') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (net::is_invisible_control(c)) {
    // Whoever reads JSON on a terminal is as easily deceived.
    append_code_unit(out, c);
  } else {
    out += bytes.substr(0, length);
  }
  return bytes.substr(length);
}

void append_string(std::string& out, std::string_view bytes) {
  out += '"';
  while (!bytes.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(bytes, is_plain) - bytes.begin());
    out += bytes.substr(0, plain);
    bytes.remove_prefix(plain);
    if (!bytes.empty()) bytes = append_special(out, bytes);
  }
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> buffer{};
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  const std::uint64_t magnitude =
      value < 0 ? 0U - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const bool quoted = magnitude > exact_limit;
  if (quoted) out += '"';
  append_number(out, value);
  if (quoted) out += '"';
}

struct Append {
  std::string& out;

  void operator()(std::nullptr_t) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { append_integer(out, value); }
  void operator()(std::uint64_t value) const { append_integer(out, value); }
  void operator()(double value) const {
    // Thousandths are the finest that is measured; JSON has no infinities.
    if (std::isfinite(value)) {
      append_number(
          out, std::fabs(value) < static_cast<double>(exact_limit) ? std::round(value * 1000) / 1000 : value);
    } else {
      out += "null";
    }
  }
  void operator()(const NumberText& value) const { out += value.digits; }
  void operator()(const std::string& value) const { append_string(out, value); }
  void operator()(const List& values) const {
    out += '[';
    for (const Value& value : values) {
      if (&value != values.data()) out += ',';
      std::visit(*this, value.data());
    }
    out += ']';
  }
  void operator()(const Object& object) const {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : object) {
      if (!first) out += ',';
      first = false;
      append_string(out, key);
      out += ':';
      std::visit(*this, value.data());
    }
    out += '}';
  }
};

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  std::visit(Append{out}, value.data());
  return out;
}

void append_json(std::string& out, const Object& object) {
  Append{out}(object);
}

}  // namespace cmd
