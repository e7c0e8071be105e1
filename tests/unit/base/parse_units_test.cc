#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "net/base/parse.hh"

// Durations and sizes: numbers with units.
namespace net {
namespace {

using namespace std::chrono_literals;

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

TEST(ParseDuration, Good) {
  struct Case {
    std::string_view text;
    Duration value;
  };
  constexpr Case cases[] = {
      {"0", 0s},
      {"3", 3s},
      {"1.5", 1500ms},
      {"010", 10s},
      {"0.001", 1ms},
      {"10us", 10us},
      {"250ms", 250ms},
      {"2.5ms", 2500us},
      {"3s", 3s},
      {"2m", 2min},
      {"1.5m", 90s},
      {"1h", 1h},
      {"0.29", 290ms},
      // Values that no double has exactly: rounded, never cut.
      {"8.2", 8200ms},
      {"33.3", 33300ms},
      {"1.001", 1001ms},
      {"1.005s", 1005ms},
      {"876000h", 876000h},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_duration(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(parsed->count(), c.value.count()) << c.text;
  }
}

TEST(ParseDuration, Bad) {
  constexpr Bad cases[] = {
      {"", "not a duration"},
      {"s", "not a duration"},
      {"-1", "not a duration"},
      {"+1", "not a duration"},
      {" 1", "not a duration"},
      {"1 s", "not a duration"},
      {"1s ", "not a duration"},
      {".5", "not a duration"},
      {"5.", "not a duration"},
      {"1.2.3", "not a duration"},
      {"1..2", "not a duration"},
      {"1,5", "not a duration"},
      {"1e3", "not a duration"},
      {"0x10", "not a duration"},
      {"1S", "not a duration"},
      {"1sec", "not a duration"},
      {"1ns", "not a duration"},
      {"1d", "not a duration"},
      {"1m30s", "not a duration"},
      {"inf", "not a duration"},
      {"nan", "not a duration"},
      {"forever", "not a duration"},
      {"1000000h", "longer than a century"},
      {"99999999999999999999", "longer than a century"},
  };
  for (const Bad& bad : cases) {
    expect_refused(bad, parse_duration);
  }
}

TEST(ParseDuration, HugeDigitsDoNotOverflow) {
  EXPECT_FALSE(parse_duration(std::string(400, '9')));
  EXPECT_FALSE(parse_duration(std::string(400, '9') + "h"));
}

TEST(ParseSize, Good) {
  struct Case {
    std::string_view text;
    std::uint64_t value;
  };
  constexpr Case cases[] = {
      {"0", 0},
      {"0K", 0},
      {"4096", 4096},
      {"64K", 65536},
      {"1M", 1048576},
      {"2G", 2147483648},
      {"1T", 1099511627776},
      {"0x10", 16},
      {"0xF", 15},
      {"0x1F", 31},
      {"0b11K", 3072},
      {"18446744073709551615", UINT64_MAX},
      {"16777215T", UINT64_MAX - ((std::uint64_t{1} << 40U) - 1)},
      {"18014398509481983K", UINT64_MAX - 1023},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_size(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(*parsed, c.value) << c.text;
  }
}

TEST(ParseSize, Bad) {
  constexpr Bad cases[] = {
      {"", "not a"},
      {"K", "not a"},
      {"-1", "not a"},
      {"-1K", "not a"},
      {"1k", "not a size"},
      {"1KB", "not a size"},
      {"1KiB", "not a size"},
      {"1 K", "not a"},
      {"1.5K", "not a number"},
      {"1P", "not a size"},
      {"K1", "not a number"},
      {"1K1", "not a number"},
      {"010", "leading zero"},
      {"010K", "leading zero"},
      {"18446744073709551616", "out of range"},
      {"18014398509481984K", "out of range"},
      {"17592186044416M", "out of range"},
      {"17179869184G", "out of range"},
      {"16777216T", "out of range"},
  };
  for (const Bad& bad : cases) {
    expect_refused(bad, parse_size);
  }
}

}  // namespace
}  // namespace net
