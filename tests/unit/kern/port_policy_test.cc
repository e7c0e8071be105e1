#include "net/kern/port_policy.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace net::kern {
namespace {

using Ranges = std::vector<PortRange>;

TEST(PortPolicy, Boundaries) {
  PortPolicy policy;
  policy.reserved = {{8080, 8080}, {9000, 9010}};
  EXPECT_FALSE(policy.is_privileged(0)) << "the kernel chooses one that is not";
  EXPECT_TRUE(policy.is_privileged(1));
  EXPECT_TRUE(policy.is_privileged(1023));
  EXPECT_FALSE(policy.is_privileged(1024));
  EXPECT_FALSE(policy.is_ephemeral(32767));
  EXPECT_TRUE(policy.is_ephemeral(32768));
  EXPECT_TRUE(policy.is_ephemeral(60999));
  EXPECT_FALSE(policy.is_ephemeral(61000));
  constexpr std::uint16_t inside[] = {8080, 9000, 9005, 9010};
  constexpr std::uint16_t outside[] = {0, 8079, 8081, 8999, 9011, 65535};
  for (const std::uint16_t port : inside) EXPECT_TRUE(policy.is_reserved(port)) << port;
  for (const std::uint16_t port : outside) EXPECT_FALSE(policy.is_reserved(port)) << port;
  policy.unprivileged_start = 0;
  EXPECT_FALSE(policy.is_privileged(1));
  policy.unprivileged_start = 65536;
  EXPECT_TRUE(policy.is_privileged(65535));
}

TEST(PortPolicy, ListsOfPorts) {
  EXPECT_EQ(parse_port_ranges(""), Ranges{});
  EXPECT_EQ(parse_port_ranges("80"), (Ranges{{80, 80}}));
  EXPECT_EQ(parse_port_ranges("0-65535"), (Ranges{{0, 65535}}));
  EXPECT_EQ(parse_port_ranges("1,2-3,65535"), (Ranges{{1, 1}, {2, 3}, {65535, 65535}}));
  for (const std::string_view text : {",", "1,,2", "1-", "-1", "2-1", "65536", "1-65536", "x", "1 ", "1-2-3"})
    EXPECT_FALSE(parse_port_ranges(text)) << text;
}

TEST(PortPolicy, PairsOfPorts) {
  EXPECT_EQ(parse_port_pair("32768\t60999"), (PortRange{32768, 60999}));
  EXPECT_EQ(parse_port_pair("1 1"), (PortRange{1, 1}));
  for (const std::string_view text : {"", "1", "2\t1", "1\t65536", "1\t2\t3", "a\tb", "\t"})
    EXPECT_FALSE(parse_port_pair(text)) << text;
}

TEST(PortPolicy, IsThatOfTheNetwork) {
  REQUIRE_NAMESPACES();
  const test::Namespace ns;
  ns.sysctl("net.ipv4.ip_unprivileged_port_start", "80");
  ns.sysctl("net.ipv4.ip_local_port_range", "40000 40010");
  ns.sysctl("net.ipv4.ip_local_reserved_ports", "8080,40001-40003");
  const PortPolicy policy = ns.in([] { return port_policy(); });
  EXPECT_EQ(policy.unprivileged_start, 80U);
  EXPECT_EQ(policy.ephemeral, (PortRange{40000, 40010}));
  EXPECT_EQ(policy.reserved, (Ranges{{8080, 8080}, {40001, 40003}}));
  ns.sysctl("net.ipv4.ip_local_reserved_ports", "\n");
  EXPECT_EQ(ns.in([] { return port_policy(); }).reserved, Ranges{});
}

}  // namespace
}  // namespace net::kern
