#include "net/addr/ip_range.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace net {
namespace {

std::string texts(const std::vector<IpPrefix>& prefixes) {
  std::string out;
  for (const IpPrefix& prefix : prefixes) out += (out.empty() ? "" : " ") + prefix.text();
  return out;
}

TEST(IpRange, IsReadInItsForms) {
  for (const std::string_view text : {"192.0.2.10-192.0.2.20", "192.0.2.10 - 192.0.2.20",
                                      "192.0.2.10- 192.0.2.20", "192.0.2.10-20", "192.0.2.10 - 20"}) {
    const auto range = IpRange::parse(text);
    ASSERT_TRUE(range) << text << ": " << range.error();
    EXPECT_EQ(range->text(), "192.0.2.10-192.0.2.20") << text;
    EXPECT_EQ(count_digits(range->size()), "11");
  }
  EXPECT_EQ(IpRange::parse("2001:db8::1-2001:db8::ff")->text(), "2001:db8::1-2001:db8::ff");
  EXPECT_EQ(IpRange::parse("192.0.2.1-192.0.2.1")->size(), AddressCount(1));
  EXPECT_EQ(count_digits(IpRange::parse("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")->size()),
            "340282366920938463463374607431768211456");
}

TEST(IpRange, NamesTheBadPart) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"192.0.2.1", "no '-'"},
      {"-", "nothing before '-'"},
      {"192.0.2.1-", "nothing after '-'"},
      {"192.0.2.1 - ", "nothing after '-'"},
      {"-192.0.2.1", "nothing before '-'"},
      {"192.0.2.20-192.0.2.10", "reversed: 192.0.2.10 stands before 192.0.2.20"},
      {"192.0.2.20-10", "reversed: 192.0.2.10 stands before 192.0.2.20"},
      {"::2-::1", "reversed: ::1 stands before ::2"},
      {"192.0.2.1-::1", "the two ends are of different families"},
      {"::1-192.0.2.1", "the two ends are of different families"},
      {"::1-20", "not an IPv4 address: only 1 part"},
      {"192.0.2.1-300", "not an IPv4 address: 300 is out of range (0-255)"},
      {"192.0.2.1-020", "not an IPv4 address: a leading zero in 020: octal or decimal?"},
      {"192.0.2.1-0x20", "not an IPv4 address: a leading zero in 0x20: hexadecimal is not taken"},
      {"192.0.2.1-2-3", "not an IPv4 address: '-' is no decimal digit"},
      {"192.0.2.1-2.3", "not an IPv4 address: only 2 parts"},
      {"192.0.2.256-192.0.3.0", "not an IPv4 address: 256 is out of range (0-255)"},
      {"192.0.2.0/24-192.0.3.0", "not an IPv4 address: '/' is no decimal digit"},
  };
  for (const Case& c : cases) {
    const auto parsed = IpRange::parse(c.text);
    ASSERT_FALSE(parsed) << "'" << c.text << "' was taken";
    EXPECT_EQ(parsed.error(), c.complaint) << c.text;
  }
}

TEST(IpRange, CoverIsMinimal) {
  struct Case {
    std::string_view range;
    std::string_view prefixes;
  };
  constexpr Case cases[] = {
      {"192.0.2.0-192.0.2.255", "192.0.2.0/24"},
      {"192.0.2.7-192.0.2.7", "192.0.2.7/32"},
      {"192.0.2.10-192.0.2.20", "192.0.2.10/31 192.0.2.12/30 192.0.2.16/30 192.0.2.20/32"},
      {"0.0.0.0-255.255.255.255", "0.0.0.0/0"},
      {"255.255.255.254-255.255.255.255", "255.255.255.254/31"},
      {"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"},
      {"::1-::2", "::1/128 ::2/128"},
  };
  for (const Case& c : cases) EXPECT_EQ(texts(cover(*IpRange::parse(c.range))), c.prefixes) << c.range;
  EXPECT_EQ(cover(*IpRange::parse("0.0.0.1-255.255.255.254")).size(), 62U);
  EXPECT_EQ(cover(*IpRange::parse("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).size(), 254U);
}

TEST(IpRange, AggregateMergesWhatTouches) {
  const auto of = [](std::initializer_list<std::string_view> prefixes) {
    std::vector<IpRange> ranges;
    for (const std::string_view text : prefixes) ranges.push_back(IpRange::of(*IpPrefix::parse(text)));
    return texts(aggregate(ranges));
  };
  EXPECT_EQ(of({}), "");
  EXPECT_EQ(of({"192.0.2.128/25", "192.0.2.0/25"}), "192.0.2.0/24");
  EXPECT_EQ(of({"192.0.2.0/24", "192.0.2.4/30", "192.0.2.0/24"}), "192.0.2.0/24");
  EXPECT_EQ(of({"192.0.2.64/26", "192.0.2.128/26"}), "192.0.2.64/26 192.0.2.128/26");
  EXPECT_EQ(of({"::/1", "128.0.0.0/1", "8000::/1", "0.0.0.0/1"}), "0.0.0.0/0 ::/0");
  EXPECT_EQ(of({"255.255.255.255/32", "::/128"}), "255.255.255.255/32 ::/128");
}

TEST(IpRange, ContainsWhatLiesWithin) {
  const auto range = *IpRange::parse("192.0.2.10-20");
  EXPECT_TRUE(range.contains(range.first));
  EXPECT_TRUE(range.contains(range.last));
  EXPECT_FALSE(range.contains(*IpAddress::parse("192.0.2.9")));
  EXPECT_FALSE(range.contains(*IpAddress::parse("192.0.2.21")));
  EXPECT_FALSE(range.contains(*IpAddress::parse("::ffff:192.0.2.15")));
  EXPECT_TRUE(range.contains(*IpRange::parse("192.0.2.11-12")));
  EXPECT_FALSE(range.contains(*IpRange::parse("192.0.2.11-21")));
}

TEST(Subnets, ComeInOrderAndEnd) {
  auto subnets = Subnets::of(*IpPrefix::parse("255.255.255.200/24"), 26);
  ASSERT_TRUE(subnets);
  EXPECT_EQ(subnets->count(), AddressCount(4));
  std::vector<IpPrefix> all;
  while (const auto subnet = subnets->next()) all.push_back(*subnet);
  EXPECT_EQ(texts(all), "255.255.255.0/26 255.255.255.64/26 255.255.255.128/26 255.255.255.192/26");
  EXPECT_EQ(subnets->next(), std::nullopt);
}

TEST(Subnets, AreCountedButNotMade) {
  auto all = Subnets::of(*IpPrefix::parse("::/0"), 128);
  EXPECT_EQ(all->count(), std::nullopt);
  EXPECT_EQ(all->next()->text(), "::/128");
  EXPECT_EQ(all->next()->text(), "::1/128");
  EXPECT_EQ(count_digits(Subnets::of(*IpPrefix::parse("2001:db8::/32"), 64)->count()), "4294967296");
  EXPECT_EQ(Subnets::of(*IpPrefix::parse("192.0.2.1/32"), 32)->next()->text(), "192.0.2.1/32");
}

TEST(Subnets, AreNotShorterThanThePrefix) {
  EXPECT_EQ(Subnets::of(*IpPrefix::parse("192.0.2.1/24"), 23).error(),
            "/23 is out of range (24-32 within 192.0.2.0/24)");
  EXPECT_EQ(Subnets::of(*IpPrefix::parse("192.0.2.1/24"), 33).error(),
            "/33 is out of range (24-32 within 192.0.2.0/24)");
}

}  // namespace
}  // namespace net
