#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_wire.hh"

// Multicast and anycast by the option table: what the kernel's lists show, and who hears what. In networks
// of their own, where nobody else joins or sends.
namespace net {
namespace {

struct Membership {
  std::string_view name;
  int family;
  std::string_view join;
  std::string_view leave;
  std::string_view file;
  std::string_view entry;
};

constexpr Membership memberships[] = {
    {"Ip", AF_INET, "IP_ADD_MEMBERSHIP=239.1.2.3,lo", "IP_DROP_MEMBERSHIP=239.1.2.3,lo", "net/igmp",
     "030201EF"},
    {"IpByAddress", AF_INET, "IP_ADD_MEMBERSHIP=239.1.2.3,127.0.0.1",
     "IP_DROP_MEMBERSHIP=239.1.2.3,127.0.0.1", "net/igmp", "030201EF"},
    {"IpSource", AF_INET, "IP_ADD_SOURCE_MEMBERSHIP=239.1.2.3,192.0.2.7,127.0.0.1",
     "IP_DROP_SOURCE_MEMBERSHIP=239.1.2.3,192.0.2.7,127.0.0.1", "net/mcfilter", "0xef010203 0xc0000207"},
    {"McastIp", AF_INET, "IPPROTO_IP:MCAST_JOIN_GROUP=239.1.2.3,lo",
     "IPPROTO_IP:MCAST_LEAVE_GROUP=239.1.2.3,lo", "net/igmp", "030201EF"},
    {"McastIpSource", AF_INET, "IPPROTO_IP:MCAST_JOIN_SOURCE_GROUP=239.1.2.3,192.0.2.7,lo",
     "IPPROTO_IP:MCAST_LEAVE_SOURCE_GROUP=239.1.2.3,192.0.2.7,lo", "net/mcfilter", "0xef010203 0xc0000207"},
    {"Ipv6", AF_INET6, "IPV6_JOIN_GROUP=ff02::1234,lo", "IPV6_LEAVE_GROUP=ff02::1234,lo", "net/igmp6",
     "ff020000000000000000000000001234"},
    {"Ipv6ByZone", AF_INET6, "IPV6_ADD_MEMBERSHIP=ff02::1234%lo", "IPV6_DROP_MEMBERSHIP=ff02::1234%1",
     "net/igmp6", "ff020000000000000000000000001234"},
    {"McastIpv6", AF_INET6, "IPPROTO_IPV6:MCAST_JOIN_GROUP=ff02::1234,lo",
     "IPPROTO_IPV6:MCAST_LEAVE_GROUP=ff02::1234,lo", "net/igmp6", "ff020000000000000000000000001234"},
    {"McastIpv6Source", AF_INET6, "IPPROTO_IPV6:MCAST_JOIN_SOURCE_GROUP=ff02::1234,2001:db8::7,lo",
     "IPPROTO_IPV6:MCAST_LEAVE_SOURCE_GROUP=ff02::1234,2001:db8::7,lo", "net/mcfilter6",
     "ff020000000000000000000000001234 20010db8000000000000000000000007"},
    {"Anycast", AF_INET6, "IPV6_JOIN_ANYCAST=2001:db8::a,lo", "IPV6_LEAVE_ANYCAST=2001:db8::a,lo",
     "net/anycast6", "20010db800000000000000000000000a"},
};

TEST(SockoptGroup, JoinedAndLeftInTheKernelsLists) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  // Within whose prefix the anycast address is.
  network.run_ip({"addr", "add", "2001:db8::1/64", "dev", "lo", "nodad"});
  network.in([] {
    for (const Membership& membership : memberships) {
      SCOPED_TRACE(membership.name);
      const auto listed = [&] { return proc_text(std::string(membership.file)).contains(membership.entry); };
      const Socket socket = wire_socket(membership.family, SOCK_DGRAM);
      EXPECT_FALSE(listed());
      EXPECT_EQ(set_text(socket, membership.join), "");
      EXPECT_TRUE(listed()) << proc_text(std::string(membership.file));
      EXPECT_EQ(set_text(socket, membership.leave), "");
      EXPECT_FALSE(listed()) << proc_text(std::string(membership.file));
    }
  });
}

/// The kernel's filter of the socket for the group: "exclude" and the sources, by a getsockopt of our own.
std::multiset<std::string> filter_of(const Socket& socket, int family) {
  std::array<std::byte, GROUP_FILTER_SIZE(8)> memory{};
  group_filter filter{};
  filter.gf_interface = 1;
  const auto group = Endpoint::parse_ip(family == AF_INET ? "239.1.2.3" : "ff02::1234", 0);
  std::memcpy(&filter.gf_group, group->data(), group->size());
  filter.gf_numsrc = 8;
  std::memcpy(memory.data(), &filter, GROUP_FILTER_SIZE(0));
  socklen_t length = memory.size();
  const int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  if (getsockopt(socket.fd(), level, MCAST_MSFILTER, memory.data(), &length) < 0) return {"none"};
  std::memcpy(&filter, memory.data(), GROUP_FILTER_SIZE(0));
  std::multiset<std::string> out{filter.gf_fmode == MCAST_INCLUDE ? "include" : "exclude"};
  for (std::size_t at = GROUP_FILTER_SIZE(0); at + sizeof(sockaddr_storage) <= length;
       at += sizeof(sockaddr_storage)) {
    out.insert(
        Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&memory.at(at)), sizeof(sockaddr_storage))
            .address_text());
  }
  return out;
}

