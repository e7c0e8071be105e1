#include "cmd/json_out.hh"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/json.hh"

namespace cmd {
namespace {

using std::string_view_literals::operator""sv;

/// As the tests' own parser reads it; what is no JSON fails there.
test::json::Value parsed(const Value& value) {
  return test::json::parse(to_json(value));
}

TEST(JsonOut, PlainValues) {
  struct Case {
    Value value;
    std::string_view expect;
  };
  const Case cases[] = {
      {nullptr, "null"},
      {Value(), "null"},
      {true, "true"},
      {false, "false"},
      {0, "0"},
      {-1, "-1"},
      {5U, "5"},
      {"", R"("")"},
      {"text", R"("text")"},
      {std::string("text"), R"("text")"},
      {"text"sv, R"("text")"},
      {List{}, "[]"},
      {List{1, "a", nullptr}, R"([1,"a",null])"},
      {Object{}, "{}"},
      {Object{{"b", 1}, {"a", List{Object{{"c", true}}}}}, R"({"b":1,"a":[{"c":true}]})"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_json(c.value), c.expect);
    EXPECT_TRUE(test::json::valid(c.expect));
  }
}

// A key's type never depends on its value, but beyond 2^53 most readers would round.
TEST(JsonOut, IntegersUpTo2To53AreNumbers) {
  struct Case {
    Value value;
    std::string_view expect;
  };
  constexpr std::int64_t limit = std::int64_t{1} << 53U;
  const Case cases[] = {
      {limit - 1, "9007199254740991"},
      {limit, "9007199254740992"},
      {limit + 1, R"("9007199254740993")"},
      {-limit, "-9007199254740992"},
      {-limit - 1, R"("-9007199254740993")"},
      {std::uint64_t{limit}, "9007199254740992"},
      {std::uint64_t{limit} + 1, R"("9007199254740993")"},
      {INT64_MAX, R"("9223372036854775807")"},
      {INT64_MIN, R"("-9223372036854775808")"},
      {UINT64_MAX, R"("18446744073709551615")"},
  };
  for (const Case& c : cases) EXPECT_EQ(to_json(c.value), c.expect);
}

TEST(JsonOut, Doubles) {
  struct Case {
    double value;
    std::string_view expect;
  };
  constexpr Case cases[] = {
      {0, "0"},     {1, "1"},      {1.5, "1.5"},      {-0.25, "-0.25"},
      {0.1, "0.1"}, {0.0004, "0"}, {0.0005, "0.001"}, {1234.5678, "1234.568"},
  };
  for (const Case& c : cases) {
    EXPECT_DOUBLE_EQ(parsed(c.value).number(), std::round(c.value * 1000) / 1000) << c.value;
    EXPECT_EQ(to_json(c.value), c.expect);
  }
}

TEST(JsonOut, DigitsThatMustNotBeRounded) {
  EXPECT_EQ(to_json(NumberText{"0.1000000001"}), "0.1000000001");
  EXPECT_EQ(to_json(NumberText{"1e+300"}), "1e+300");
}

TEST(JsonOut, BehindWhatIsThere) {
  std::string out = "x";
  append_json(out, {{"a", 1}});
  EXPECT_EQ(out, "x{\"a\":1}");
}

TEST(JsonOut, EveryFiniteDoubleIsANumberAndTheOthersAreNull) {
  using limits = std::numeric_limits<double>;
  for (const double value : {limits::max(), limits::lowest(), limits::min(), limits::denorm_min(), 1e300,
                             1e306, 1e17, 123456789012345.678, -0.0}) {
    const test::json::Value read = parsed(value);
    EXPECT_EQ(read.kind(), test::json::Kind::number) << value;
  }
  for (const double value : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
    EXPECT_EQ(to_json(value), "null");
  }
}

TEST(JsonOut, EverySingleByte) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const std::string json = to_json(text);
    ASSERT_TRUE(test::json::valid(json)) << byte << ": " << json;
    const std::string read = test::json::parse(json).string();
    if (byte < 0x80) {
      EXPECT_EQ(read, text) << byte;
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      EXPECT_EQ(read, std::string("\\x") + digits[byte >> 4U] + digits[byte & 0xfU]);
    }
    // Nothing that a terminal would act on.
    for (const char c : json) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << byte;
  }
}

TEST(JsonOut, EveryPairOfBytesIsValid) {
  for (unsigned first = 0; first < 256; ++first) {
    List row;
    for (unsigned second = 0; second < 256; ++second) {
      row.emplace_back(std::string{static_cast<char>(first), static_cast<char>(second)});
    }
    ASSERT_TRUE(test::json::valid(to_json(row))) << first;
  }
}

TEST(JsonOut, Strings) {
  struct Case {
    std::string_view bytes;
    std::string_view expect;
  };
  constexpr Case cases[] = {
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\n\r\t\b\f", R"("\u000a\u000d\u0009\u0008\u000c")"},
      {"\x1b[31m", R"("\u001b[31m")"},
      {"\0"sv, R"("\u0000")"},
      {"\x7f", R"("\u007f")"},
      {"caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
      {"\xe2\x80\xae"
       "txt.exe\xc2\x9b",
       R"("\u202etxt.exe\u009b")"},
      {"\xc3", R"("\\xc3")"},
      {"\xed\xa0\x80", R"("\\xed\\xa0\\x80")"},
      {"\xc0\xaf", R"("\\xc0\\xaf")"},
      {"\xf4\x90\x80\x80", R"("\\xf4\\x90\\x80\\x80")"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_json(c.bytes), c.expect);
    EXPECT_TRUE(test::json::valid(c.expect)) << c.expect;
  }
}

TEST(JsonOut, KeysKeepTheirOrder) {
  const Object object{{"zebra", 1}, {"apple", 2}, {"mango", 3}};
  EXPECT_EQ(parsed(object).keys(), (std::vector<std::string>{"zebra", "apple", "mango"}));
}

TEST(JsonOut, DeepNesting) {
  Value value = 1;
  for (int i = 0; i < 100; ++i) value = List{std::move(value)};
  test::json::Value read = parsed(value);
  for (int i = 0; i < 100; ++i) read = test::json::Value(read[0]);
  EXPECT_EQ(read.integer(), 1);
}

TEST(JsonOut, IsOneLine) {
  EXPECT_EQ(to_json(Object{{"a", "x\ny\r\nz"}, {"b", List{1, 2}}}).find_first_of("\r\n"), std::string::npos);
}

}  // namespace
}  // namespace cmd
