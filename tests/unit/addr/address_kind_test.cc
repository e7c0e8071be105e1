#include "net/addr/address_kind.hh"

#include "net/addr/special_purpose.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace net {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST(AddressKind, IsToldInWords) {
  struct Case {
    std::string_view address;
    std::string_view words;
    std::string_view source;
    std::string_view scope;
  };
  constexpr Case cases[] = {
      {"0.0.0.0", "this host on this network", "RFC 1122", "-"},
      {"8.8.8.8", "public unicast", "RFC 4632", "global"},
      {"10.1.2.3", "private use", "RFC 1918", "global"},
      {"127.0.0.1", "loopback", "RFC 1122", "host"},
      {"169.254.1.1", "link-local", "RFC 3927", "link-local"},
      {"224.0.0.1", "multicast, local network control (never forwarded)", "RFC 5771", "link-local"},
      {"224.0.1.1", "multicast, internetwork control", "RFC 5771", "global"},
      {"224.0.2.0", "multicast, ad hoc block I", "RFC 5771", "global"},
      {"224.0.255.255", "multicast, ad hoc block I", "RFC 5771", "global"},
      {"224.1.0.0", "multicast, not assigned", "RFC 5771", "global"},
      {"224.2.0.1", "multicast, SDP/SAP", "RFC 5771", "global"},
      {"224.4.255.255", "multicast, ad hoc block II", "RFC 5771", "global"},
      {"231.255.255.255", "multicast, not assigned", "RFC 5771", "global"},
      {"232.0.0.0", "multicast, source-specific (SSM)", "RFC 4607", "global"},
      {"233.251.255.255", "multicast, GLOP (by AS number)", "RFC 3180", "global"},
      {"233.252.0.1", "multicast, documentation (MCAST-TEST-NET)", "RFC 6676", "global"},
      {"233.252.1.0", "multicast, ad hoc block III", "RFC 5771", "global"},
      {"234.1.2.3", "multicast, unicast-prefix-based", "RFC 6034", "global"},
      {"239.0.0.0", "multicast, administratively scoped", "RFC 2365", "administrative"},
      {"239.192.0.0", "multicast, organization-local", "RFC 2365", "organization-local"},
      {"239.255.255.250", "multicast, local scope", "RFC 2365", "local"},
      {"240.0.0.0", "reserved for future use", "RFC 1112", "global"},
      {"255.255.255.255", "limited broadcast", "RFC 8190, RFC 919", "link-local"},
      {"::", "unspecified", "RFC 4291", "-"},
      {"::1", "loopback", "RFC 4291", "host"},
      {"::2", "IPv4-compatible (deprecated)", "RFC 4291", "global"},
      {"::192.0.2.1", "IPv4-compatible (deprecated)", "RFC 4291", "global"},
      {"::1:0:0:1", "not assigned (reserved by the IETF)", "RFC 4291", "global"},
      {"::ffff:127.0.0.1", "IPv4-mapped", "RFC 4291", "host"},
      {"::ffff:169.254.0.1", "IPv4-mapped", "RFC 4291", "link-local"},
      {"::ffff:0:192.0.2.1", "IPv4-translated (SIIT, obsolete)", "RFC 2765", "global"},
      {"64:ff9b::1", "IPv4-IPv6 translation (NAT64)", "RFC 6052", "global"},
      {"64:ff9b:1:2::1", "IPv4-IPv6 translation (local-use NAT64)", "RFC 8215", "global"},
      {"100::1", "discard-only", "RFC 6666", "global"},
      {"100:0:0:1::1", "dummy prefix", "RFC 9780", "global"},
      {"2001::1", "Teredo", "RFC 4380, RFC 8190", "global"},
      {"2001:10::1", "ORCHID (deprecated)", "RFC 4843", "global"},
      {"2001:2f::1", "ORCHIDv2", "RFC 7343", "global"},
      {"2001:db8::1", "documentation", "RFC 3849", "global"},
      {"3fff:fff::1", "documentation", "RFC 9637", "global"},
      {"2002::1", "6to4", "RFC 3056", "global"},
      {"2600::1", "global unicast", "RFC 4291", "global"},
      {"3ffe::1", "6bone (returned)", "RFC 3701", "global"},
      {"4000::1", "not assigned (reserved by the IETF)", "RFC 4291", "global"},
      {"5f00::1", "segment routing (SRv6) SIDs", "RFC 9602", "global"},
      {"fd12:3456:789a:1::1", "unique local", "RFC 4193, RFC 8190", "global"},
      {"fe80::1", "link-local", "RFC 4291", "link-local"},
      {"fec0::1", "site-local (deprecated)", "RFC 3879", "site-local"},
      {"ff00::1", "multicast", "RFC 4291", "reserved"},
      {"ff01::1", "multicast", "RFC 4291", "interface-local"},
      {"ff02::1", "multicast", "RFC 4291", "link-local"},
      {"ff02::1:ff00:1", "multicast, solicited-node", "RFC 4291", "link-local"},
      {"ff03::1", "multicast", "RFC 4291", "realm-local"},
      {"ff04::1", "multicast", "RFC 4291", "admin-local"},
      {"ff05::1", "multicast", "RFC 4291", "site-local"},
      {"ff06::1", "multicast", "RFC 4291", "unassigned"},
      {"ff08::1", "multicast", "RFC 4291", "organization-local"},
      {"ff1e::1", "multicast, transient", "RFC 4291", "global"},
      {"ff3e::1", "multicast, unicast-prefix-based", "RFC 3306", "global"},
      {"ff7e::1", "multicast, embedded rendezvous point", "RFC 3956", "global"},
      {"ff0f::1", "multicast", "RFC 4291", "reserved"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(address_kind(ip(c.address)).words, c.words) << c.address;
    EXPECT_EQ(address_kind(ip(c.address)).source, c.source) << c.address;
    EXPECT_EQ(scope_words(ip(c.address)).value_or("-"), c.scope) << c.address;
  }
}

