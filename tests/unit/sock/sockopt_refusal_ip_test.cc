#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_refused.hh"

// Groups, addresses and interfaces that the kernel refuses, each next to one that it takes or refuses for
// another reason.
namespace net {
namespace {

const std::vector<RefusedCase> cases = {
    // EINVAL because the socket is bound to an interface.
    {"IP_MULTICAST_IF=1", "taken", udp4, Came::nowhere, {"SO_BINDTODEVICE=lo"}},
    {"IPV6_UNICAST_IF=lo",
     "EINVAL: the socket is bound to lo (SO_BINDTODEVICE)",
     udp6,
     Came::nowhere,
     {"SO_BINDTODEVICE=lo"}},
    {"IPV6_UNICAST_IF=lo", "taken", udp6},

    // EADDRNOTAVAIL, ENODEV: addresses and interfaces.
    {"IP_MULTICAST_IF=192.0.2.77", "EADDRNOTAVAIL: no interface of this host has that address", udp4},
    {"IP_MULTICAST_IF=77777", "EADDRNOTAVAIL: no such interface", udp4},
    {"IP_UNICAST_IF=77777", "EADDRNOTAVAIL: no such interface", udp4},
    {"IPV6_MULTICAST_IF=77777", "ENODEV: no such interface", udp6},
    {"SO_BINDTODEVICE=nosuch0", "ENODEV: no such interface"},
    {"IP_ADD_MEMBERSHIP=239.255.1.2,77777", "ENODEV: no such interface", udp4},
    {"IPV6_JOIN_GROUP=ff02::1234,77777", "ENODEV: no such interface", udp6},
    {"IP_DROP_MEMBERSHIP=239.255.1.2,lo", "EADDRNOTAVAIL: the socket is no member of that group", udp4},
    {"IPV6_LEAVE_GROUP=ff02::1234,lo", "EADDRNOTAVAIL: the socket is no member of that group", udp6},
    {"IPPROTO_IP:MCAST_LEAVE_GROUP=239.255.1.2,lo", "EADDRNOTAVAIL: the socket is no member of that group",
     udp4},
    {"IP_ADD_MEMBERSHIP=239.255.1.2,lo",
     "EADDRINUSE: the socket is a member of that group already",
     udp4,
     Came::nowhere,
     {"IP_ADD_MEMBERSHIP=239.255.1.2,lo"}},
    {"IPV6_JOIN_GROUP=ff02::1234,lo",
     "EADDRINUSE: the socket is a member of that group already",
     udp6,
     Came::nowhere,
     {"IPV6_JOIN_GROUP=ff02::1234,lo"}},
    {"IPPROTO_IPV6:MCAST_JOIN_GROUP=ff02::1234,lo",
     "EADDRINUSE: the socket is a member of that group already",
     udp6,
     Came::nowhere,
     {"IPV6_JOIN_GROUP=ff02::1234,lo"}},

    {"IP_BLOCK_SOURCE=239.1.2.3,192.0.2.8,127.0.0.1", "EINVAL: the socket is no member of that group", udp4},
    {"IP_BLOCK_SOURCE=239.1.2.3,192.0.2.8,127.0.0.1",
     "taken",
     udp4,
     Came::nowhere,
     {"IP_ADD_MEMBERSHIP=239.1.2.3,127.0.0.1"}},
    {"IP_UNBLOCK_SOURCE=239.1.2.3,192.0.2.8,127.0.0.1", "EINVAL: the socket is no member of that group",
     udp4},
    {"IP_DROP_SOURCE_MEMBERSHIP=239.1.2.3,192.0.2.8,127.0.0.1",
     "EINVAL: the socket is no member of that group", udp4},
    {"IP_MSFILTER=239.1.2.3,127.0.0.1,include,192.0.2.7", "EINVAL: the socket is no member of that group",
     udp4},
    {"IPPROTO_IP:MCAST_UNBLOCK_SOURCE=239.1.2.3,192.0.2.8,lo",
     "EINVAL: the socket is no member of that group", udp4},
    {"IPPROTO_IP:MCAST_LEAVE_SOURCE_GROUP=239.1.2.3,192.0.2.8,lo",
     "EINVAL: the socket is no member of that group", udp4},
    {"IPPROTO_IPV6:MCAST_MSFILTER=ff02::1234,lo,include,2001:db8::7",
     "EINVAL: the socket is no member of that group", udp6},
    // A member, but of all sources.
    {"IP_UNBLOCK_SOURCE=239.1.2.3,192.0.2.8,127.0.0.1",
     "EADDRNOTAVAIL: ",
     udp4,
     Came::nowhere,
     {"IP_ADD_MEMBERSHIP=239.1.2.3,127.0.0.1"}},
    {"IPPROTO_IPV6:MCAST_BLOCK_SOURCE=ff02::1234,2001:db8::7,lo",
     "EINVAL: the socket is no member of that group", udp6},
};

TEST(OptionRefusalOfIp, TheCauseIsNamed) {
  REQUIRE_ROOT();
  for (const RefusedCase& c : cases) EXPECT_EQ(answer_to(c), c.answer) << c.setting;
}

TEST(OptionRefusalOfIp, AnotherInterfaceThanTheOneItIsBoundTo) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  test::Namespace other;
  ns.veth(other, "cable", "end");
  ns.run_ip({"addr", "add", "192.0.2.1/24", "dev", "cable"});
  const auto said = [&](const std::string& text, const SocketKind& kind, const std::string& interface) {
    return ns.in(
        [&] { return answer_to({text, "", kind, Came::nowhere, {"SO_BINDTODEVICE=" + interface}}); });
  };
  const std::string bound = "EINVAL: the socket is bound to lo (SO_BINDTODEVICE)";
  EXPECT_EQ(said("IP_MULTICAST_IF=192.0.2.1", udp4, "lo"), bound);
  EXPECT_EQ(said("IP_MULTICAST_IF=192.0.2.1", udp4, "cable"), "taken");
  EXPECT_EQ(said("IP_UNICAST_IF=cable", udp4, "lo"), bound);
  EXPECT_EQ(said("IPV6_MULTICAST_IF=cable", udp6, "lo"), bound);
  EXPECT_EQ(said("IPV6_MULTICAST_IF=cable", udp6, "cable"), "taken");
}

// Without a route to it a group has no interface; with one it has, and with none given the kernel asks.
TEST(OptionRefusalOfIp, AGroupWithoutARoute) {
  REQUIRE_NAMESPACES();
  const test::Namespace ns;
  const auto said = [&](const std::string& text) {
    return ns.in([&] { return answer_to({text, "", udp4}); });
  };
  EXPECT_EQ(said("IP_ADD_MEMBERSHIP=239.255.1.2"),
            "ENODEV: no route to the group names an interface: give one, GROUP,INTERFACE");
  EXPECT_EQ(said("IP_ADD_MEMBERSHIP=239.255.1.2,lo"), "taken");
}

}  // namespace
}  // namespace net
