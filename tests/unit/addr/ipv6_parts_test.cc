// What stands inside an IPv6 address: IPv4 addresses, MACs, identifiers, the fields of multicast groups.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "net/addr/ipv6_embedded.hh"
#include "net/addr/ipv6_multicast.hh"
#include "net/addr/nat64.hh"
#include "tests/unit/addr/samples.hh"

namespace net {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST(Ipv6Embedded, FindsIpv4Addresses) {
  struct Case {
    std::string_view address;
    std::string_view v4;
    std::string_view how;
  };
  constexpr Case cases[] = {
      {"::ffff:192.0.2.33", "192.0.2.33", "IPv4-mapped"},
      {"::192.0.2.33", "192.0.2.33", "IPv4-compatible (deprecated)"},
      {"::ffff:0:192.0.2.33", "192.0.2.33", "IPv4-translated (obsolete)"},
      {"2002:c000:221:1::1", "192.0.2.33", "6to4"},
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45", "Teredo client"},
      {"64:ff9b::192.0.2.33", "192.0.2.33", "NAT64"},
      {"fe80::5efe:192.0.2.33", "192.0.2.33", "ISATAP interface identifier"},
      {"2001:db8::200:5efe:192.0.2.33", "192.0.2.33", "ISATAP interface identifier"},
  };
  for (const Case& c : cases) {
    const auto found = embedded_ipv4(ip(c.address));
    ASSERT_TRUE(found) << c.address;
    EXPECT_EQ(found->address.text(), c.v4) << c.address;
    EXPECT_EQ(found->how, c.how) << c.address;
  }
  for (const std::string_view none :
       {"::", "::1", "192.0.2.1", "2001:db8::192.0.2.33", "fe80::100:5efe:1.2.3.4", "ff02::5efe:192.0.2.33",
        "64:ff9b:0:1::1.2.3.4", "64:ff9b:1:fffe::192.0.2.33"}) {
    EXPECT_FALSE(embedded_ipv4(ip(none))) << none;
  }
}

TEST(Ipv6Embedded, TakesTunnelsApart) {
  const auto six = six_to_four(ip("2002:c000:221:abcd::1"));
  ASSERT_TRUE(six);
  EXPECT_EQ(six->router.text(), "192.0.2.33");
  EXPECT_EQ(six->subnet, 0xabcd);
  EXPECT_FALSE(six_to_four(ip("2003::1")));
  // The example of RFC 4380 as everybody quotes it.
  const auto tunnel = teredo(ip("2001:0000:4136:e378:8000:63bf:3fff:fdd2"));
  ASSERT_TRUE(tunnel);
  EXPECT_EQ(tunnel->server.text(), "65.54.227.120");
  EXPECT_EQ(tunnel->flags, 0x8000);
  EXPECT_TRUE(tunnel->cone);
  EXPECT_EQ(tunnel->port, 40000);
  EXPECT_EQ(tunnel->client.text(), "192.0.2.45");
  EXPECT_FALSE(teredo(ip("2001:1::1")));
  EXPECT_FALSE(teredo(ip("32.1.0.0")));
  const auto local = unique_local(ip("fd12:3456:789a:bcde::1"));
  ASSERT_TRUE(local);
  EXPECT_TRUE(local->locally_assigned);
  EXPECT_EQ(local->global_id, 0x123456789aU);
  EXPECT_EQ(local->subnet, 0xbcde);
  EXPECT_FALSE(unique_local(ip("fc00::1"))->locally_assigned);
  EXPECT_FALSE(unique_local(ip("fe80::1")));
  EXPECT_FALSE(unique_local(ip("fbff::1")));
}

TEST(Ipv6Embedded, FindsMacs) {
  const auto mac_text = [](std::string_view address) {
    const auto mac = embedded_mac(ip(address));
    return mac ? mac->text() : "";
  };
  EXPECT_EQ(mac_text("fe80::3656:78ff:fe9a:bcde"), "34:56:78:9a:bc:de");
  EXPECT_EQ(mac_text("2001:db8::200:ff:fe00:1"), "00:00:00:00:00:01");
  EXPECT_EQ(mac_text("2002:c000:201:0:3656:78ff:fe9a:bcde"), "34:56:78:9a:bc:de");
  EXPECT_EQ(mac_text("fe80::3656:78ff:ff9a:bcde"), "");
  EXPECT_EQ(mac_text("ff02::3656:78ff:fe9a:bcde"), "");
  EXPECT_EQ(mac_text("2001::3656:78ff:fe9a:bcde"), "");
  EXPECT_EQ(mac_text("64:ff9b:1:0:3656:78ff:fe9a:bcde"), "");
}

TEST(Ipv6Multicast, TellsFlagsAndScope) {
  const auto plain = ipv6_multicast(ip("ff05::1:3"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->flags, 0U);
  EXPECT_TRUE(plain->consistent);
  EXPECT_EQ(plain->scope, 5U);
  EXPECT_EQ(plain->scope_name, "site-local");
  EXPECT_EQ(plain->group_id, Uint128{0x10003});
  EXPECT_FALSE(plain->prefix || plain->rendezvous_point || plain->solicited);
  EXPECT_TRUE(ipv6_multicast(ip("ff12::1"))->transient);
  for (const unsigned flags : {0U, 1U, 3U, 7U}) {
    EXPECT_TRUE(ipv6_multicast(IpAddress::v6(Uint128{0xff02U | flags << 4U} << 112U))->consistent) << flags;
  }
  for (const unsigned flags : {2U, 4U, 5U, 6U, 8U, 9U, 15U}) {
    EXPECT_FALSE(ipv6_multicast(IpAddress::v6(Uint128{0xff02U | flags << 4U} << 112U))->consistent) << flags;
  }
  EXPECT_FALSE(ipv6_multicast(ip("fe80::1")));
  EXPECT_FALSE(ipv6_multicast(ip("224.0.0.1")));
}

TEST(Ipv6Multicast, FindsPrefixAndRendezvousPoint) {
  const auto based = ipv6_multicast(ip("ff3e:30:2001:db8:1:2:0:1234"));
  ASSERT_TRUE(based && based->prefix);
  EXPECT_EQ(based->prefix->text(), "2001:db8:1::/48");
  EXPECT_EQ(based->group_id, Uint128{0x1234});
  EXPECT_FALSE(based->is_source_specific());
  // The example of RFC 3956, section 6.
  const auto rendezvous = ipv6_multicast(ip("ff7e:f40:2001:db8:beef:feed:0:1234"));
  ASSERT_TRUE(rendezvous && rendezvous->rendezvous_point);
  EXPECT_EQ(rendezvous->prefix->text(), "2001:db8:beef:feed::/64");
  EXPECT_EQ(rendezvous->rendezvous_point->text(), "2001:db8:beef:feed::f");
  EXPECT_EQ(rendezvous->group_id, Uint128{0x1234});
  EXPECT_TRUE(ipv6_multicast(ip("ff3e::8000:1"))->is_source_specific());
  EXPECT_FALSE(ipv6_multicast(ip("ff3e:41:2001:db8::1"))->prefix) << "longer than 64";
  EXPECT_FALSE(ipv6_multicast(ip("ff7e:40:2001:db8::1"))->rendezvous_point) << "no interface identifier";
  EXPECT_FALSE(ipv6_multicast(ip("ff7e:f00:2001:db8::1"))->rendezvous_point) << "no prefix";
}

TEST(Ipv6Multicast, SolicitedNode) {
  EXPECT_EQ(solicited_node(ip("4037::1:800:200e:8c6c"))->text(), "ff02::1:ff0e:8c6c");
  EXPECT_EQ(ipv6_multicast(ip("ff02::1:ff0e:8c6c"))->solicited, 0x0e8c6cU);
  EXPECT_FALSE(ipv6_multicast(ip("ff05::1:ff0e:8c6c"))->solicited);
  for (const std::string_view none : {"::", "::1", "ff02::1", "192.0.2.1", "::ffff:192.0.2.1"}) {
    EXPECT_FALSE(solicited_node(ip(none))) << none;
  }
}

// The table of RFC 6052, section 2.4.
TEST(Nat64, EmbedsInEveryLength) {
  struct Case {
    std::string_view prefix;
    std::string_view address;
  };
  constexpr Case cases[] = {
      {"2001:db8::/32", "2001:db8:c000:221::"},
      {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
      {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
      {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
      {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
      {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
      {"64:ff9b::/96", "64:ff9b::192.0.2.33"},
  };
  for (const Case& c : cases) {
    const auto prefix = *IpPrefix::parse(c.prefix);
    EXPECT_EQ(nat64_synthesize(prefix, ip("192.0.2.33")), ip(c.address)) << c.prefix;
    const auto found = nat64_embedded(ip(c.address), prefix);
    ASSERT_TRUE(found) << c.prefix << ": " << found.error();
    EXPECT_EQ(found->address.text(), "192.0.2.33") << c.prefix;
    EXPECT_EQ(found->suffix, Uint128{0}) << c.prefix;
    const auto highest = nat64_synthesize(prefix, ip("255.255.255.255"));
    EXPECT_EQ(nat64_embedded(*highest, prefix)->address.text(), "255.255.255.255");
  }
}

TEST(Nat64, FindsWhatItPutIn) {
  SCOPED_TRACE("seed 33");
  Samples samples(33);
  constexpr Uint128 spared = Uint128{0xff} << 56U;
  for (std::size_t i = 0; i < sample_count; ++i) {
    constexpr std::array<int, 6> lengths{32, 40, 48, 56, 64, 96};
    const IpPrefix prefix{IpAddress::v6(samples.ipv6().value() & ~spared),
                          lengths[samples.below(lengths.size())]};
    const IpAddress v4 = samples.ipv4();
    const auto address = nat64_synthesize(prefix, v4);
    ASSERT_TRUE(address) << address.error();
    ASSERT_TRUE(prefix.contains(*address)) << prefix.text() << " " << address->text();
    ASSERT_EQ(address->value() & spared, Uint128{0}) << prefix.text() << " " << address->text();
    const auto found = nat64_embedded(*address, prefix);
    ASSERT_TRUE(found) << found.error();
    ASSERT_EQ(found->address, v4) << prefix.text() << " " << address->text();
    ASSERT_EQ(found->suffix, Uint128{0});
  }
}

TEST(Nat64, RefusesWhatIsNone) {
  const auto complaint = [](std::string_view address, std::string_view prefix) {
    const auto found = nat64_embedded(ip(address), *IpPrefix::parse(prefix));
    return found ? "" : found.error();
  };
  EXPECT_EQ(complaint("2001:db8::1", "2001:db8::/33"), "/33 is none of /32, /40, /48, /56, /64 and /96");
  EXPECT_EQ(complaint("2001:db9::1", "2001:db8::/32"), "2001:db9::1 is not in 2001:db8::/32");
  EXPECT_EQ(complaint("192.0.2.1", "192.0.2.0/32"), "the prefix of a translator is IPv6");
  EXPECT_EQ(complaint("2001:db8:c000:221:100::", "2001:db8::/32"),
            "bits 64 to 71 of 2001:db8:c000:221:100:: are not zero");
  EXPECT_EQ(complaint("2001:db8:0:0:100::1", "2001:db8:0:0:100::/96"),
            "bits 64 to 71 of the prefix are not zero");
  EXPECT_EQ(nat64_embedded(ip("2001:db8:c000:221::1"), *IpPrefix::parse("2001:db8::/32"))->suffix,
            Uint128{1});
  EXPECT_EQ(nat64_synthesize(*IpPrefix::parse("64:ff9b::/96"), ip("::1")).error(), "::1 is no IPv4 address");
  EXPECT_EQ(nat64_synthesize(*IpPrefix::parse("64:ff9b::/95"), ip("1.2.3.4")).error(),
            "/95 is none of /32, /40, /48, /56, /64 and /96");
}

}  // namespace
}  // namespace net