struct Filtering {
  std::string_view name;
  int family;
  std::vector<std::string_view> settings;
  std::multiset<std::string> filter;
};

std::vector<Filtering> filterings() {
  constexpr std::string_view join4 = "IP_ADD_MEMBERSHIP=239.1.2.3,lo";
  constexpr std::string_view block4 = "IP_BLOCK_SOURCE=239.1.2.3,192.0.2.7,127.0.0.1";
  constexpr std::string_view join6 = "IPV6_JOIN_GROUP=ff02::1234,lo";
  constexpr std::string_view block6 = "IPPROTO_IPV6:MCAST_BLOCK_SOURCE=ff02::1234,2001:db8::7,lo";
  return {
      {"Join", AF_INET, {join4}, {"exclude"}},
      {"Block", AF_INET, {join4, block4}, {"exclude", "192.0.2.7"}},
      {"BlockAndUnblock",
       AF_INET,
       {join4, block4, "IP_UNBLOCK_SOURCE=239.1.2.3,192.0.2.7,127.0.0.1"},
       {"exclude"}},
      {"McastUnblock",
       AF_INET,
       {join4, "IPPROTO_IP:MCAST_BLOCK_SOURCE=239.1.2.3,192.0.2.8,lo", block4,
        "IPPROTO_IP:MCAST_UNBLOCK_SOURCE=239.1.2.3,192.0.2.7,lo"},
       {"exclude", "192.0.2.8"}},
      {"AddSources",
       AF_INET,
       {"IP_ADD_SOURCE_MEMBERSHIP=239.1.2.3,192.0.2.7,127.0.0.1",
        "IPPROTO_IP:MCAST_JOIN_SOURCE_GROUP=239.1.2.3,192.0.2.8,lo"},
       {"include", "192.0.2.7", "192.0.2.8"}},
      {"Msfilter",
       AF_INET,
       {join4, "IP_MSFILTER=239.1.2.3,127.0.0.1,include,192.0.2.7,192.0.2.9"},
       {"include", "192.0.2.7", "192.0.2.9"}},
      {"McastMsfilter",
       AF_INET,
       {join4, "IPPROTO_IP:MCAST_MSFILTER=239.1.2.3,lo,exclude,192.0.2.9"},
       {"exclude", "192.0.2.9"}},
      {"MsfilterLeaves", AF_INET, {join4, "IP_MSFILTER=239.1.2.3,127.0.0.1,include"}, {"none"}},
      {"Block6", AF_INET6, {join6, block6}, {"exclude", "2001:db8::7"}},
      {"Unblock6",
       AF_INET6,
       {join6, block6, "IPPROTO_IPV6:MCAST_UNBLOCK_SOURCE=ff02::1234,2001:db8::7,lo"},
       {"exclude"}},
      {"Msfilter6",
       AF_INET6,
       {join6, "IPPROTO_IPV6:MCAST_MSFILTER=ff02::1234,lo,include,2001:db8::8,2001:db8::7"},
       {"include", "2001:db8::7", "2001:db8::8"}},
      {"Msfilter6ByZone",
       AF_INET6,
       {join6, "IPPROTO_IPV6:MCAST_MSFILTER=ff02::1234%lo,exclude"},
       {"exclude"}},
  };
}

