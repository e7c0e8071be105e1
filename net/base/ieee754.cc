#include "net/base/ieee754.hh"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace net {
namespace {

constexpr std::array<FloatFormat, 3> formats{
    {{16, 5, 10, "half"}, {32, 8, 23, "float"}, {64, 11, 52, "double"}}};
constexpr const FloatFormat& half_format = formats[0];
constexpr const FloatFormat& double_format = formats[2];

constexpr std::uint64_t bit(int place) {
  return std::uint64_t{1} << static_cast<unsigned>(place);
}

/// Bits without their lowest `count`, rounded to the nearest, ties to even.
std::uint64_t rounded_off(std::uint64_t bits, int count) {
  if (count == 0) return bits;
  const std::uint64_t kept = bits >> static_cast<unsigned>(count);
  const std::uint64_t rest = bits & (bit(count) - 1);
  const std::uint64_t half = bit(count - 1);
  return rest > half || (rest == half && (kept & 1U) != 0) ? kept + 1 : kept;
}

/// The bits of a format below the sign.
std::uint64_t magnitude_bits(const FloatFields& from, const FloatFormat& format) {
  const std::uint64_t infinity = static_cast<std::uint64_t>(format.top_exponent()) << format.fraction_bits;
  const int cut = double_format.fraction_bits - format.fraction_bits;
  if (from.exponent == double_format.top_exponent()) {
    const std::uint64_t payload = from.fraction >> static_cast<unsigned>(cut);
    const std::uint64_t quiet = from.fraction != 0 && cut > 0 ? bit(format.fraction_bits - 1) : 0;
    return infinity | payload | quiet;
  }
  const bool normal = from.exponent != 0;
  const std::uint64_t significand = from.fraction | (normal ? bit(double_format.fraction_bits) : 0);
  const int exponent = std::max(from.exponent, 1) - double_format.bias() + format.bias();
  if (exponent >= format.top_exponent()) return infinity;
  // Below the smallest normal number the exponent stays and digits go; below 64 of them nothing is left.
  if (exponent < 1) return rounded_off(significand, std::min(cut + 1 - exponent, 63));
  // The significand's leading one counts as one of the exponent, and so does what rounding carries over.
  const std::uint64_t scale = static_cast<std::uint64_t>(exponent - (normal ? 1 : 0)) << format.fraction_bits;
  return std::min(rounded_off(significand, cut) + (normal ? scale : 0), infinity);
}

/// Plain digits where people would write them.
std::chars_format form_of(double value) {
  const double magnitude = std::fabs(value);
  const bool plain = value == 0 || (magnitude >= 1e-5 && magnitude < 1e16) || !std::isfinite(value);
  return plain ? std::chars_format::fixed : std::chars_format::scientific;
}

template <class Float>
std::string shortest(Float value) {
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form_of(static_cast<double>(value)));
  return {buffer.data(), end.ptr};
}

std::string shortest_half(std::uint64_t bits) {
  const double value = float_value(bits, half_format);
  // Five digits tell every two halves apart.
  for (int digits = 1; digits <= 5; ++digits) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific, digits - 1);
    double again = 0;
    std::from_chars(buffer.data(), end.ptr, again);
    if (float_bits(again, half_format) == bits) return shortest(again);
  }
  return shortest(value);
}

/// Digits with a point among them or not, and an exponent or not.
bool is_decimal(std::string_view text) {
  const auto skip_digits = [&text] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  std::size_t digits = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += skip_digits();
  }
  if (digits == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return skip_digits() > 0 && text.empty();
}

bool is_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::ranges::equal(text, word, same);
}

/// The magnitude's bits; those of infinity or zero where it is out of range.
template <class Float>
Float nearest(std::string_view text) {
  Float value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t nearest_bits(std::string_view text, const FloatFormat& format) {
  // Not by way of a double: that would round twice.
  if (format.width == 32) return std::bit_cast<std::uint32_t>(nearest<float>(text));
  return float_bits(nearest<double>(text), format);
}

}  // namespace

const FloatFormat* float_format(int width) {
  const auto* const found = std::ranges::find(formats, width, &FloatFormat::width);
  return found == formats.end() ? nullptr : found;
}

FloatFields float_fields(std::uint64_t bits, const FloatFormat& format) {
  const std::uint64_t exponent = bits >> static_cast<unsigned>(format.fraction_bits);
  return {(bits >> static_cast<unsigned>(format.width - 1)) != 0,
          static_cast<int>(exponent & static_cast<unsigned>(format.top_exponent())),
          bits & (bit(format.fraction_bits) - 1)};
}

std::uint64_t float_bits(double value, const FloatFormat& format) {
  const FloatFields from = float_fields(std::bit_cast<std::uint64_t>(value), double_format);
  return magnitude_bits(from, format) | (from.negative ? bit(format.width - 1) : 0);
}

double float_value(std::uint64_t bits, const FloatFormat& format) {
  const FloatFields from = float_fields(bits, format);
  const auto sign = from.negative ? bit(double_format.width - 1) : 0;
  if (from.exponent == format.top_exponent()) {
    const auto widened = from.fraction
                         << static_cast<unsigned>(double_format.fraction_bits - format.fraction_bits);
    return std::bit_cast<double>(sign | float_bits(INFINITY, double_format) | widened);
  }
  const std::uint64_t leading = from.exponent == 0 ? 0 : bit(format.fraction_bits);
  const double magnitude = std::ldexp(static_cast<double>(from.fraction | leading),
                                      std::max(from.exponent, 1) - format.bias() - format.fraction_bits);
  return from.negative ? -magnitude : magnitude;
}

std::string float_text(std::uint64_t bits, const FloatFormat& format) {
  if (format.width == 16) return shortest_half(bits);
  if (format.width == 32) return shortest(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return shortest(std::bit_cast<double>(bits));
}

Parsed<std::uint64_t> parse_float(std::string_view text, const FloatFormat& format) {
  const std::uint64_t sign = text.starts_with('-') ? bit(format.width - 1) : 0;
  if (sign != 0) text.remove_prefix(1);
  if (is_word(text, "inf") || is_word(text, "infinity")) return sign | float_bits(INFINITY, format);
  if (is_word(text, "nan")) return sign | float_bits(NAN, format);
  if (!is_decimal(text)) return std::unexpected("not a number");
  if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
    return std::unexpected("a leading zero is ambiguous: leave it out");
  }
  const std::uint64_t bits = nearest_bits(text, format);
  const std::string_view digits = text.substr(0, text.find_first_of("eE"));
  const bool lost = bits == 0 && digits.find_first_of("123456789") != std::string_view::npos;
  if (lost || bits == float_bits(INFINITY, format)) {
    return std::unexpected("beyond the range of a " + std::string(format.name));
  }
  return sign | bits;
}

std::string exact_decimal(double value) {
  // No double has more digits behind the point than the smallest one, nor more that count.
  std::array<char, 1400> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form_of(value), 1074);
  std::string text(buffer.data(), end.ptr);
  const std::string exponent = text.substr(std::min(text.find('e'), text.size()));
  text.erase(text.size() - exponent.size());
  if (text.contains('.')) text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + exponent;
}

std::string significant_digits(std::string_view decimal) {
  std::string digits;
  for (const char c : decimal.substr(0, decimal.find_first_of("eE"))) {
    if (c >= '0' && c <= '9') digits += c;
  }
  digits.erase(0, digits.find_first_not_of('0'));
  return digits.erase(digits.find_last_not_of('0') + 1);
}

}  // namespace net
