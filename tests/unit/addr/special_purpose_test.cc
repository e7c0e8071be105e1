#include "net/addr/special_purpose.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace net {
namespace {

std::string name_at(std::string_view text) {
  const SpecialPurpose* const row = special_purpose(*IpAddress::parse(text));
  return row == nullptr ? "" : row->prefix.text() + " " + std::string(row->name);
}

TEST(SpecialPurpose, TheLongestPrefixWins) {
  EXPECT_EQ(name_at("0.0.0.0"), "0.0.0.0/32 This host on this network");
  EXPECT_EQ(name_at("0.0.0.1"), "0.0.0.0/8 This network");
  EXPECT_EQ(name_at("192.0.0.7"), "192.0.0.0/29 IPv4 Service Continuity Prefix");
  EXPECT_EQ(name_at("192.0.0.9"), "192.0.0.9/32 Port Control Protocol Anycast");
  EXPECT_EQ(name_at("192.0.0.11"), "192.0.0.0/24 IETF Protocol Assignments");
  EXPECT_EQ(name_at("255.255.255.255"), "255.255.255.255/32 Limited Broadcast");
  EXPECT_EQ(name_at("255.255.255.254"), "240.0.0.0/4 Reserved");
  EXPECT_EQ(name_at("2001:1::1"), "2001:1::1/128 Port Control Protocol Anycast");
  EXPECT_EQ(name_at("2001:1::4"), "2001::/23 IETF Protocol Assignments");
  EXPECT_EQ(name_at("2001:0:1::"), "2001::/32 TEREDO");
  EXPECT_EQ(name_at("8.8.8.8"), "");
  EXPECT_EQ(name_at("224.0.0.1"), "");
  EXPECT_EQ(name_at("2606:4700::1"), "");
  EXPECT_EQ(name_at("ff02::1"), "");
}

// What no Python of today agrees on: N/A, and what IANA opened or registered of late.
TEST(SpecialPurpose, GlobalIsYesNoOrNotApplicable) {
  struct Case {
    std::string_view prefix;
    std::optional<bool> global;
    std::string_view rfc;
  };
  constexpr std::optional<bool> not_applicable;
  constexpr Case cases[] = {
      {"192.0.0.0/24", false, "RFC 6890"},
      {"192.0.0.0/29", false, "RFC 7335"},
      {"192.0.0.8/32", false, "RFC 7600"},
      {"192.0.0.9/32", true, "RFC 7723"},
      {"192.0.0.10/32", true, "RFC 8155"},
      {"192.0.0.170/32", false, "RFC 8880, RFC 7050"},
      {"192.31.196.0/24", true, "RFC 7535"},
      {"192.52.193.0/24", true, "RFC 7450"},
      {"192.88.99.0/24", not_applicable, "RFC 7526"},
      {"192.88.99.2/32", false, "RFC 6751"},
      {"192.175.48.0/24", true, "RFC 7534"},
      {"::ffff:0.0.0.0/96", false, "RFC 4291"},
      {"64:ff9b::/96", true, "RFC 6052"},
      {"64:ff9b:1::/48", false, "RFC 8215"},
      {"100:0:0:1::/64", false, "RFC 9780"},
      {"2001::/23", false, "RFC 2928"},
      {"2001::/32", not_applicable, "RFC 4380, RFC 8190"},
      {"2001:1::1/128", true, "RFC 7723"},
      {"2001:1::2/128", true, "RFC 8155"},
      {"2001:1::3/128", true, "RFC 9665"},
      {"2001:2::/48", false, "RFC 5180"},
      {"2001:3::/32", true, "RFC 7450"},
      {"2001:4:112::/48", true, "RFC 7535"},
      {"2001:10::/28", not_applicable, "RFC 4843"},
      {"2001:20::/28", true, "RFC 7343"},
      {"2001:30::/28", true, "RFC 9374"},
      {"2002::/16", not_applicable, "RFC 3056"},
      {"2620:4f:8000::/48", true, "RFC 7534"},
      {"3fff::/20", false, "RFC 9637"},
      {"5f00::/16", false, "RFC 9602"},
  };
  for (const Case& c : cases) {
    const IpPrefix prefix = *IpPrefix::parse(c.prefix);
    // The last address: in the first one of a block another row may begin.
    const SpecialPurpose* const row = special_purpose(prefix.last());
    ASSERT_TRUE(row != nullptr) << c.prefix;
    EXPECT_EQ(row->prefix.text(), c.prefix);
    EXPECT_EQ(row->global, c.global) << c.prefix;
    EXPECT_EQ(row->rfc, c.rfc) << c.prefix;
  }
}

/// The longest row that contains the address, asked of every row.
const SpecialPurpose* slowly(const IpAddress& address) {
  const SpecialPurpose* best = nullptr;
  for (const SpecialPurpose& row : special_purpose_registry()) {
    const bool inside = row.prefix.network() <= address && address <= row.prefix.last();
    if (inside && (best == nullptr || row.prefix.length > best->prefix.length)) best = &row;
  }
  return best;
}

TEST(SpecialPurpose, EdgesOfEveryPrefix) {
  ASSERT_EQ(special_purpose_registry().size(), 51U);
  for (const SpecialPurpose& row : special_purpose_registry()) {
    SCOPED_TRACE(row.prefix.text());
    EXPECT_EQ(row.prefix, row.prefix.canonical());
    EXPECT_TRUE(row.rfc.starts_with("RFC "));
    const IpFamily family = row.prefix.address.family();
    const Uint128 first = row.prefix.network().value();
    const Uint128 last = row.prefix.last().value();
    for (const Uint128 value : {first, last, first - 1, last + 1}) {
      const IpAddress address(family, value);
      EXPECT_EQ(special_purpose(address), slowly(address)) << address.text();
    }
  }
}

}  // namespace
}  // namespace net
