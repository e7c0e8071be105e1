// Messages of rtnetlink(7) made by hand, byte by byte, and what is read in them.

#include "net/kern/rtnetlink.hh"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/kern/netlink_message.hh"

namespace net::kern {
namespace {

constexpr std::uint32_t eth0 = 2;

ifinfomsg link_header(std::uint16_t hardware = ARPHRD_ETHER) {
  ifinfomsg header{};
  header.ifi_index = eth0;
  header.ifi_type = hardware;
  header.ifi_flags = 0x1043;
  return header;
}

ifaddrmsg address_header(unsigned char family, unsigned char prefix_length, unsigned char flags = 0) {
  ifaddrmsg header{};
  header.ifa_family = family;
  header.ifa_prefixlen = prefix_length;
  header.ifa_flags = flags;
  header.ifa_scope = RT_SCOPE_LINK;
  header.ifa_index = eth0;
  return header;
}

rtmsg default_route(unsigned char family) {
  rtmsg header{};
  header.rtm_family = family;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_type = RTN_UNICAST;
  return header;
}

constexpr std::string_view v4_a("\xc0\x00\x02\x01", 4);
constexpr std::string_view v4_b("\xc0\x00\x02\x02", 4);
constexpr std::string_view v6_a("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);

std::string stats_with(std::uint64_t first) {
  rtnl_link_stats64 stats{};
  stats.rx_packets = first;
  stats.tx_packets = first + 1;
  stats.rx_bytes = first + 2;
  stats.tx_bytes = first + 3;
  stats.rx_errors = first + 4;
  stats.tx_errors = first + 5;
  stats.rx_dropped = first + 6;
  stats.tx_dropped = first + 7;
  return raw(stats);
}

TEST(RtnetlinkLink, AllOfIt) {
  const auto link = decode_link(*NetlinkMessage(
      RTM_NEWLINK, link_header(),
      attribute(IFLA_IFNAME, std::string_view("eth0\0", 5)) + attribute(IFLA_MTU, raw(1400U)) +
          attribute(IFLA_ADDRESS, "\x02\xfc\x01\x02\x03\x04") +
          attribute(IFLA_BROADCAST, "\xff\xff\xff\xff\xff\xff") + attribute(IFLA_OPERSTATE, "\x06") +
          attribute(IFLA_CARRIER, std::string_view("\0", 1)) + attribute(IFLA_MASTER, raw(7U)) +
          attribute(IFLA_STATS64, stats_with(10)) +
          attribute(IFLA_LINKINFO | NLA_F_NESTED,
                    attribute(IFLA_INFO_KIND, "veth") + attribute(IFLA_INFO_DATA, "x")) +
          attribute(IFLA_PROP_LIST | NLA_F_NESTED,
                    attribute(IFLA_ALT_IFNAME, "a long name") + attribute(IFLA_ALT_IFNAME, "b"))));
  ASSERT_TRUE(link);
  EXPECT_EQ(link->index, eth0);
  EXPECT_EQ(link->name, "eth0");
  EXPECT_EQ(link->flags, 0x1043U);
  EXPECT_EQ(link->mtu, 1400U);
  EXPECT_EQ(link->hardware, ARPHRD_ETHER);
  EXPECT_EQ(link->state, 6);
  EXPECT_FALSE(link->carrier);
  EXPECT_EQ(link->master, 7U);
  EXPECT_EQ(link->kind, "veth");
  EXPECT_EQ(link->alternative_names, (std::vector<std::string>{"a long name", "b"}));
  EXPECT_EQ(link->rx.packets, 10U);
  EXPECT_EQ(link->tx.packets, 11U);
  EXPECT_EQ(link->rx.bytes, 12U);
  EXPECT_EQ(link->tx.bytes, 13U);
  EXPECT_EQ(link->rx.errors, 14U);
  EXPECT_EQ(link->tx.errors, 15U);
  EXPECT_EQ(link->rx.dropped, 16U);
  EXPECT_EQ(link->tx.dropped, 17U);
  ASSERT_TRUE(link->mac());
  EXPECT_EQ(hex_text(*link->mac()), "02fc01020304");
}

TEST(RtnetlinkLink, WhatIsNoMac) {
  struct Case {
    std::string_view name;
    std::uint16_t hardware;
    std::string_view address;
    bool mac;
  };
  const Case cases[] = {
      {"ethernet", ARPHRD_ETHER, "\x02\x02\x03\x04\x05\x06", true},
      {"EUI-64", ARPHRD_IEEE802154, "\x02\x02\x03\x04\x05\x06\x07\x08", true},
      {"loopback", ARPHRD_LOOPBACK, std::string_view("\0\0\0\0\0\0", 6), false},
      {"sit", ARPHRD_SIT, v4_a, false},
      {"ipip", ARPHRD_TUNNEL, v4_a, false},
      {"gre", ARPHRD_IPGRE, v4_a, false},
      {"ip6tnl", ARPHRD_TUNNEL6, v6_a, false},
      {"ip6gre", 823, v6_a, false},
      {"tun", 0xfffe, "", false},
      {"infiniband", ARPHRD_INFINIBAND, "01234567890123456789", false},
  };
  for (const Case& c : cases) {
    const auto link = decode_link(
        *NetlinkMessage(RTM_NEWLINK, link_header(c.hardware), attribute(IFLA_ADDRESS, c.address)));
    ASSERT_TRUE(link) << c.name;
    EXPECT_EQ(link->mac().has_value(), c.mac) << c.name;
  }
}

TEST(RtnetlinkLink, EndsOfTunnels) {
  const auto ends = [](std::uint16_t hardware, std::string_view here, std::string_view there) {
    const auto link =
        decode_link(*NetlinkMessage(RTM_NEWLINK, link_header(hardware),
                                    attribute(IFLA_ADDRESS, here) + attribute(IFLA_BROADCAST, there)));
    const auto text = [](const std::optional<Endpoint>& end) { return end ? end->address_text() : "-"; };
    return text(link->tunnel_local()) + " " + text(link->tunnel_remote());
  };
  EXPECT_EQ(ends(ARPHRD_SIT, v4_a, v4_b), "192.0.2.1 192.0.2.2");
  EXPECT_EQ(ends(ARPHRD_IPGRE, v4_a, std::string_view("\0\0\0\0", 4)), "192.0.2.1 -");
  EXPECT_EQ(ends(ARPHRD_TUNNEL6, v6_a, v6_a), "fe80::1 fe80::1");
  EXPECT_EQ(ends(ARPHRD_SIT, "\x01\x02\x03", ""), "- -");
  EXPECT_EQ(ends(ARPHRD_ETHER, v4_a, v4_b), "- -");
}

TEST(RtnetlinkAddress, PointToPointAndNot) {
  struct Case {
    std::string_view name;
    unsigned char family;
    std::string attributes;
    std::string address;
    std::string peer;
  };
  const Case cases[] = {
      {"IPv4", AF_INET, attribute(IFA_ADDRESS, v4_a) + attribute(IFA_LOCAL, v4_a), "192.0.2.1", "-"},
      {"IPv4 point-to-point", AF_INET, attribute(IFA_ADDRESS, v4_b) + attribute(IFA_LOCAL, v4_a), "192.0.2.1",
       "192.0.2.2"},
      {"IPv6", AF_INET6, attribute(IFA_ADDRESS, v6_a), "fe80::1", "-"},
      {"only the local end", AF_INET, attribute(IFA_LOCAL, v4_a), "192.0.2.1", "-"},
      {"a broken peer", AF_INET, attribute(IFA_ADDRESS, "\x01\x02") + attribute(IFA_LOCAL, v4_a), "192.0.2.1",
       "-"},
      {"an address of the other family", AF_INET, attribute(IFA_ADDRESS, v6_a), "", ""},
      {"no address", AF_INET6, "", "", ""},
      {"neither IPv4 nor IPv6", AF_UNIX, attribute(IFA_ADDRESS, v4_a), "", ""},
  };
  for (const Case& c : cases) {
    const auto found =
        decode_address(*NetlinkMessage(RTM_NEWADDR, address_header(c.family, 24), c.attributes));
    EXPECT_EQ(found.has_value(), !c.address.empty()) << c.name;
    if (!found) continue;
    EXPECT_EQ(found->address.address_text(), c.address) << c.name;
    EXPECT_EQ(found->peer ? found->peer->address_text() : "-", c.peer) << c.name;
    EXPECT_EQ(found->prefix_length, 24) << c.name;
    EXPECT_EQ(found->scope, RT_SCOPE_LINK) << c.name;
    EXPECT_EQ(found->interface, eth0) << c.name;
  }
}

TEST(RtnetlinkAddress, FlagsAndLifetime) {
  ifa_cacheinfo times{};
  times.ifa_valid = 3600;
  const std::string address = attribute(IFA_ADDRESS, v6_a);
  const ifaddrmsg header = address_header(AF_INET6, 64, IFA_F_PERMANENT);
  const auto with = [&](const std::string& more) {
    return decode_address(*NetlinkMessage(RTM_NEWADDR, header, address + more)).value();
  };
  EXPECT_EQ(with("").flags, IFA_F_PERMANENT);
  EXPECT_EQ(with("").valid, std::nullopt);
  // Eight bits of flags were too few.
  EXPECT_EQ(with(attribute(IFA_FLAGS, raw(0x240U))).flags, 0x240U);
  EXPECT_EQ(with(attribute(IFA_FLAGS, "\x01")).flags, IFA_F_PERMANENT);
  EXPECT_EQ(with(attribute(IFA_CACHEINFO, raw(times))).valid, std::chrono::hours(1));
  times.ifa_valid = UINT32_MAX;
  EXPECT_EQ(with(attribute(IFA_CACHEINFO, raw(times))).valid, std::nullopt);
  EXPECT_EQ(with(attribute(IFA_CACHEINFO, "\x01\x02\x03\x04")).valid, std::nullopt);
}

TEST(RtnetlinkRoute, OneGateway) {
  const auto routes = decode_default_route(*NetlinkMessage(
      RTM_NEWROUTE, default_route(AF_INET),
      attribute(RTA_GATEWAY, v4_a) + attribute(RTA_OIF, raw(eth0)) + attribute(RTA_PRIORITY, raw(100U))));
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0].interface, eth0);
  EXPECT_EQ(routes[0].family, AF_INET);
  EXPECT_EQ(routes[0].gateway.address_text(), "192.0.2.1");
  EXPECT_EQ(routes[0].metric, 100U);
  EXPECT_EQ(routes[0].weight, 0);
  EXPECT_EQ(routes[0].from, std::nullopt);
}

TEST(RtnetlinkRoute, GatewaysOfOtherKinds) {
  struct Case {
    std::string_view name;
    std::string attributes;
    std::string gateway;
  };
  const std::string out = attribute(RTA_OIF, raw(eth0));
  const Case cases[] = {
      {"on the link", out, ""},
      {"IPv6 for IPv4", out + attribute(RTA_VIA, raw(std::uint16_t{AF_INET6}) + std::string(v6_a)),
       "fe80::1"},
      {"a RTA_VIA without its address", out + attribute(RTA_VIA, raw(std::uint16_t{AF_INET6})), ""},
      {"a RTA_VIA of one byte", out + attribute(RTA_VIA, "\x02"), ""},
      {"a short gateway", out + attribute(RTA_GATEWAY, "\x01\x02\x03"), ""},
      {"a long gateway", out + attribute(RTA_GATEWAY, v6_a), ""},
  };
  for (const Case& c : cases) {
    const auto routes =
        decode_default_route(*NetlinkMessage(RTM_NEWROUTE, default_route(AF_INET), c.attributes));
    ASSERT_EQ(routes.size(), 1U) << c.name;
    EXPECT_EQ(routes[0].gateway.address_text(), c.gateway) << c.name;
  }
}

TEST(RtnetlinkRoute, OnlyDefaultRoutesOfTheMainTableThatLeadOut) {
  const std::string attributes = attribute(RTA_GATEWAY, v4_a) + attribute(RTA_OIF, raw(eth0));
  const auto count = [](const rtmsg& header, const std::string& tail) {
    return decode_default_route(*NetlinkMessage(RTM_NEWROUTE, header, tail)).size();
  };
  rtmsg header = default_route(AF_INET);
  EXPECT_EQ(count(header, attributes), 1U);
  EXPECT_EQ(count(header, attribute(RTA_GATEWAY, v4_a)), 0U) << "no interface";
  EXPECT_EQ(count(header, attributes + attribute(RTA_TABLE, raw(1000U))), 0U) << "another table";
  header.rtm_dst_len = 1;
  EXPECT_EQ(count(header, attributes), 0U) << "0.0.0.0/1";
  header = default_route(AF_INET);
  header.rtm_type = RTN_UNREACHABLE;
  EXPECT_EQ(count(header, attributes), 0U) << "unreachable";
  header = default_route(AF_INET);
  header.rtm_table = RT_TABLE_LOCAL;
  EXPECT_EQ(count(header, attributes), 0U) << "the local table";
  EXPECT_EQ(count(header, attributes + attribute(RTA_TABLE, raw(254U))), 1U) << "RTA_TABLE has the last word";
  header = default_route(128);
  EXPECT_EQ(count(header, attributes), 0U) << "multicast routes";
}

TEST(RtnetlinkRoute, OfSomeSourcesOnly) {
  rtmsg header = default_route(AF_INET6);
  header.rtm_src_len = 56;
  const auto routes = decode_default_route(
      *NetlinkMessage(RTM_NEWROUTE, header, attribute(RTA_OIF, raw(eth0)) + attribute(RTA_SRC, v6_a)));
  ASSERT_EQ(routes.size(), 1U);
  ASSERT_TRUE(routes[0].from);
  EXPECT_EQ(routes[0].from->address_text(), "fe80::1");
  EXPECT_EQ(routes[0].from_length, 56);
}

std::string hop(std::uint32_t interface, int weight, unsigned char flags, const std::string& attributes) {
  rtnexthop header{};
  header.rtnh_len = static_cast<unsigned short>(sizeof header + attributes.size());
  header.rtnh_hops = static_cast<unsigned char>(weight - 1);
  header.rtnh_flags = flags;
  header.rtnh_ifindex = static_cast<int>(interface);
  return raw(header) + attributes;
}

TEST(RtnetlinkRoute, SeveralGateways) {
  const std::string hops = hop(3, 1, 0, attribute(RTA_GATEWAY, v4_a)) +
                           hop(4, 20, RTNH_F_DEAD, attribute(RTA_GATEWAY, v4_b)) + hop(5, 256, 0, "");
  const auto routes = decode_default_route(
      *NetlinkMessage(RTM_NEWROUTE, default_route(AF_INET),
                      attribute(RTA_PRIORITY, raw(50U)) + attribute(RTA_MULTIPATH, hops)));
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].interface, 3U);
  EXPECT_EQ(routes[0].gateway.address_text(), "192.0.2.1");
  EXPECT_EQ(routes[0].weight, 1);
  EXPECT_EQ(routes[1].interface, 4U);
  EXPECT_EQ(routes[1].gateway.address_text(), "192.0.2.2");
  EXPECT_EQ(routes[1].weight, 20);
  EXPECT_EQ(routes[1].flags, static_cast<std::uint32_t>(RTNH_F_DEAD));
  EXPECT_EQ(routes[2].gateway.address_text(), "");
  EXPECT_EQ(routes[2].weight, 256);
  for (const DefaultRoute& route : routes) EXPECT_EQ(route.metric, 50U);
}

