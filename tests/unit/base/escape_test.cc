#include "net/base/escape.hh"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace net {
namespace {

using std::string_view_literals::operator""sv;

std::string hex_escape(unsigned byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return std::string("\\x") + digits[byte >> 4U] + digits[byte & 0xfU];
}

/// As RFC 3629 writes it: an encoder of the test's own.
std::string utf8(std::uint32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0U | (c >> 6U)), static_cast<char>(0x80U | (c & 0x3fU))};
  if (c < 0x10000) {
    return {static_cast<char>(0xe0U | (c >> 12U)), static_cast<char>(0x80U | ((c >> 6U) & 0x3fU)),
            static_cast<char>(0x80U | (c & 0x3fU))};
  }
  return {static_cast<char>(0xf0U | (c >> 18U)), static_cast<char>(0x80U | ((c >> 12U) & 0x3fU)),
          static_cast<char>(0x80U | ((c >> 6U) & 0x3fU)), static_cast<char>(0x80U | (c & 0x3fU))};
}

std::string all_escaped(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += hex_escape(static_cast<unsigned char>(byte));
  return out;
}

TEST(Escape, EverySingleByte) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool shown = byte >= 0x20 && byte < 0x7f;
    EXPECT_EQ(escape_terminal(text), shown ? text : hex_escape(byte)) << byte;
  }
}

TEST(Escape, ControlsInMidText) {
  EXPECT_EQ(escape_terminal("a\x1b[31mb\nc\rd\te\x7f"), "a\\x1b[31mb\\x0ac\\x0dd\\x09e\\x7f");
  EXPECT_EQ(escape_terminal("a\0b"sv), "a\\x00b");
}

TEST(Escape, C1ControlsByteByByte) {
  for (std::uint32_t c = 0x80; c < 0xa0; ++c) {
    EXPECT_EQ(escape_terminal(utf8(c)), all_escaped(utf8(c))) << c;
  }
  EXPECT_EQ(escape_terminal(utf8(0xa0)), utf8(0xa0));
}

TEST(Escape, WhatMovesTextAbout) {
  // TR9's controls, the line and paragraph separators, the byte order mark.
  for (const std::uint32_t c : {0x061cU, 0x200eU, 0x200fU, 0x2028U, 0x2029U, 0x202aU, 0x202bU, 0x202cU,
                                0x202dU, 0x202eU, 0x2066U, 0x2067U, 0x2068U, 0x2069U, 0xfeffU}) {
    EXPECT_EQ(escape_terminal(utf8(c)), all_escaped(utf8(c))) << std::hex << c;
  }
}

TEST(Escape, NeighboursOfTheBidiControlsStay) {
  for (const std::uint32_t c :
       {0x061bU, 0x061dU, 0x200dU, 0x2010U, 0x2027U, 0x202fU, 0x2065U, 0x206aU, 0xfefeU, 0xff00U}) {
    EXPECT_EQ(escape_terminal(utf8(c)), utf8(c)) << std::hex << c;
  }
}

TEST(Escape, ValidUtf8Stays) {
  for (const std::uint32_t c :
       {0xa1U, 0xffU, 0x7ffU, 0x800U, 0x20acU, 0xd7ffU, 0xe000U, 0xfffdU, 0x10000U, 0x1f600U, 0x10ffffU}) {
    EXPECT_EQ(escape_terminal(utf8(c)), utf8(c)) << std::hex << c;
  }
}

TEST(Escape, InvalidUtf8) {
  struct Case {
    std::string_view name;
    std::string_view bytes;
    std::string_view expect;
  };
  constexpr Case cases[] = {
      {"lone continuation", "\x80", "\\x80"},
      {"lone lead", "\xc3", "\\xc3"},
      {"cut by ASCII",
       "\xc3"
       "a",
       "\\xc3a"},
      {"cut three", "\xe2\x82", "\\xe2\\x82"},
      {"cut four", "\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
      {"overlong NUL", "\xc0\x80", "\\xc0\\x80"},
      {"overlong slash", "\xc0\xaf", "\\xc0\\xaf"},
      {"overlong in two", "\xc1\xbf", "\\xc1\\xbf"},
      {"overlong in three", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
      {"largest overlong in three", "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
      {"overlong in four", "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
      {"largest overlong in four", "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
      {"first surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"last surrogate", "\xed\xbf\xbf", "\\xed\\xbf\\xbf"},
      {"beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"lead f5", "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
      {"five bytes", "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
      {"fe ff", "\xfe\xff", "\\xfe\\xff"},
      {"a good one after a bad one", "\xff\xc3\xa9", "\\xff\xc3\xa9"},
      {"a bad lead before a good one", "\xe2\xc3\xa9", "\\xe2\xc3\xa9"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(escape_terminal(c.bytes), c.expect) << c.name;
  }
}

// What was escaped once is printable, so a second pass changes nothing.
TEST(Escape, Idempotent) {
  std::string every_byte;
  for (unsigned byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::string once = escape_terminal(every_byte + utf8(0x202e) + utf8(0x20ac));
  EXPECT_EQ(escape_terminal(once), once);
  EXPECT_EQ(escape_terminal("C:\\x1b \\ plain"), "C:\\x1b \\ plain");
}

TEST(Escape, Utf8SequenceTellsLengthAndValue) {
  for (const std::uint32_t c : {0U, 0x41U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xffffU, 0x10000U, 0x10ffffU}) {
    char32_t value = 0x110000;
    const std::string bytes = utf8(c) + "tail";
    EXPECT_EQ(utf8_sequence(bytes, value), utf8(c).size()) << c;
    EXPECT_EQ(static_cast<std::uint32_t>(value), c);
  }
  char32_t untouched = 7;
  EXPECT_EQ(utf8_sequence("", untouched), 0U);
  EXPECT_EQ(utf8_sequence("\xed\xa0\x80", untouched), 0U);
  EXPECT_EQ(static_cast<std::uint32_t>(untouched), 7U);
}

TEST(Escape, DisplayWidthCountsCodePoints) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width(utf8(0xe9) + utf8(0x20ac) + utf8(0x1f600)), 3U);
}

}  // namespace
}  // namespace net