TEST(AddressKind, NamesWellKnownGroups) {
  struct Case {
    std::string_view address;
    std::string_view name;
  };
  constexpr Case cases[] = {
      {"224.0.0.1", "all hosts"},
      {"224.0.0.251", "mDNS"},
      {"239.255.255.250", "SSDP (UPnP)"},
      {"224.0.0.3", ""},
      {"8.8.8.8", ""},
      {"ff01::1", "all nodes"},
      {"ff02::1", "all nodes"},
      {"ff05::2", "all routers"},
      {"ff02::fb", "mDNS"},
      {"ff0e::fb", "mDNS"},
      {"ff12::fb", ""},
      {"ff02::1:2", "DHCPv6 servers and relays"},
      {"ff02::1:3", "LLMNR"},
      {"ff05::1:3", "DHCPv6 servers"},
      {"ff08::1:3", ""},
      {"ff00::1", ""},
      {"ff0e::1", ""},
      {"ff0e::2", ""},
      {"ff0e::5", ""},
      {"ff05::1:2", ""},
      {"fe80::1", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(group_name(ip(c.address)), c.name) << c.address;
}

TEST(AddressKind, OfANetworkIsThatOfAllOfIt) {
  struct Case {
    std::string_view network;
    std::string_view words;
    bool special;
    bool mixed;
  };
  constexpr Case cases[] = {
      {"10.0.0.0/8", "private use", true, false},
      {"10.0.0.0/7", "public unicast", false, true},
      {"8.0.0.0/8", "public unicast", false, false},
      {"192.0.0.0/24", "IETF protocol assignments", true, true},
      {"224.0.0.0/24", "multicast, local network control (never forwarded)", false, false},
      {"0.0.0.0/0", "public unicast", false, true},
      {"fe80::/64", "link-local", true, false},
      {"2001::/16", "global unicast", false, true},
  };
  for (const Case& c : cases) {
    const IpPrefix network = *IpPrefix::parse(c.network);
    EXPECT_EQ(address_kind(network).words, c.words) << c.network;
    EXPECT_EQ(special_purpose(network) != nullptr, c.special) << c.network;
    EXPECT_EQ(is_mixed(network), c.mixed) << c.network;
  }
}

}  // namespace
}  // namespace net
