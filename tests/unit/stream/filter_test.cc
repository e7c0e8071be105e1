#include "net/stream/filter.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace net {
namespace {

using std::string_view_literals::operator""sv;

std::string through(const Filter& filter, std::string_view bytes) {
  std::vector<std::byte> out;
  filter(std::as_bytes(std::span(bytes)), out);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

TEST(CrlfFilter, WholeTexts) {
  struct Case {
    std::string_view in;
    std::string_view out;
  };
  constexpr Case cases[] = {
      {"", ""},
      {"\n", "\r\n"},
      {"a\nb\n", "a\r\nb\r\n"},
      {"\n\n", "\r\n\r\n"},
      {"a\r\nb", "a\r\nb"},
      {"\r\n\n", "\r\n\r\n"},
      {"\r\r\n", "\r\r\n"},
      {"a\rb", "a\rb"},
      {"\n\r", "\r\n\r"},
      {"no end", "no end"},
      {"\0\n\xff\n"sv, "\0\r\n\xff\r\n"sv},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(through(crlf_filter(), c.in), c.out) << testing::PrintToString(c.in);
  }
}

TEST(CrlfFilter, AnyChunksGiveTheSame) {
  constexpr std::string_view text = "a\r\nb\n\n\r\n\r\r\nc";
  const std::string whole = through(crlf_filter(), text);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      const Filter filter = crlf_filter();
      const std::string parts = through(filter, text.substr(0, first)) +
                                through(filter, text.substr(first, second - first)) +
                                through(filter, text.substr(second));
      EXPECT_EQ(parts, whole) << first << " " << second;
    }
  }
}

struct TelnetCase {
  std::string_view name;
  std::string_view in;
  std::string_view out;
  std::string_view replies;
};

// RFC 854: 255 IAC, 254 DON'T, 253 DO, 252 WON'T, 251 WILL, 250 SB, 240 SE; 241 is NOP, 246 "are you there".
constexpr TelnetCase telnet_cases[] = {
    {"plain", "hello\n", "hello\n", ""},
    {"escaped 255",
     "a\xff\xff"
     "b",
     "a\xff"
     "b",
     ""},
    {"DO is WON'T",
     "a\xff\xfd\x01"
     "b",
     "ab", "\xff\xfc\x01"},
    {"WILL is DON'T",
     "a\xff\xfb\x03"
     "b",
     "ab", "\xff\xfe\x03"},
    {"WON'T is not answered",
     "a\xff\xfc\x01"
     "b",
     "ab", ""},
    {"DON'T is not answered",
     "a\xff\xfe\x01"
     "b",
     "ab", ""},
    {"several", "\xff\xfd\x18\xff\xfb\x01x\xff\xfd\x1f", "x", "\xff\xfc\x18\xff\xfe\x01\xff\xfc\x1f"},
    {"option 255",
     "\xff\xfd\xff"
     "a",
     "a", "\xff\xfc\xff"},
    {"option 0",
     "\xff\xfb\x00"
     "a"sv,
     "a", "\xff\xfe\x00"sv},
    {"two-byte commands",
     "a\xff\xf1"
     "b\xff\xf6"
     "c",
     "abc", ""},
    {"subnegotiation",
     "a\xff\xfa\x18\x01\xff\xf0"
     "b",
     "ab", ""},
    {"subnegotiation with 255 and a false end",
     "a\xff\xfa\x18\xff\xff\xf0y\xff\xf0"
     "b",
     "ab", ""},
    {"unfinished command", "a\xff", "a", ""},
    {"unfinished option", "a\xff\xfd", "a", ""},
    {"unfinished subnegotiation", "a\xff\xfa\x18zzz", "a", ""},
};

TEST(TelnetFilter, OverEverySplit) {
  for (const TelnetCase& c : telnet_cases) {
    for (std::size_t cut = 0; cut <= c.in.size(); ++cut) {
      std::string replies;
      const Filter filter = telnet_filter([&replies](std::string_view bytes) { replies += bytes; });
      const std::string out = through(filter, c.in.substr(0, cut)) + through(filter, c.in.substr(cut));
      EXPECT_EQ(out, c.out) << c.name << " cut at " << cut;
      EXPECT_EQ(replies, c.replies) << c.name << " cut at " << cut;
    }
  }
}

TEST(TelnetFilter, ByteByByte) {
  for (const TelnetCase& c : telnet_cases) {
    std::string replies;
    std::string out;
    const Filter filter = telnet_filter([&replies](std::string_view bytes) { replies += bytes; });
    for (std::size_t i = 0; i < c.in.size(); ++i) out += through(filter, c.in.substr(i, 1));
    EXPECT_EQ(out, c.out) << c.name;
    EXPECT_EQ(replies, c.replies) << c.name;
  }
}

TEST(HexdumpFilter, ExactText) {
  std::string dump;
  const Filter filter = hexdump_filter('>', [&dump](std::string_view lines) { dump += lines; });
  const std::string_view text = "GET / HTTP/1.0\r\n\0\x7f\x80\xff~ "sv;
  EXPECT_EQ(through(filter, text), text);
  EXPECT_EQ(dump,
            "> 00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 30 0d 0a  |GET / HTTP/1.0..|\n"
            "> 00000010  00 7f 80 ff 7e 20                                 |....~ |\n");
}

// Each read begins a line of its own; the offset goes on.
TEST(HexdumpFilter, OffsetRunsOn) {
  std::string dump;
  std::size_t calls = 0;
  const Filter filter = hexdump_filter('<', [&](std::string_view lines) {
    dump += lines;
    ++calls;
  });
  through(filter, "abc");
  through(filter,
          "0123456789abcdef"
          "X");
  EXPECT_EQ(calls, 2U);
  EXPECT_EQ(dump,
            "< 00000000  61 62 63                                          |abc|\n"
            "< 00000003  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
            "< 00000013  58                                                |X|\n");
}

TEST(HexdumpFilter, EveryByteIsShownSafely) {
  std::string dump;
  const Filter filter = hexdump_filter('>', [&dump](std::string_view lines) { dump += lines; });
  std::string every;
  for (unsigned byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(through(filter, every), every);
  for (const char c : dump) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
}

}  // namespace
}  // namespace net
