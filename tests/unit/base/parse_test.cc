#include "net/base/parse.hh"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {
namespace {

using std::string_view_literals::operator""sv;

/// A text and the part of the complaint that must be in it.
struct Bad {
  std::string_view text;
  std::string_view complaint;
};

template <class Parse>
void expect_refused(const Bad& bad, Parse parse) {
  const auto parsed = parse(bad.text);
  ASSERT_FALSE(parsed) << "'" << bad.text << "' was taken";
  EXPECT_NE(parsed.error().find(bad.complaint), std::string::npos)
      << "'" << bad.text << "': " << parsed.error();
}

TEST(ParseNumber, Good) {
  struct Case {
    std::string_view text;
    std::uint64_t value;
  };
  constexpr Case cases[] = {
      {"0", 0},
      {"7", 7},
      {"10", 10},
      {"0x10", 16},
      {"0xfF", 255},
      {"0x0001", 1},
      {"0b101", 5},
      {"0o17", 15},
      {"0o017", 15},
      {"18446744073709551615", UINT64_MAX},
      {"0xffffffffffffffff", UINT64_MAX},
      {"0o1777777777777777777777", UINT64_MAX},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_number(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(*parsed, c.value) << c.text;
  }
}

TEST(ParseNumber, Bad) {
  constexpr Bad cases[] = {
      {"", "not a number"},
      {" 1", "not a number"},
      {"1 ", "not a number"},
      {"+1", "not a number"},
      {"-1", "not a number"},
      {"1x", "not a number"},
      {"1.0", "not a number"},
      {"1e3", "not a number"},
      {"1'000", "not a number"},
      {"0x", "not a number"},
      {"0b", "not a number"},
      {"0b2", "not a number"},
      {"0o8", "not a number"},
      {"0xg", "not a number"},
      {"0x-1", "not a number"},
      {"0x0x1", "not a number"},
      {"1\0"sv, "not a number"},
      {"00", "leading zero"},
      {"010", "leading zero"},
      {"08", "leading zero"},
      {"18446744073709551616", "out of range"},
      {"0x10000000000000000", "out of range"},
      {"99999999999999999999999999", "out of range"},
  };
  for (const Bad& bad : cases) {
    expect_refused(bad, [](std::string_view text) { return parse_number(text); });
  }
}

TEST(ParseNumber, HoldsTheLimit) {
  EXPECT_EQ(parse_number("255", 255).value_or(0), 255U);
  expect_refused({"256", "out of range (0-255)"},
                 [](std::string_view text) { return parse_number(text, 255); });
  // Junk behind a number that is too large is junk first.
  expect_refused({"256z", "not a number"}, [](std::string_view text) { return parse_number(text, 255); });
}

TEST(ParseSigned, Good) {
  struct Case {
    std::string_view text;
    std::int64_t value;
  };
  constexpr Case cases[] = {
      {"0", 0},
      {"-0", 0},
      {"-1", -1},
      {"-0x10", -16},
      {"9223372036854775807", INT64_MAX},
      {"-9223372036854775807", -INT64_MAX},
      {"-9223372036854775808", INT64_MIN},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_signed(c.text, INT64_MIN, INT64_MAX);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(*parsed, c.value) << c.text;
  }
}

TEST(ParseSigned, Bad) {
  constexpr Bad cases[] = {
      {"-", "not a number"},
      {"--1", "not a number"},
      {"+1", "not a number"},
      {"- 1", "not a number"},
      {"-01", "leading zero"},
      {"9223372036854775808", "out of range"},
      {"-9223372036854775809", "out of range"},
      {"18446744073709551615", "out of range"},
  };
  for (const Bad& bad : cases) {
    expect_refused(bad, [](std::string_view text) { return parse_signed(text, INT64_MIN, INT64_MAX); });
  }
  const auto small = [](std::string_view text) { return parse_signed(text, -1, 127); };
  EXPECT_EQ(small("-1").value_or(5), -1);
  EXPECT_EQ(small("127").value_or(5), 127);
  expect_refused({"-2", "out of range (-1 to 127)"}, small);
  expect_refused({"128", "out of range (-1 to 127)"}, small);
}

// The limits of the option count, not those of the integer that holds it meanwhile.
TEST(ParseSigned, NamesItsOwnLimits) {
  expect_refused({"18446744073709551616", "out of range (-1 to 127)"},
                 [](std::string_view text) { return parse_signed(text, -1, 127); });
}

std::optional<std::uint16_t> two_services(std::string_view name) {
  if (name == "https") return 443;
  if (name == "zero-day") return 0;
  if (name == "9pfs") return 564;
  if (name == "3com-tsmux") return 106;
  return std::nullopt;
}

TEST(ParsePort, Good) {
  struct Case {
    std::string_view text;
    std::uint16_t value;
  };
  constexpr Case cases[] = {
      {"0", 0},       {"80", 80},      {"080", 80},   {"00080", 80},       {"65535", 65535},
      {"https", 443}, {"zero-day", 0}, {"9pfs", 564}, {"3com-tsmux", 106},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_port(c.text, two_services);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(*parsed, c.value) << c.text;
  }
}

TEST(ParsePort, Bad) {
  constexpr Bad cases[] = {
      {"", "empty"},
      {"65536", "out of range (0-65535)"},
      {"4294967376", "out of range"},
      {"99999999999999999999", "out of range"},
      {"-1", "not a port"},
      {"+80", "not a port"},
      {"80x", "not a port"},
      {"80 ", "not a port"},
      {"0x50", "not a port"},
      {"80-90", "not a port"},
      {"8.0", "not a port"},
      {"9pf", "not a port"},
      {"9pfsx", "not a port"},
      {" 80", "no such service"},
      {"HTTPS", "no such service"},
      {"gopher", "no such service"},
  };
  for (const Bad& bad : cases) {
    expect_refused(bad, [](std::string_view text) { return parse_port(text, two_services); });
  }
}

TEST(SplitHostPort, Good) {
  struct Case {
    std::string_view text;
    std::string_view host;
    std::optional<std::string_view> port;
  };
  constexpr Case cases[] = {
      {"example.org", "example.org", std::nullopt},
      {"example.org:80", "example.org", "80"},
      {"example.org:https", "example.org", "https"},
      {"192.0.2.1:80", "192.0.2.1", "80"},
      {":80", "", "80"},
      {"::1", "::1", std::nullopt},
      {"::1:80", "::1:80", std::nullopt},
      {"fe80::1%eth0", "fe80::1%eth0", std::nullopt},
      {"[::1]", "::1", std::nullopt},
      {"[::1]:80", "::1", "80"},
      {"[fe80::1%eth0]:80", "fe80::1%eth0", "80"},
      {"", "", std::nullopt},
  };
  for (const Case& c : cases) {
    const auto parsed = split_host_port(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(parsed->host, c.host) << c.text;
    EXPECT_EQ(parsed->port.has_value(), c.port.has_value()) << c.text;
    EXPECT_EQ(parsed->port.value_or(""), c.port.value_or("")) << c.text;
  }
}

TEST(SplitHostPort, Bad) {
  constexpr Bad cases[] = {
      {"[::1", "']'"},
      {"[", "']'"},
      {"[::1]80", "after ']'"},
      {"[::1]:", "after ']'"},
      {"[::1]x:80", "after ']'"},
      {"192.0.2.1:", "nothing after ':'"},
      {":", "nothing after ':'"},
      // Brackets are for IPv6, whose colons need them.
      {"[192.0.2.1]:80", ""},
      {"[example.org]:80", ""},
  };
  for (const Bad& bad : cases) {
    expect_refused(bad, split_host_port);
  }
}

}  // namespace
}  // namespace net