TEST(SockoptGroup, SourcesAreFilteredAsTold) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    for (const Filtering& filtering : filterings()) {
      SCOPED_TRACE(filtering.name);
      const Socket socket = wire_socket(filtering.family, SOCK_DGRAM);
      for (const std::string_view setting : filtering.settings) {
        EXPECT_EQ(set_text(socket, setting), "") << setting;
      }
      EXPECT_EQ(filter_of(socket, filtering.family), filtering.filter);
    }
  });
}

/// A network with two cables, since lo carries no multicast of IPv6.
class TwoCables {
 public:
  TwoCables() {
    // Else addresses of IPv6 are not used before they are known to be unique.
    network_.sysctl("net.ipv6.conf.all.accept_dad", "0");
    network_.sysctl("net.ipv6.conf.default.accept_dad", "0");
    network_.veth(other_, "near", "end1");
    network_.veth(other_, "far", "end2");
    network_.run_ip({"addr", "add", "198.18.1.1/24", "dev", "near"});
    network_.run_ip({"addr", "add", "198.18.2.1/24", "dev", "far"});
    network_.run_ip({"addr", "add", "2001:db8::1/64", "dev", "near", "nodad"});
  }

  template <class Work>
  void in(Work work) const {
    network_.in(work);
  }

 private:
  test::Namespace network_;
  test::Namespace other_;
};

/// A member of the group on a cable, and a sender with an address there.
struct Conversation {
  explicit Conversation(int family)
      : member(bound_udp_anywhere(family)),
        sender(wire_socket(family, SOCK_DGRAM)),
        prefix(family == AF_INET ? "IP_" : "IPV6_"),
        group(*Endpoint::parse_ip(family == AF_INET ? "239.1.2.3" : "ff02::1234", member.local().port())) {
    EXPECT_TRUE(sender.bind(*Endpoint::parse_ip(family == AF_INET ? "198.18.1.1" : "2001:db8::1", 0)));
    EXPECT_EQ(set_text(member, family == AF_INET ? "IP_ADD_MEMBERSHIP=239.1.2.3,near"
                                                 : "IPV6_JOIN_GROUP=ff02::1234,near"),
              "");
  }

  void set_sender(std::string_view setting) const {
    EXPECT_EQ(set_text(sender, prefix + std::string(setting)), "") << setting;
  }
  void expect_heard() const {
    EXPECT_EQ(send_text(sender, "heard", group), "");
    EXPECT_EQ(receive(member).bytes, "heard");
  }
  void expect_unheard() const {
    EXPECT_EQ(send_text(sender, "unheard", group), "");
    EXPECT_FALSE(has_arrived(member));
  }

  Socket member;
  Socket sender;
  std::string prefix;
  Endpoint group;
};

