#include "cmd/endian_text.hh"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <string_view>

#include "cmd/endian_words.hh"
#include "cmd/json_out.hh"
#include "net/base/escape.hh"
#include "tests/support/json.hh"
#include "tests/support/words.hh"
#include "tests/unit/cmd/written.hh"

// What is said of a value on a little-endian host; on a big-endian one only the arrows and htonl differ.
namespace cmd {
namespace {

constexpr bool little_host = std::endian::native == std::endian::little;

struct Input {
  std::string_view text;
  EndianFlags flags{};
};

EndianValue value_of(const Input& input) {
  return parse_endian_value(input.text, input.flags).value();
}

std::string shown(const Input& input) {
  return written({}, [&](Results& results) { print_endian(results, input.text, value_of(input)); }).out;
}

TEST(EndianText, AnInteger) {
  if (!little_host) return;
  EXPECT_EQ(shown({"0x12345678"}),
            "value         0x12345678 = 305419896, 32 bits\n"
            "in memory     +0 +1 +2 +3\n"
            "big endian    12 34 56 78   <- network order\n"
            "              ^^ most significant byte first\n"
            "little endian 78 56 34 12   <- this host\n"
            "              ^^ least significant byte first\n"
            "htonl         0x78563412 = 2018915346\n"
            "network bytes \"\\x12\\x34\\x56\\x78\"\n");
}

TEST(EndianText, ALineForWhatAppliesOnly) {
  struct Case {
    Input input;
    std::string_view line;
    bool there;
  };
  const EndianFlags as_float{.floating = true};
  const Case cases[] = {
      {{"0x7f"}, "\non every host 7f   <- one byte has no order: nothing to swap\n", true},
      {{"0x7f"}, "hton", false},
      {{"0x7f"}, "endian ", false},
      {{"0x0001"}, "\nhtons ", true},
      {{"0x0000000000000001"}, "\nhtobe64 ", true},
      {{"0x00000000000000000000000000000001"}, "\nbytes swapped 0x0100000000000000000000000000", true},
      {{"0x00000000000000000000000000000001"}, "hto", false},
      {{"-1"}, "\nunsigned      65535 (two's complement)\n", true},
      {{"-1"}, "\nsigned", false},
      {{"0xfffe"}, "\nsigned        -2\n", true},
      {{"0x7ffe"}, "signed", false},
      {{"192.0.2.1"}, "c0 00 02 01   <- network order: in_addr on every host", true},
      {{"192.0.2.1"}, "(in_addr.s_addr here)\n", true},
      {{"192.0.2.1"}, "signed  ", false},
      {{"1.5", as_float}, "value         0x3fc00000 = 1.5, 32 bits (float)\n", true},
      {{"1.5", as_float}, "\nIEEE 754      sign 0, exponent 127 (2^0), fraction 0x400000\n", true},
      {{"1.5", as_float}, "exactly", false},
      {{"1.5", as_float}, "rounded", false},
      {{"0.1", as_float},
       "\nexactly       0.1000000000000000055511151231257827021181583404541015625\n",
       true},
      {{"16777217", {.width = 32, .floating = true}}, "\nrounded       from 16777217\n", true},
      {{"9007199254740993", as_float}, "\nrounded       from 9007199254740993\n", true},
      {{"9007199254740992", as_float}, "rounded", false},
      {{"0.10", as_float}, "rounded", false},
      {{"1E3", as_float}, "rounded", false},
      {{"0x3dcccccd", as_float}, "rounded", false},
      {{"-inf", as_float}, "sign 1, exponent 255 (infinity), fraction 0x000000\n", true},
      {{"nan", as_float}, "exponent 255 (not a number), fraction 0x400000\n", true},
      {{"0", as_float}, "exponent 0 (zero), fraction 0x000000\n", true},
      {{"1e-40", as_float}, "exponent 0 (subnormal)", false},
      {{"1e-40", {.width = 32, .floating = true}}, "exponent 0 (subnormal), fraction 0x0116c2\n", true},
      {{"0x3e00", as_float}, "16 bits (half)\n", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(shown(c.input).contains(c.line), c.there) << c.line << "\n" << shown(c.input);
  }
}

TEST(EndianText, Texts) {
  if (!little_host) return;
  EXPECT_EQ(shown({"a\x1b\"", {.text = true}}),
            "text           a  .  \"\n"
            "in memory     +0 +1 +2\n"
            "on every host 61 1b 22\n"
            "network bytes \"\\x61\\x1b\\x22\"\n");
  EXPECT_EQ(shown({"abcd", {.text = true}}),
            "text           a  b  c  d\n"
            "in memory     +0 +1 +2 +3\n"
            "on every host 61 62 63 64\n"
            "big endian    0x61626364 = 1633837924\n"
            "little endian 0x64636261 = 1684234849   <- this host\n"
            "network bytes \"\\x61\\x62\\x63\\x64\"\n");
}

TEST(EndianText, NoLineIsLongerThanATerminal) {
  const std::string sixteen(16, '\xff');
  const Input inputs[] = {
      {"0xffffffffffffffffffffffffffffffff"},
      {"-170141183460469231731687303715884105728"},
      {"-9223372036854775808"},
      {"0xffffffffffffffff"},
      {"255.255.255.255"},
      {"-1.7976931348623157e308", {.floating = true}},
      {"-5e-324", {.floating = true}},
      {"1.00000000000000000000000000000000000000000000000000000000000000000000001e-320", {.floating = true}},
      {sixteen, {.text = true}}};
  for (const Input& input : inputs) {
    for (const std::string& line : test::lines_of(shown(input))) {
      EXPECT_LE(net::display_width(line), 80U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
  EXPECT_TRUE(shown({"5e-324", {.floating = true}}).contains("...e-324\n"));
}

TEST(EndianText, AnEmptyLineBetweenAnswers) {
  const auto two = [](Results& results) {
    print_endian(results, "1", value_of({"1"}));
    print_endian(results, "2", value_of({"2"}));
  };
  EXPECT_TRUE(written({}, two).out.contains("\"\n\nvalue         0x0002"));
}

TEST(EndianWords, ALineHasItsColumns) {
  const auto line = [](const Input& input) { return endian_line(input.text, value_of(input)); };
  EXPECT_EQ(line({"305419896"}),
            "305419896         0x12345678    305419896  12 34 56 78  78 56 34 12  0x78563412");
  EXPECT_EQ(line({"-2"}), "-2                0xfffe      -2  ff fe  fe ff  0xfeff");
  EXPECT_EQ(line({"0x7f"}), "0x7f              0x7f   127  7f  7f  0x7f");
  EXPECT_EQ(line({"abc", {.text = true}}), "abc               0x616263  -  61 62 63  -  -");
  EXPECT_LE(line({"-2147483648"}).size(), 80U);
  EXPECT_EQ(line({"192.0.2.1"}).size(), line({"4294967295"}).size());
  EXPECT_EQ(line({"h\xc3\xa9 1", {.text = true}}).find("0x"), 19U) << "one column for two bytes";
}

TEST(EndianWords, WhatQuietSays) {
  if (!little_host) return;
  EXPECT_EQ(endian_swapped_here(value_of({"0x1234"})), "0x3412");
  EXPECT_EQ(endian_swapped_here(value_of({"0x7f"})), "0x7f");
  EXPECT_EQ(endian_swapped_here(value_of({"192.0.2.1"})), "0x010200c0");
  EXPECT_EQ(endian_swapped_here(value_of({"abc", {.text = true}})), "0x616263");
}

std::string object_of(const Input& input) {
  return to_json(endian_object(input.text, value_of(input)));
}

TEST(EndianWords, Objects) {
  const std::string order = little_host ? "\"little\"}" : "\"big\"}";
  EXPECT_EQ(object_of({"0x1234"}),
            R"({"input":"0x1234","width":16,"value":4660,"hex":"0x1234","little_endian":"34 12",)"
            R"("big_endian":"12 34","network":"12 34","swapped":13330,"swapped_hex":"0x3412","host_order":)" +
                order);
  EXPECT_EQ(object_of({"abc", {.text = true}}),
            R"({"input":"abc","width":24,"value":null,"hex":"0x616263","little_endian":null,)"
            R"("big_endian":null,"network":"61 62 63","swapped":null,"swapped_hex":null,"host_order":)" +
                order);
}

TEST(EndianWords, NumbersOfObjects) {
  struct Case {
    Input input;
    std::string_view value;
    std::string_view swapped;
  };
  const EndianFlags as_float{.floating = true};
  const Case cases[] = {
      {{"-1"}, "-1", "65535"},
      {{"9007199254740992"}, "9007199254740992", "8192"},
      {{"9007199254740993"}, R"("9007199254740993")", R"("72057594037936128")"},
      {{"-9007199254740993"}, R"("-9007199254740993")", R"("18446744073709543423")"},
      {{"-9223372036854775808"}, R"("-9223372036854775808")", "128"},
      {{"18446744073709551615"}, R"("18446744073709551615")", R"("18446744073709551615")"},
      {{"18446744073709551616"}, R"("18446744073709551616")", R"("72057594037927936")"},
      {{"340282366920938463463374607431768211455"},
       R"("340282366920938463463374607431768211455")",
       R"("340282366920938463463374607431768211455")"},
      {{"0.1", as_float}, "0.1", R"("11140104038263667007")"},
      {{"1e22", as_float}, "1e+22", R"("10580447591230636100")"},
      {{"0.0001", as_float}, "0.0001", {}},
      {{"nan", as_float}, R"("nan")", "49279"},
      {{"-inf", as_float}, R"("-inf")", "33023"},
  };
  for (const Case& c : cases) {
    const test::json::Value object = test::json::parse(object_of(c.input));
    EXPECT_EQ(object["value"].text(), c.value) << c.input.text;
    if (!c.swapped.empty()) {
      EXPECT_EQ(object["swapped"].text(), c.swapped) << c.input.text;
    }
  }
}

}  // namespace
}  // namespace cmd
