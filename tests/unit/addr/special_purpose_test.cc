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
