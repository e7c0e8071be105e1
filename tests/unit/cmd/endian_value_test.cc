#include "cmd/endian_value.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cmd {
namespace {

using Kind = EndianValue::Kind;

constexpr EndianFlags plain{};
constexpr EndianFlags as_float{.floating = true};
constexpr EndianFlags as_text{.text = true};

EndianFlags wide(int width) {
  return {.width = width};
}

TEST(EndianValue, TheWidthIsWhatIsWritten) {
  struct Case {
    std::string_view text;
    int width;
    net::Uint128 bits;
  };
  const net::Uint128 top = net::make_uint128(1, 0);
  const Case cases[] = {
      {"0x0", 8, 0},
      {"0xff", 8, 0xff},
      {"0x123", 16, 0x123},
      {"0x1234", 16, 0x1234},
      {"0X12345", 32, 0x12345},
      {"0x00000001", 32, 1},
      {"0xABCDEF012", 64, 0xabcdef012},
      {"0x10000000000000000", 128, top},
      {"0b1", 8, 1},
      {"0b000000001", 16, 1},
      {"0o17", 16, 017},
      {"0o200000", 32, 0200000},
      {"0", 16, 0},
      {"5", 16, 5},
      {"65535", 16, 65535},
      {"65536", 32, 65536},
      {"4294967295", 32, 4294967295},
      {"4294967296", 64, 4294967296},
      {"18446744073709551615", 64, UINT64_MAX},
      {"18446744073709551616", 128, top},
      {"340282366920938463463374607431768211455", 128, net::uint128_max},
      {"0xffffffffffffffffffffffffffffffff", 128, net::uint128_max},
      {"192.0.2.1", 32, 0xc0000201},
      {"0.0.0.0", 32, 0},
      {"255.255.255.255", 32, 0xffffffff},
  };
  for (const Case& c : cases) {
    const auto value = parse_endian_value(c.text, plain);
    ASSERT_TRUE(value) << value.error();
    EXPECT_EQ(value->width, c.width) << c.text;
    EXPECT_EQ(value->bits, c.bits) << c.text;
    EXPECT_EQ(value->kind, c.text.contains('.') ? Kind::address : Kind::integer) << c.text;
    EXPECT_FALSE(value->negative);
  }
}

TEST(EndianValue, NegativeNumbersAreTheirTwosComplement) {
  struct Case {
    std::string_view text;
    int width;
    net::Uint128 bits;
  };
  const Case cases[] = {
      {"-1", 16, 0xffff},
      {"-0x80", 16, 0xff80},
      {"-0b1", 16, 0xffff},
      {"-0o10", 16, 0xfff8},
      {"-32768", 16, 0x8000},
      {"-32769", 32, 0xffff7fff},
      {"-2147483648", 32, 0x80000000},
      {"-2147483649", 64, 0xffffffff7fffffff},
      {"-9223372036854775808", 64, net::Uint128{1} << 63U},
      {"-9223372036854775809", 128, net::make_uint128(UINT64_MAX, 0x7fffffffffffffff)},
      {"-170141183460469231731687303715884105728", 128, net::Uint128{1} << 127U},
  };
  for (const Case& c : cases) {
    const auto value = parse_endian_value(c.text, plain);
    ASSERT_TRUE(value) << value.error();
    EXPECT_EQ(value->width, c.width) << c.text;
    EXPECT_EQ(value->bits, c.bits) << c.text;
    EXPECT_TRUE(value->negative) << c.text;
  }
  EXPECT_FALSE(parse_endian_value("-0", plain)->negative);
  EXPECT_EQ(parse_endian_value("-128", wide(8))->bits, net::Uint128{0x80});
  EXPECT_EQ(parse_endian_value("-1", wide(128))->bits, net::uint128_max);
}

TEST(EndianValue, AWidthThatIsAskedFor) {
  EXPECT_EQ(parse_endian_value("255", wide(8))->width, 8);
  EXPECT_EQ(parse_endian_value("0x0000000000000000000000000000000000000001", wide(8))->width, 8)
      << "the value counts, not its digits";
  EXPECT_EQ(parse_endian_value("1", wide(128))->width, 128);
  EXPECT_EQ(parse_endian_value("192.0.2.1", wide(32))->width, 32);
}

TEST(EndianValue, Floats) {
  struct Case {
    std::string_view text;
    int asked;
    int width;
    std::uint64_t bits;
  };
  const Case cases[] = {
      {"1.5", 0, 32, 0x3fc00000},
      {"1.5", 16, 16, 0x3e00},
      {"1.5", 64, 64, 0x3ff8000000000000},
      {"0.1", 0, 64, 0x3fb999999999999a},
      {"0.1", 32, 32, 0x3dcccccd},
      {"1e39", 0, 64, 0x48078287f49c4a1d},
      {"16777217", 0, 64, 0x4170000010000000},
      {"9007199254740992", 0, 32, 0x5a000000},
      {"9007199254740993", 0, 64, 0x4340000000000000},
      {"1.50", 0, 32, 0x3fc00000},
      {"-0", 0, 32, 0x80000000},
      {"nan", 0, 32, 0x7fc00000},
      {"-inf", 0, 32, 0xff800000},
      {"0x3fc00000", 0, 32, 0x3fc00000},
      {"0x3e00", 0, 16, 0x3e00},
      {"0x1", 32, 32, 1},
      {"0b0000000000000001", 0, 16, 1},
  };
  for (const Case& c : cases) {
    const auto value = parse_endian_value(c.text, {.width = c.asked, .floating = true});
    ASSERT_TRUE(value) << value.error();
    EXPECT_EQ(value->kind, Kind::floating);
    EXPECT_EQ(value->width, c.width) << c.text;
    EXPECT_EQ(value->bits, net::Uint128{c.bits}) << c.text << std::hex << net::low64(value->bits);
  }
}

TEST(EndianValue, Texts) {
  const auto four = parse_endian_value("abcd", as_text);
  EXPECT_EQ(four->kind, Kind::text);
  EXPECT_EQ(four->width, 32);
  EXPECT_EQ(four->bits, net::Uint128{0x61626364});
  EXPECT_TRUE(four->is_integer_wide());
  const auto three = parse_endian_value("0x1", as_text);
  EXPECT_EQ(three->width, 24);
  EXPECT_EQ(three->bits, net::Uint128{0x307831}) << "no number";
  EXPECT_FALSE(three->is_integer_wide());
  EXPECT_EQ(parse_endian_value(std::string(16, '\xff'), as_text)->bits, net::uint128_max);
}

TEST(EndianValue, RefusalsNameTheBadPart) {
  struct Case {
    std::string_view text;
    EndianFlags flags;
    std::string_view why;
  };
  const Case cases[] = {
      {"", plain, "'': empty"},
      {"-", plain, "'-': no digits"},
      {"0x", plain, "'0x': no digits after 0x"},
      {"-0b", plain, "'-0b': no digits after 0b"},
      {"1_000", plain, "'1_000': '_' is no decimal digit"},
      {"12k", plain, "'12k': 'k' is no decimal digit"},
      {"0b2", plain, "'0b2': '2' is no binary digit"},
      {"0o8", plain, "'0o8': '8' is no octal digit"},
      {"0xg", plain, "'0xg': 'g' is no hexadecimal digit"},
      {" 5", plain, "' 5': ' ' is no decimal digit"},
      {"5 ", plain, "'5 ': ' ' is no decimal digit"},
      {"+5", plain, "'+5': '+' is no decimal digit"},
      {"--5", plain, "'--5': '-' is no decimal digit"},
      {"1e3", plain,
       "'1e3': 'e' is no decimal digit; --float reads it as a number; hexadecimal is written 0x1e3"},
      {"1.5", plain, "'1.5': '.' is no decimal digit; --float reads it as a number"},
      {"ff", plain, "'ff': 'f' is no decimal digit; hexadecimal is written 0xff"},
      {"010", plain,
       "'010': a leading zero is ambiguous: in decimal it is written 10 (0xa), in octal 0o10 (0x8)"},
      {"-08", plain, "'-08': a leading zero is ambiguous: in decimal it is written 8 (0x8)"},
      {"00", plain,
       "'00': a leading zero is ambiguous: in decimal it is written 0 (0x0), in octal 0o0 (0x0)"},
      {"256", wide(8), "'256': it needs 9 bits, more than 8; --width 16 holds it"},
      {"0x12345", wide(16), "'0x12345': it needs 17 bits, more than 16; --width 32 holds it"},
      {"-129", wide(8), "'-129': in two's complement it needs 9 bits, more than 8; --width 16 holds it"},
      {"340282366920938463463374607431768211456", plain,
       "'340282366920938463463374607431768211456': more than 128 bits"},
      {"-170141183460469231731687303715884105729", plain,
       "'-170141183460469231731687303715884105729': in two's complement it needs 129 bits, more than 128"},
      {"0x000000000000000000000000000000001", plain,
       "'0x000000000000000000000000000000001': so many digits are 132 bits, more than 128"},
      {"192.0.2.256", plain, "'192.0.2.256': not an IPv4 address: 256 is out of range (0-255)"},
      {"192.0.2", plain, "'192.0.2': not an IPv4 address: only 3 parts"},
      {"192.0.02.1", plain, "'192.0.02.1': not an IPv4 address: a leading zero in 02: octal or decimal?"},
      {"192.0.2.1", wide(64), "'192.0.2.1': an IPv4 address has 32 bits"},
      {"abc", as_float, "'abc': not a number"},
      {"1.2.3.4", as_float, "'1.2.3.4': not a number"},
      {"0x12", as_float, "'0x12': 8 bits are no number of IEEE 754: 16, 32 or 64 are"},
      {"1e400", as_float, "'1e400': beyond the range of a double"},
      {"1e39",
       {.width = 32, .floating = true},
       "'1e39': beyond the range of a float (32 bits); --width 64 holds it"},
      {"1e5",
       {.width = 16, .floating = true},
       "'1e5': beyond the range of a half (16 bits); --width 32 holds it"},
      {"", as_text, "'': empty"},
      {"12345678901234567", as_text, "'12345678901234567': 17 bytes, more than 16"},
  };
  for (const Case& c : cases) {
    const auto value = parse_endian_value(c.text, c.flags);
    ASSERT_FALSE(value) << c.text;
    EXPECT_EQ(value.error(), c.why);
  }
  EXPECT_LT(parse_endian_value(std::string(4000, 'x'), plain).error().size(), 300U);
  EXPECT_LT(parse_endian_value("0" + std::string(4000, '1'), plain).error().size(), 300U);
  EXPECT_LT(parse_endian_value(std::string(4000, 'f'), plain).error().size(), 300U);
}

}  // namespace
}  // namespace cmd
