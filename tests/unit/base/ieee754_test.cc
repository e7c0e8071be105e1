#include "net/base/ieee754.hh"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace net {
namespace {

const FloatFormat& half = *float_format(16);
const FloatFormat& single = *float_format(32);
const FloatFormat& twice = *float_format(64);

std::uint64_t bits_of(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// Numbers of every size, and those between two floats and two halves.
std::vector<double> samples() {
  std::vector<double> values{0.0,     -0.0,           1.0,      65504.0,   65519.999, 65520.0,
                             1e39,    1e-46,          INFINITY, -INFINITY, 5e-324,    0x1p-24,
                             0x1p-25, 0x1.000001p-25, 0x1p-149, 0x1p-150,  0x1.8p-149};
  std::mt19937_64 random(2);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t bits = random();
    const double any = std::bit_cast<double>(bits);
    if (!std::isnan(any)) values.push_back(any);
    // Within the range of halves, and exactly between two numbers.
    const int exponent = static_cast<int>(bits % 60) - 40;
    values.push_back(std::ldexp(static_cast<double>((bits >> 8U) | 1U), exponent - 56));
    values.push_back(std::ldexp(static_cast<double>((bits >> 52U) | 1U), exponent - 12));
    values.push_back(std::ldexp(static_cast<double>((bits >> 39U) | 1U), exponent - 25));
  }
  return values;
}

TEST(Ieee754, OfSixteenThirtyTwoAndSixtyFourBits) {
  EXPECT_EQ(float_format(8), nullptr);
  EXPECT_EQ(float_format(128), nullptr);
  EXPECT_EQ(half.bias(), 15);
  EXPECT_EQ(single.bias(), 127);
  EXPECT_EQ(twice.bias(), 1023);
  EXPECT_EQ(twice.top_exponent(), 2047);
}

TEST(Ieee754, RoundsAsTheCompilerDoes) {
  for (const double value : samples()) {
    ASSERT_EQ(float_bits(value, twice), bits_of(value)) << value;
    ASSERT_EQ(float_bits(value, single), std::bit_cast<std::uint32_t>(static_cast<float>(value))) << value;
    ASSERT_EQ(float_bits(value, half), std::bit_cast<std::uint16_t>(static_cast<_Float16>(value))) << value;
  }
}

TEST(Ieee754, WidensAsTheCompilerDoes) {
  for (std::uint32_t bits = 0; bits <= UINT16_MAX; ++bits) {
    const auto wide = static_cast<double>(std::bit_cast<_Float16>(static_cast<std::uint16_t>(bits)));
    const double value = float_value(bits, half);
    if (std::isnan(wide)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_EQ(std::signbit(value), std::signbit(wide)) << bits;
    } else {
      ASSERT_EQ(bits_of(value), bits_of(wide)) << bits;
      ASSERT_EQ(float_bits(value, half), bits);
    }
  }
  std::mt19937 random(3);
  for (int i = 0; i < 100000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    const auto number = std::bit_cast<float>(bits);
    if (!std::isnan(number)) ASSERT_EQ(float_value(bits, single), static_cast<double>(number));
  }
}

TEST(Ieee754, WhatIsNoNumberKeepsItsPayload) {
  EXPECT_EQ(bits_of(float_value(0x7e01, half)), 0x7ff8040000000000U);
  EXPECT_EQ(bits_of(float_value(0xffc00001, single)), 0xfff8000020000000U);
  EXPECT_EQ(float_bits(std::bit_cast<double>(0x7ff8040000000000U), half), 0x7e01U);
  EXPECT_EQ(float_bits(std::bit_cast<double>(0xfff0000000000001U), single), 0xffc00000U) << "not infinity";
}

TEST(Ieee754, TheTextIsReadBackAsTheSameBits) {
  for (std::uint64_t bits = 0; bits <= UINT16_MAX; ++bits) {
    const FloatFields fields = float_fields(bits, half);
    if (fields.exponent == half.top_exponent() && fields.fraction != 0) continue;
    ASSERT_EQ(parse_float(float_text(bits, half), half), bits) << float_text(bits, half);
  }
  for (const double value : samples()) {
    ASSERT_EQ(parse_float(float_text(bits_of(value), twice), twice), bits_of(value)) << value;
    const std::uint64_t bits = float_bits(value, single);
    ASSERT_EQ(parse_float(float_text(bits, single), single), bits) << value;
  }
}

TEST(Ieee754, Texts) {
  struct Case {
    double value;
    std::string_view text;
    std::string_view exact;
  };
  const Case cases[] = {
      {0, "0", "0"},
      {-0.0, "-0", "-0"},
      {1.5, "1.5", "1.5"},
      {100000, "100000", "100000"},
      {1e15, "1000000000000000", "1000000000000000"},
      {1e16, "1e+16", "1e+16"},
      {1e300, "1e+300", {}},
      {1e-5, "0.00001", "0.000010000000000000000818030539140313095458623138256371021270751953125"},
      {0.5e-5, "5e-06", {}},
      {0.1, "0.1", "0.1000000000000000055511151231257827021181583404541015625"},
      {0x1p-30, "9.313225746154785e-10", "9.31322574615478515625e-10"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(float_text(bits_of(c.value), twice), c.text);
    if (!c.exact.empty()) EXPECT_EQ(exact_decimal(c.value), c.exact);
  }
  EXPECT_EQ(float_text(float_bits(0.1, single), single), "0.1");
  EXPECT_EQ(float_text(float_bits(0.1, half), half), "0.1");
  EXPECT_EQ(float_text(0x0001, half), "6e-08");
  EXPECT_EQ(float_text(0x7bff, half), "65500");
  EXPECT_EQ(float_text(0x7c00, half), "inf");
  EXPECT_EQ(float_text(0xfc00, half), "-inf");
  EXPECT_EQ(float_text(0x7e00, half), "nan");
  EXPECT_EQ(float_text(0xffc00000, single), "-nan");
  EXPECT_EQ(exact_decimal(5e-324).size(), 757U) << "751 digits that count, a point, an exponent";
  EXPECT_EQ(exact_decimal(1e300).substr(0, 20), "1.000000000000000052");
}

TEST(Ieee754, TextsThatAreNumbers) {
  struct Case {
    std::string_view text;
    double value;
  };
  const Case cases[] = {{"1", 1},
                        {"-1.5", -1.5},
                        {".5", .5},
                        {"5.", 5},
                        {"1e3", 1000},
                        {"1E+3", 1000},
                        {"1e-3", 1e-3},
                        {"0", 0},
                        {"-0", -0.0},
                        {"0.0", 0},
                        {"0e5", 0},
                        {"inf", INFINITY},
                        {"-Infinity", -INFINITY},
                        {"5e-324", 5e-324}};
  for (const Case& c : cases) EXPECT_EQ(parse_float(c.text, twice), bits_of(c.value)) << c.text;
  EXPECT_EQ(parse_float("NaN", single), 0x7fc00000U);
  EXPECT_EQ(parse_float("-nan", half), 0xfe00U);
  // Rounded once: by way of a double it would be one more.
  EXPECT_EQ(parse_float("1.00000017881393432617187499", single), 0x3f800001U);
}

TEST(Ieee754, TextsThatAreNone) {
  for (const std::string_view text : {"", "-", "+1", " 1", "1 ", ".", "1e", "1e+", "e5", "1.5.2", "0x1p3",
                                      "1f", "1,5", "nan(1)", "infinite", "--1", "1_0"}) {
    EXPECT_EQ(parse_float(text, twice).error(), "not a number") << text;
  }
  for (const std::string_view text : {"010", "-00.5", "01e3"}) {
    EXPECT_TRUE(parse_float(text, twice).error().starts_with("a leading zero")) << text;
  }
}

TEST(Ieee754, TextsBeyondTheRange) {
  EXPECT_EQ(parse_float("1e400", twice).error(), "beyond the range of a double");
  EXPECT_EQ(parse_float("-1e-400", twice).error(), "beyond the range of a double");
  EXPECT_EQ(parse_float("1e39", single).error(), "beyond the range of a float");
  EXPECT_EQ(parse_float("1e-60", single).error(), "beyond the range of a float");
  EXPECT_EQ(parse_float("65520", half).error(), "beyond the range of a half");
  EXPECT_EQ(parse_float("65519.99", half), 0x7bffU);
  EXPECT_EQ(parse_float("1e-8", half).error(), "beyond the range of a half");
}

}  // namespace
}  // namespace net
