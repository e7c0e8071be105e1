#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/base/parse.hh"

namespace net {

/// A binary interchange format of IEEE 754: a sign, `exponent_bits`, `fraction_bits`.
struct FloatFormat {
  int width;
  int exponent_bits;
  int fraction_bits;
  std::string_view name;  ///< "half", "float", "double"

  [[nodiscard]] constexpr int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  /// The exponent field of infinities and of what is no number.
  [[nodiscard]] constexpr int top_exponent() const { return (1 << exponent_bits) - 1; }
};

/// The format of 16, 32 or 64 bits; null for other widths.
[[nodiscard]] const FloatFormat* float_format(int width);

/// A number's bits in a format, rounded to the nearest, ties to even; beyond its range they are infinity's or
/// zero's. What is no number stays so, and becomes quiet where the format is narrower.
[[nodiscard]] std::uint64_t float_bits(double value, const FloatFormat& format);

/// The number that such bits are; a double holds each exactly.
[[nodiscard]] double float_value(std::uint64_t bits, const FloatFormat& format);

/// The fields of such bits.
struct FloatFields {
  bool negative;
  int exponent;  ///< as it stands there, with the bias
  std::uint64_t fraction;
};
[[nodiscard]] FloatFields float_fields(std::uint64_t bits, const FloatFormat& format);

/// "1.5", "-1e-05", "inf", "-nan": the shortest decimal that is read back as these bits (the payload of a NaN
/// aside).
[[nodiscard]] std::string float_text(std::uint64_t bits, const FloatFormat& format);

/// All digits of a finite number, of which there may be hundreds, in the same form:
/// "0.1000000000000000055511151231257827...".
[[nodiscard]] std::string exact_decimal(double value);

/// The digits of a decimal number that count, without sign, point, exponent and the zeros around them.
[[nodiscard]] std::string significant_digits(std::string_view decimal);

/// A decimal number ("1.5", "-.5", "1e-3", "inf", "nan") as the bits nearest to it. One that is too big or
/// too small for the format is refused, and so is a leading zero. (Those of 16 bits are rounded from the
/// nearest double.)
[[nodiscard]] Parsed<std::uint64_t> parse_float(std::string_view text, const FloatFormat& format);

}  // namespace net
