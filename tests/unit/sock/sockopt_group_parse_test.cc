#include <gtest/gtest.h>

#include <string_view>

#include "net/sock/sockopt_codec.hh"

// How groups and sources are written.
namespace net {
namespace {

// What cannot be read back is at least what was asked for.
TEST(SockoptGroupParse, RequestsReadAsTheyWereWritten) {
  for (const std::string_view setting : {
           "IPPROTO_IP:IP_ADD_MEMBERSHIP=239.1.2.3",
           "IPPROTO_IP:IP_ADD_MEMBERSHIP=239.1.2.3,lo",
           "IPPROTO_IP:IP_ADD_MEMBERSHIP=239.1.2.3,192.0.2.1",
           "IPPROTO_IP:IP_BLOCK_SOURCE=239.1.2.3,192.0.2.7",
           "IPPROTO_IP:IP_BLOCK_SOURCE=239.1.2.3,192.0.2.7,127.0.0.1",
           "IPPROTO_IP:IP_MSFILTER=239.1.2.3,exclude",
           "IPPROTO_IP:IP_MSFILTER=239.1.2.3,127.0.0.1,include,192.0.2.7,192.0.2.8",
           "IPPROTO_IP:MCAST_JOIN_GROUP=239.1.2.3,lo",
           "IPPROTO_IP:MCAST_BLOCK_SOURCE=239.1.2.3,192.0.2.7,lo",
           "IPPROTO_IP:MCAST_MSFILTER=239.1.2.3,include,192.0.2.7",
           "IPPROTO_IPV6:IPV6_JOIN_GROUP=ff02::1234,lo",
           "IPPROTO_IPV6:IPV6_JOIN_ANYCAST=2001:db8::a",
           "IPPROTO_IPV6:MCAST_JOIN_GROUP=ff02::1234",
           "IPPROTO_IPV6:MCAST_BLOCK_SOURCE=ff02::1234,2001:db8::7",
           "IPPROTO_IPV6:MCAST_MSFILTER=ff02::1234,lo,exclude,2001:db8::7,2001:db8::8",
       }) {
    const auto parsed = parse_option(setting);
    ASSERT_TRUE(parsed) << setting << ": " << parsed.error();
    EXPECT_EQ(option_text(decode_option(parsed->bytes, *parsed->option)), parsed->written) << setting;
  }
}

TEST(SockoptGroupParse, WhatIsNoGroupIsRefused) {
  struct Case {
    std::string_view setting;
    std::string_view why;
  };
  constexpr Case cases[] = {
      {"IP_ADD_MEMBERSHIP=192.0.2.1", "not a multicast group"},
      {"IP_ADD_MEMBERSHIP=ff02::1", "an address of the other family"},
      {"IP_ADD_MEMBERSHIP=239.1.2.3,no-such-if", "no such interface: no-such-if"},
      {"IP_ADD_MEMBERSHIP=239.1.2.3,lo,lo", "not ADDRESS[,INTERFACE]"},
      {"IP_ADD_MEMBERSHIP=239.1.2.3,", "no such interface: "},
      {"IPV6_JOIN_GROUP=239.1.2.3", "an address of the other family"},
      {"IPV6_JOIN_ANYCAST=ff02::1", "a multicast group"},
      {"IP_BLOCK_SOURCE=239.1.2.3", "not GROUP,SOURCE[,LOCAL]"},
      {"IP_BLOCK_SOURCE=239.1.2.3,2001:db8::7", "source: an address of the other family"},
      {"IP_BLOCK_SOURCE=239.1.2.3,192.0.2.7,lo", "local address: "},
      {"IPPROTO_IPV6:MCAST_JOIN_SOURCE_GROUP=ff02::1", "not GROUP,SOURCE[,INTERFACE]"},
      {"IPPROTO_IPV6:MCAST_JOIN_SOURCE_GROUP=ff02::1,192.0.2.7", "source: an address of the other family"},
      {"IP_MSFILTER=239.1.2.3", "neither include nor exclude"},
      {"IP_MSFILTER=239.1.2.3,192.0.2.7,192.0.2.8", "neither include nor exclude"},
      {"IP_MSFILTER=239.1.2.3,include,lo", "source lo: "},
      {"IPPROTO_IP:MCAST_MSFILTER=239.1.2.3,no-such-if,include", "no such interface: no-such-if"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.setting);
    ASSERT_FALSE(parsed) << c.setting;
    EXPECT_TRUE(parsed.error().starts_with(c.why)) << c.setting << ": " << parsed.error();
  }
}

}  // namespace
}  // namespace net
