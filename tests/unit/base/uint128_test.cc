#include "net/base/uint128.hh"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace net {
namespace {

TEST(Uint128, WidthIsTheBitsThatItNeeds) {
  EXPECT_EQ(bit_width(0), 0);
  EXPECT_EQ(bit_width(1), 1);
  EXPECT_EQ(bit_width(UINT64_MAX), 64);
  EXPECT_EQ(bit_width(Uint128{UINT64_MAX} + 1), 65);
  EXPECT_EQ(bit_width(uint128_max), 128);
}

TEST(Uint128, IsWrittenInDecimalAndHexadecimal) {
  EXPECT_EQ(decimal_digits(0), "0");
  EXPECT_EQ(decimal_digits(UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(decimal_digits(Uint128{UINT64_MAX} + 1), "18446744073709551616");
  EXPECT_EQ(decimal_digits(uint128_max), "340282366920938463463374607431768211455");
  EXPECT_EQ(hex_digits(0), "0");
  EXPECT_EQ(hex_digits(0xabc, 4), "0abc");
  EXPECT_EQ(hex_digits(0xabcde, 4), "abcde");
  EXPECT_EQ(hex_digits(make_uint128(1, 2)), "10000000000000002");
  EXPECT_EQ(hex_digits(uint128_max, 8), std::string(32, 'f'));
}

TEST(Uint128, IsReadInFourBases) {
  for (const std::string text :
       {"340282366920938463463374607431768211455", "0xffffffffffffffffffffffffffffffff",
        "0XFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "0o3777777777777777777777777777777777777777777"}) {
    EXPECT_EQ(parse_uint128(text), uint128_max) << text;
  }
  EXPECT_EQ(parse_uint128("0b" + std::string(128, '1')), uint128_max);
  EXPECT_EQ(parse_uint128("0"), Uint128{0});
  EXPECT_EQ(parse_uint128("0x0000"), Uint128{0});
  EXPECT_EQ(parse_uint128("18446744073709551616"), make_uint128(1, 0));
}

TEST(Uint128, RefusesWhatIsNoNumber) {
  for (const std::string text : {"", "0x", "0b", "0o", "0b2", "0o8", "0xg", "12a", "-1", "+1", " 1", "1 "}) {
    EXPECT_EQ(parse_uint128(text).error(), "not a number") << text;
  }
  EXPECT_TRUE(parse_uint128("010").error().starts_with("a leading zero is ambiguous"));
  EXPECT_TRUE(parse_uint128("00").error().starts_with("a leading zero is ambiguous"));
}

TEST(Uint128, RefusesWhatIsTooBig) {
  for (const std::string text :
       {"340282366920938463463374607431768211456", "0x100000000000000000000000000000000",
        "999999999999999999999999999999999999999999999999999999999999"}) {
    EXPECT_EQ(parse_uint128(text).error(), "out of range (0-340282366920938463463374607431768211455)")
        << text;
  }
  EXPECT_EQ(parse_uint128("256", 255).error(), "out of range (0-255)");
  EXPECT_EQ(parse_uint128("255", 255), Uint128{255});
}

}  // namespace
}  // namespace net
