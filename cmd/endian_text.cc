#include "cmd/endian_text.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

#include "cmd/columns.hh"
#include "cmd/endian_words.hh"
#include "net/base/byte_order.hh"
#include "net/base/escape.hh"
#include "net/base/ieee754.hh"

namespace cmd {
namespace {

using Kind = EndianValue::Kind;

constexpr std::size_t label_width = 14;
constexpr std::size_t room = 80 - label_width;
constexpr bool big_host = std::endian::native == std::endian::big;

/// The lines of an answer: a label, and the rest.
class Rows {
 public:
  explicit Rows(Results& results) : results_(results) {}

  void row(std::string_view label, std::string_view text) {
    std::string line = padded(std::string(label), label_width);
    line += text;
    line.erase(line.find_last_not_of(' ') + 1);
    results_.line(line);
  }

  /// "LEFT = RIGHT, AFTER", on two lines where one is too short.
  void equation(std::string_view label, const std::string& left, const std::string& right,
                const std::string& after = {}) {
    const bool fits = left.size() + 3 + right.size() + after.size() <= room;
    row(label, left + (fits ? " = " + right + after : after));
    if (!fits) row("", "= " + right);
  }

 private:
  Results& results_;
};

void print_value(Rows& rows, const EndianValue& value) {
  std::string after = ", " + std::to_string(value.width) + " bits";
  if (value.kind == Kind::floating) after += " (" + std::string(net::float_format(value.width)->name) + ")";
  rows.equation("value", endian_hex(value.bits, value.width), endian_number(value), after);
  if (value.kind != Kind::integer) return;
  // The other reading of a sign bit that is set.
  if (value.negative) {
    rows.row("unsigned", net::decimal_digits(value.bits) + " (two's complement)");
  } else if (net::bit_width(value.bits) == value.width) {
    rows.row("signed", "-" + net::decimal_digits(net::low_bits(0 - value.bits, value.width)));
  }
}

std::string exponent_text(const net::FloatFields& fields, const net::FloatFormat& format) {
  const std::string field = std::to_string(fields.exponent);
  const bool zero = fields.fraction == 0;
  if (fields.exponent == format.top_exponent()) return field + (zero ? " (infinity)" : " (not a number)");
  if (fields.exponent == 0) return field + (zero ? " (zero)" : " (subnormal)");
  return field + " (2^" + std::to_string(fields.exponent - format.bias()) + ")";
}

/// A number of a few hundred digits, its middle left out where there is no room.
std::string abridged(const std::string& number) {
  if (number.size() <= room) return number;
  const std::string exponent = number.substr(std::min(number.find('e'), number.size()));
  return number.substr(0, room - 3 - exponent.size()) + "..." + exponent;
}

void print_float(Rows& rows, std::string_view input, const EndianValue& value) {
  const net::FloatFormat& format = *net::float_format(value.width);
  const net::FloatFields fields = net::float_fields(net::low64(value.bits), format);
  rows.row("IEEE 754", std::string("sign ") + (fields.negative ? "1" : "0") + ", exponent " +
                           exponent_text(fields, format) + ", fraction " +
                           endian_hex(fields.fraction, (format.fraction_bits + 3) / 4 * 4));
  const double number = net::float_value(net::low64(value.bits), format);
  if (!std::isfinite(number)) return;
  // What is shown as 0.1 is not quite that.
  const std::string shown = endian_number(value);
  const std::string exact = net::exact_decimal(number);
  const std::string all = net::significant_digits(exact);
  if (net::significant_digits(shown) != all) rows.row("exactly", abridged(exact));
  if (!net::parse_float(input, *net::float_format(64))) return;  // it was given by its bits
  const std::string asked = net::significant_digits(input);
  if (asked != all && asked != net::significant_digits(shown)) {
    rows.row("rounded", "from " + std::string(input.substr(0, room - 5)));
  }
}

void print_addresses(Rows& rows, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i)
    text += i < 10 ? "+" + std::to_string(i) + " " : std::to_string(i) + " ";
  rows.row("in memory", text);
}

/// What a C compiler, Python (behind a b) and printf(1) take.
void print_literal(Rows& rows, const EndianValue& value) {
  std::string literal = "\"";
  for (const std::uint8_t byte : net::memory_bytes(value.bits, value.width, std::endian::big).view()) {
    net::append_hex_escape(literal, byte);
  }
  rows.row("network bytes", literal + "\"");
}

/// The function that changes between the host's order and the network's; none for other widths.
std::string_view to_network(int width) {
  return width == 16 ? "htons" : width == 32 ? "htonl" : width == 64 ? "htobe64" : "";
}

void print_orders(Rows& rows, const EndianValue& value) {
  const bool address = value.kind == Kind::address;
  const std::string here = address ? "the number, on this host" : "this host";
  const std::string network = address ? "network order: in_addr on every host" : "network order";
  rows.row("big endian",
           endian_bytes(value, std::endian::big) + "   <- " + network + (big_host ? ", this host" : ""));
  rows.row("", "^^ most significant byte first");
  rows.row("little endian", endian_bytes(value, std::endian::little) + (big_host ? "" : "   <- " + here));
  rows.row("", "^^ least significant byte first");
}

void print_to_network(Rows& rows, const EndianValue& value) {
  const std::string_view function = to_network(value.width);
  const net::Uint128 network = function.empty() ? net::swapped_bytes(value.bits, value.width)
                                                : net::host_to_network(value.bits, value.width);
  const std::string note = value.kind == Kind::address ? " (in_addr.s_addr here)" : "";
  rows.equation(function.empty() ? "bytes swapped" : function, endian_hex(network, value.width),
                net::decimal_digits(network), note);
}

void print_number(Rows& rows, std::string_view input, const EndianValue& value) {
  print_value(rows, value);
  if (value.kind == Kind::floating) print_float(rows, input, value);
  print_addresses(rows, static_cast<std::size_t>(value.width / 8));
  if (value.width == 8) {
    rows.row("on every host",
             endian_bytes(value, std::endian::big) + "   <- one byte has no order: nothing to swap");
  } else {
    print_orders(rows, value);
    print_to_network(rows, value);
  }
}

/// The characters, each above its byte.
std::string spread(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += ' ';
    out += c > ' ' && c <= '~' ? c : '.';
    out += ' ';
  }
  return out;
}

void print_text(Rows& rows, std::string_view input, const EndianValue& value) {
  rows.row("text", spread(input));
  print_addresses(rows, input.size());
  rows.row("on every host", endian_bytes(value, std::endian::big));
  if (!value.is_integer_wide() || value.width == 8) return;
  const net::Uint128 swapped = net::swapped_bytes(value.bits, value.width);
  const auto read = [&](std::string_view label, net::Uint128 number, bool here) {
    rows.equation(label, endian_hex(number, value.width), net::decimal_digits(number),
                  here ? "   <- this host" : "");
  };
  read("big endian", value.bits, big_host);
  read("little endian", swapped, !big_host);
}

}  // namespace

void print_endian(Results& results, std::string_view input, const EndianValue& value) {
  if (results.has_lines()) results.line("");
  Rows rows(results);
  if (value.kind == Kind::text) {
    print_text(rows, input, value);
  } else {
    print_number(rows, input, value);
  }
  print_literal(rows, value);
}

}  // namespace cmd