TEST(SockoptGroup, TheInterfaceTheSenderNames) {
  REQUIRE_NAMESPACES();
  const TwoCables network;
  network.in([] {
    for (const auto& [far, near] : {std::pair("IP_MULTICAST_IF=far", "IP_MULTICAST_IF=near"),
                                    std::pair("IP_MULTICAST_IF=198.18.2.1", "IP_MULTICAST_IF=198.18.1.1"),
                                    std::pair("IPV6_MULTICAST_IF=far", "IPV6_MULTICAST_IF=near"),
                                    std::pair("IPV6_PKTINFO=::,far", "IPV6_PKTINFO=::,near")}) {
      SCOPED_TRACE(near);
      const Conversation talk(std::string_view(far).starts_with("IP_") ? AF_INET : AF_INET6);
      EXPECT_EQ(set_text(talk.sender, far), "");
      talk.expect_unheard();
      EXPECT_EQ(set_text(talk.sender, near), "");
      talk.expect_heard();
    }
  });
}

TEST(SockoptGroup, HopLimitAndLoop) {
  REQUIRE_NAMESPACES();
  const TwoCables network;
  network.in([] {
    for (const int family : {AF_INET, AF_INET6}) {
      SCOPED_TRACE(family);
      const Conversation talk(family);
      talk.set_sender("MULTICAST_IF=near");
      talk.set_sender(family == AF_INET ? "MULTICAST_TTL=9" : "MULTICAST_HOPS=9");
      EXPECT_EQ(set_text(talk.member, family == AF_INET ? "IP_RECVTTL" : "IPV6_RECVHOPLIMIT"), "");
      EXPECT_EQ(send_text(talk.sender, "x", talk.group), "");
      const Received received = receive(talk.member);
      const ControlMessage* hops =
          family == AF_INET ? received.find(IPPROTO_IP, IP_TTL) : received.find(IPPROTO_IPV6, IPV6_HOPLIMIT);
      ASSERT_NE(hops, nullptr);
      EXPECT_EQ(hops->number(), 9);
      talk.set_sender("MULTICAST_LOOP=off");
      talk.expect_unheard();
    }
  });
}

TEST(SockoptGroup, BlockedSourcesAreNotHeard) {
  REQUIRE_NAMESPACES();
  const TwoCables network;
  network.in([] {
    for (const int family : {AF_INET, AF_INET6}) {
      SCOPED_TRACE(family);
      const Conversation talk(family);
      talk.set_sender("MULTICAST_IF=near");
      const std::string source = family == AF_INET
                                     ? "IPPROTO_IP:MCAST_BLOCK_SOURCE=239.1.2.3,198.18.1.1,near"
                                     : "IPPROTO_IPV6:MCAST_BLOCK_SOURCE=ff02::1234,2001:db8::1,near";
      EXPECT_EQ(set_text(talk.member, source), "");
      talk.expect_unheard();
      std::string back = source;
      back.replace(back.find("BLOCK"), 5, "UNBLOCK");
      EXPECT_EQ(set_text(talk.member, back), "");
      talk.expect_heard();
    }
  });
}

TEST(SockoptGroup, AllHearsGroupsOfOthers) {
  REQUIRE_NAMESPACES();
  const TwoCables network;
  network.in([] {
    for (const int family : {AF_INET, AF_INET6}) {
      SCOPED_TRACE(family);
      const Conversation talk(family);
      talk.set_sender("MULTICAST_IF=near");
      const Socket stranger = bound_udp_anywhere(family);
      const Endpoint there = talk.group.with_port(stranger.local().port());
      EXPECT_EQ(set_text(stranger, talk.prefix + "MULTICAST_ALL=off"), "");
      EXPECT_EQ(send_text(talk.sender, "unheard", there), "");
      EXPECT_FALSE(has_arrived(stranger));
      EXPECT_EQ(set_text(stranger, talk.prefix + "MULTICAST_ALL=on"), "");
      EXPECT_EQ(send_text(talk.sender, "heard", there), "");
      EXPECT_EQ(receive(stranger).bytes, "heard");
    }
  });
}

}  // namespace
}  // namespace net
