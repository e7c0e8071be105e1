#include "net/addr/legacy_ipv4.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

using std::string_view_literals::operator""sv;

namespace net {
namespace {

std::string shown(const std::optional<IpAddress>& address) {
  return address ? address->text() : "-";
}

TEST(LegacyIpv4, HasTwoReadings) {
  struct Case {
    std::string_view text;
    std::string_view octal;
    std::string_view decimal;
  };
  constexpr Case cases[] = {
      {"192.0.2.1", "192.0.2.1", "192.0.2.1"},
      {"127.1", "127.0.0.1", "127.0.0.1"},
      {"10.1.2", "10.1.0.2", "10.1.0.2"},
      {"10.1.65535", "10.1.255.255", "10.1.255.255"},
      {"10.16777215", "10.255.255.255", "10.255.255.255"},
      {"2130706433", "127.0.0.1", "127.0.0.1"},
      {"4294967295", "255.255.255.255", "255.255.255.255"},
      {"0", "0.0.0.0", "0.0.0.0"},
      {"0x7f.1", "127.0.0.1", "127.0.0.1"},
      {"0X7F.0xFFFFFF", "127.255.255.255", "127.255.255.255"},
      {"0x00000000000000000000007f.1", "127.0.0.1", "127.0.0.1"},
      {"010.1.2.3", "8.1.2.3", "10.1.2.3"},
      {"1.2.3.010", "1.2.3.8", "1.2.3.10"},
      {"01.02.03.04", "1.2.3.4", "1.2.3.4"},
      {"00.00.00.00", "0.0.0.0", "0.0.0.0"},
      {"0177.1", "127.0.0.1", "177.0.0.1"},
      {"017700000001", "127.0.0.1", "-"},
      {"037777777777", "255.255.255.255", "-"},
      {"08.1.2.3", "-", "8.1.2.3"},
      {"1.2.3.099", "-", "1.2.3.99"},
      {"0300.1.2.3", "192.1.2.3", "-"},
      {"0377.0377.0377.0377", "255.255.255.255", "-"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_legacy_ipv4(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(shown(parsed->octal), c.octal) << c.text;
    EXPECT_EQ(shown(parsed->decimal), c.decimal) << c.text;
    EXPECT_EQ(parsed->is_ambiguous(), c.octal != c.decimal) << c.text;
  }
}

TEST(LegacyIpv4, NamesTheBadPart) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"", "it is empty"},
      {".", "a part is empty"},
      {"1.", "a part is empty"},
      {".1", "a part is empty"},
      {"1..2", "a part is empty"},
      {"1.2.3.4.5", "more than four parts"},
      {"1.2.3.4.", "more than four parts"},
      {"256.1", "256 is out of range (0-255)"},
      {"1.2.3.256", "256 is out of range (0-255)"},
      {"1.2.65536", "65536 is out of range (0-65535)"},
      {"1.16777216", "16777216 is out of range (0-16777215)"},
      {"4294967296", "4294967296 is out of range (0-4294967295)"},
      {"18446744073709551616", "18446744073709551616 is out of range (0-4294967295)"},
      {"0400.1", "0400 is out of range (0-255)"},
      {"0300.08.1.1", "08 is no octal number"},
      {"0x", "no digits after 0x"},
      {"1.0X", "no digits after 0X"},
      {"0xg", "'0xg' is no hexadecimal number"},
      {"-1", "'-1' is no number"},
      {"+1.2.3.4", "'+1' is no number"},
      {"1.2.3.4 x", "'4 x' is no number"},
      {"1.2.3.4 ", "'4 ' is no number"},
      {"localhost", "'localhost' is no number"},
      {"1.2.3.4\0"sv, "'4\0' is no number"sv},
      {"::1", "'::1' is no number"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_legacy_ipv4(c.text);
    ASSERT_FALSE(parsed) << "'" << c.text << "' was taken";
    EXPECT_EQ(parsed.error(), "not an IPv4 address: " + std::string(c.complaint)) << c.text;
  }
}

}  // namespace
}  // namespace net
