#include "cmd/endian_value.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "net/base/byte_order.hh"
#include "net/base/ieee754.hh"
#include "net/sock/endpoint.hh"

namespace cmd {
namespace {

using Refused = std::unexpected<std::string>;

constexpr std::string_view hex_letters = "0123456789abcdefABCDEF";

/// How the digits of an integer are written.
struct Notation {
  std::string_view prefix;
  std::string_view name;
  std::string_view digits;
  int bits_a_digit;  ///< 0 where the digits do not say a width
};

constexpr std::array<Notation, 4> notations{{{"0x", "hexadecimal", hex_letters, 4},
                                             {"0b", "binary", hex_letters.substr(0, 2), 1},
                                             {"0o", "octal", hex_letters.substr(0, 8), 0},
                                             {"", "decimal", hex_letters.substr(0, 10), 0}}};

const Notation& notation_of(std::string_view text) {
  const auto is_prefix = [text](const Notation& notation) {
    const std::string_view prefix = notation.prefix;
    return prefix.empty() || (text.size() > 1 && text[0] == '0' && (text[1] | 0x20) == prefix[1]);
  };
  return *std::ranges::find_if(notations, is_prefix);
}

bool has_only(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

/// As much of an input as a message needs.
std::string shortened(std::string_view text) {
  constexpr std::size_t enough = 60;
  return std::string(text.substr(0, enough)) + (text.size() > enough ? "..." : "");
}

std::string bits_text(int bits) {
  return std::to_string(bits) + (bits == 1 ? " bit" : " bits");
}

/// "; --width 32 holds it".
std::string advice(int width) {
  return width == 0 ? "" : "; --width " + std::to_string(width) + " holds it";
}

Refused too_wide(std::string_view what, int bits, int width) {
  return Refused(std::string(what) + " " + bits_text(bits) + ", more than " +
                 (width == 0 ? "128" : std::to_string(width)) + advice(net::width_for(bits)));
}

/// What somebody may have meant who wrote no number; or nothing.
std::string meant_instead(std::string_view text, std::string_view body) {
  std::string meant;
  if (net::parse_float(text, *net::float_format(64))) meant = "; --float reads it as a number";
  if (has_only(body, hex_letters)) meant += "; hexadecimal is written 0x" + shortened(body);
  return meant;
}

/// Why the digits behind a prefix are none.
Refused bad_digits(std::string_view text, std::string_view body, const Notation& notation,
                   std::string_view digits) {
  if (digits.empty()) {
    return Refused(body.empty() ? "no digits" : "no digits after " + std::string(notation.prefix));
  }
  const char bad = digits[digits.find_first_not_of(notation.digits)];
  return Refused("'" + std::string(1, bad) + "' is no " + std::string(notation.name) + " digit" +
                 (notation.prefix.empty() ? meant_instead(text, body) : ""));
}

/// " (0xa)"; nothing for what has more than 128 bits.
std::string with_value(std::string_view number) {
  const auto value = net::parse_uint128(number);
  return value ? " (0x" + net::hex_digits(*value) + ")" : "";
}

Refused ambiguous_zero(std::string_view body) {
  const std::string_view digits = body.substr(std::min(body.find_first_not_of('0'), body.size() - 1));
  std::string readings = shortened(digits) + with_value(digits);
  if (has_only(digits, notations[2].digits)) {
    const std::string octal = "0o" + std::string(digits);
    readings += ", in octal " + shortened(octal) + with_value(octal);
  }
  return Refused("a leading zero is ambiguous: in decimal it is written " + readings);
}

/// The width that a value of so many bits gets; or why it has none.
net::Parsed<int> width_of(const Notation& notation, std::size_t digits, bool negative, int bits,
                          const EndianFlags& flags) {
  const std::string_view what = negative ? "in two's complement it needs" : "it needs";
  if (flags.width != 0) {
    if (bits > flags.width) return too_wide(what, bits, flags.width);
    return flags.width;
  }
  if (negative || notation.bits_a_digit == 0) {
    const int width = net::width_for(bits, 16);
    return width != 0 ? net::Parsed<int>(width) : too_wide(what, bits, 0);
  }
  // What is written counts, zeros too; 128 bits have no more than 128 digits.
  const int written = static_cast<int>(std::min<std::size_t>(digits, 1024)) * notation.bits_a_digit;
  const int width = net::width_for(written);
  return width != 0 ? net::Parsed<int>(width) : too_wide("so many digits are", written, 0);
}

net::Parsed<EndianValue> parse_integer(std::string_view text, const EndianFlags& flags) {
  const bool negative = text.starts_with('-');
  const std::string_view body = text.substr(negative ? 1 : 0);
  const Notation& notation = notation_of(body);
  const std::string_view digits = body.substr(notation.prefix.size());
  if (!has_only(digits, notation.digits)) return bad_digits(text, body, notation, digits);
  if (notation.prefix.empty() && digits.size() > 1 && digits[0] == '0') return ambiguous_zero(body);
  const auto magnitude = net::parse_uint128(body);
  if (!magnitude) return Refused("more than 128 bits");
  const int bits = negative ? net::negative_bits(*magnitude) : net::bit_width(*magnitude);
  const auto width = width_of(notation, digits.size(), negative, bits, flags);
  if (!width) return Refused(width.error());
  const net::Uint128 value = net::low_bits(negative ? 0 - *magnitude : *magnitude, *width);
  return EndianValue{EndianValue::Kind::integer, negative && value != 0, *width, value};
}

bool looks_like_address(std::string_view text) {
  return std::ranges::count(text, '.') > 1 && has_only(text, "0123456789.");
}

net::Parsed<EndianValue> parse_address(std::string_view text, const EndianFlags& flags) {
  const auto address = net::Endpoint::parse_ip(text, 0);
  if (!address) return Refused(address.error());
  if (flags.width != 0 && flags.width != 32) return Refused("an IPv4 address has 32 bits");
  return EndianValue{EndianValue::Kind::address, false, 32,
                     net::integer_in(address->address_bytes(), std::endian::big)};
}

/// The bits of a number as they are written: 0x3fc00000.
net::Parsed<EndianValue> parse_float_bits(std::string_view text, const EndianFlags& flags) {
  auto value = parse_integer(text, flags);
  if (!value) return value;
  if (net::float_format(value->width) == nullptr) {
    return Refused(bits_text(value->width) + " are no number of IEEE 754: 16, 32 or 64 are");
  }
  value->kind = EndianValue::Kind::floating;
  return value;
}

net::Parsed<EndianValue> parse_float_value(std::string_view text, const EndianFlags& flags) {
  if (!notation_of(text).prefix.empty()) return parse_float_bits(text, flags);
  const auto as = [text](int width) { return net::parse_float(text, *net::float_format(width)); };
  const auto widest = as(64);
  if (!widest) return Refused(widest.error());
  int width = flags.width;
  if (width == 0) {
    const net::FloatFormat& single = *net::float_format(32);
    const double value = net::float_value(*widest, *net::float_format(64));
    const bool fits = std::isnan(value) || net::float_value(net::float_bits(value, single), single) == value;
    // A number of too many digits for a double is not what the double is. (All digits are dear: they are
    // asked for last.)
    const auto is_exact = [&] {
      return !std::isfinite(value) ||
             net::significant_digits(text) == net::significant_digits(net::exact_decimal(value));
    };
    width = fits && is_exact() ? 32 : 64;
  }
  const auto bits = as(width);
  if (!bits) return Refused(bits.error() + " (" + bits_text(width) + ")" + advice(as(32) ? 32 : 64));
  return EndianValue{EndianValue::Kind::floating, false, width, *bits};
}

net::Parsed<EndianValue> parse_bytes(std::string_view text) {
  if (text.size() > 16) return Refused(std::to_string(text.size()) + " bytes, more than 16");
  return EndianValue{EndianValue::Kind::text, false, static_cast<int>(text.size() * 8),
                     net::integer_in(net::bytes_of(text), std::endian::big)};
}

net::Parsed<EndianValue> parse(std::string_view text, const EndianFlags& flags) {
  if (text.empty()) return Refused("empty");
  if (flags.text) return parse_bytes(text);
  if (flags.floating) return parse_float_value(text, flags);
  if (looks_like_address(text)) return parse_address(text, flags);
  return parse_integer(text, flags);
}

}  // namespace

bool EndianValue::is_integer_wide() const {
  return std::ranges::find(net::integer_widths, width) != net::integer_widths.end();
}

net::Parsed<EndianValue> parse_endian_value(std::string_view text, const EndianFlags& flags) {
  auto value = parse(text, flags);
  if (!value) return Refused("'" + shortened(text) + "': " + value.error());
  return value;
}

}  // namespace cmd
