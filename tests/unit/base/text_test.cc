#include "net/base/text.hh"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace net {
namespace {

using namespace std::chrono_literals;

TEST(Text, Decimal) {
  struct Case {
    double value;
    int decimals;
    std::string_view expect;
  };
  constexpr Case cases[] = {
      {0, 0, "0"},        {0, 3, "0"},      {1.5, 1, "1.5"},    {1.5, 3, "1.5"},
      {12, 2, "12"},      {100, 0, "100"},  {100, 2, "100"},    {0.25, 1, "0.2"},
      {0.126, 2, "0.13"}, {9.999, 2, "10"}, {-1.50, 2, "-1.5"}, {1234567.891, 1, "1234567.9"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(decimal_text(c.value, c.decimals), c.expect) << c.value << " to " << c.decimals;
  }
}

TEST(Text, FixedHasAllItsDigits) {
  EXPECT_EQ(fixed_text(1.5, 2), "1.50");
  EXPECT_EQ(fixed_text(12, 1), "12.0");
  EXPECT_EQ(fixed_text(9.996, 2), "10.00");
  EXPECT_EQ(fixed_text(0, 0), "0");
}

TEST(Text, Duration) {
  struct Case {
    Duration span;
    std::string_view expect;
  };
  constexpr Case cases[] = {
      {0ns, "0 us"},        {400ns, "0 us"},
      {850us, "850 us"},    {1ms, "1 ms"},
      {11800us, "11.8 ms"}, {250ms, "250 ms"},
      {250400us, "250 ms"}, {1s, "1 s"},
      {4200ms, "4.2 s"},    {5s, "5 s"},
      {1234ms, "1.23 s"},   {12340ms, "12.3 s"},
      {119s, "119 s"},      {120s, "2 min 0 s"},
      {200s, "3 min 20 s"}, {7199s, "119 min 59 s"},
      {2h, "2 h 0 min"},    {25h + 90s, "25 h 1 min"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(duration_text(c.span), c.expect) << c.span.count() << " ns";
  }
}

TEST(Text, Size) {
  struct Case {
    std::uint64_t bytes;
    std::string_view expect;
  };
  constexpr std::uint64_t kib = 1024;
  constexpr Case cases[] = {
      {0, "0 B"},
      {512, "512 B"},
      {1023, "1023 B"},
      {1024, "1 KiB"},
      {1536, "1.5 KiB"},
      {10 * kib, "10 KiB"},
      {999 * kib, "999 KiB"},
      // Never four digits: 1000 KiB is nearly a MiB.
      {1000 * kib, "1 MiB"},
      {kib * kib * 5 / 4, "1.2 MiB"},
      {2 * kib * kib * kib, "2 GiB"},
      {3 * kib * kib * kib * kib, "3 TiB"},
      {UINT64_MAX, "16 EiB"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(size_text(c.bytes), c.expect) << c.bytes;
  }
}

TEST(Text, Count) {
  EXPECT_EQ(count_text(0, "SYN"), "0 SYNs");
  EXPECT_EQ(count_text(1, "SYN"), "1 SYN");
  EXPECT_EQ(count_text(5, "SYN"), "5 SYNs");
  EXPECT_EQ(count_text(UINT64_MAX, "byte"), "18446744073709551615 bytes");
}

}  // namespace
}  // namespace net