TEST(RtnetlinkRoute, HopsThatEndTooSoon) {
  const std::string whole = hop(3, 1, 0, attribute(RTA_GATEWAY, v4_a));
  const auto count = [](const std::string& hops) {
    return decode_default_route(
               *NetlinkMessage(RTM_NEWROUTE, default_route(AF_INET), attribute(RTA_MULTIPATH, hops)))
        .size();
  };
  EXPECT_EQ(count(whole + whole), 2U);
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    EXPECT_EQ(count(whole + whole.substr(0, cut)), 1U) << cut;
  }
  std::string endless = whole;
  endless[0] = 0;
  EXPECT_EQ(count(endless), 0U) << "a length of zero would never end";
}

// Any length that a message may end at, and any length that an attribute may claim: nothing is read that is
// not there (AddressSanitizer watches), and nothing hangs.
TEST(Rtnetlink, TruncatedAndLying) {
  const NetlinkMessage whole[] = {
      {RTM_NEWLINK, link_header(),
       attribute(IFLA_IFNAME, "eth0") + attribute(IFLA_PROP_LIST, attribute(IFLA_ALT_IFNAME, "a")) +
           attribute(IFLA_STATS64, stats_with(1))},
      {RTM_NEWADDR, address_header(AF_INET6, 64),
       attribute(IFA_ADDRESS, v6_a) + attribute(IFA_FLAGS, raw(1U))},
      {RTM_NEWROUTE, default_route(AF_INET),
       attribute(RTA_OIF, raw(eth0)) + attribute(RTA_MULTIPATH, hop(3, 1, 0, attribute(RTA_GATEWAY, v4_a)))}};
  const auto decode = [](const NetlinkMessage& message) {
    static_cast<void>(decode_link(*message));
    static_cast<void>(decode_address(*message));
    static_cast<void>(decode_default_route(*message));
  };
  for (const NetlinkMessage& message : whole) {
    for (std::size_t length = 0; length <= message.size(); ++length) decode(message.cut(length));
    for (std::size_t at = NLMSG_HDRLEN; at < message.size(); ++at) {
      for (const int lie : {0x00, 0x01, 0x03, 0x7f, 0xff}) decode(message.with(at, std::byte(lie)));
    }
  }
}

}  // namespace
}  // namespace net::kern
