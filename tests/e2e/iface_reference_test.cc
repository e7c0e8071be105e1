// Every key of `nettool iface --json` beside what ip(8) says of the same interfaces.

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "tests/e2e/iface_run.hh"
#include "tests/support/net.hh"

namespace test {
namespace {

const std::vector<std::string> keys = {"name", "index",     "up", "running", "loopback", "mtu",
                                       "mac",  "addresses", "rx", "tx",      "gateways", "resolvers"};

bool has_word(const json::Value& list, const std::string& word) {
  return std::ranges::any_of(list.elements(), [&](const json::Value& each) { return each.string() == word; });
}

/// What both say of one interface, as text that compares: a line for each key.
using Facts = std::map<std::string, std::string>;

Facts facts_of(const json::Value& told) {
  Facts facts;
  for (const char* key : {"index", "up", "running", "loopback", "mtu", "mac"}) facts[key] = told[key].text();
  for (const json::Value& address : told["addresses"].elements()) {
    facts["addresses"] += address["family"].string() + " " + address["address"].string() + "/" +
                          address["prefix_length"].text() + " " + address["scope"].string() + "\n";
  }
  for (const char* way : {"rx", "tx"}) {
    for (const char* counter : {"bytes", "packets", "errors", "dropped"}) {
      facts[way] += told[way][counter].text() + " ";
    }
  }
  for (const std::string& gateway : strings(told["gateways"])) facts["gateways"] += gateway + "\n";
  return facts;
}

/// An interface as `ip -j -s address` has it.
Facts reference_of(const json::Value& link) {
  const bool up = has_word(link["flags"], "UP");
  const bool is_ethernet = link["link_type"].string() == "ether";
  Facts facts;
  facts["index"] = link["ifindex"].text();
  facts["up"] = up ? "true" : "false";
  facts["running"] = up && !has_word(link["flags"], "NO-CARRIER") ? "true" : "false";
  facts["loopback"] = has_word(link["flags"], "LOOPBACK") ? "true" : "false";
  facts["mtu"] = link["mtu"].text();
  facts["mac"] = is_ethernet ? link["address"].text() : "null";
  for (const json::Value& address : link["addr_info"].elements()) {
    const bool v4 = address["family"].string() == "inet";
    facts["addresses"] += std::string(v4 ? "AF_INET " : "AF_INET6 ") + address["local"].string() + "/" +
                          address["prefixlen"].text() + " " + address["scope"].string() + "\n";
  }
  for (const char* way : {"rx", "tx"}) {
    for (const char* counter : {"bytes", "packets", "errors", "dropped"}) {
      facts[way] += link["stats64"][way][counter].text() + " ";
    }
  }
  return facts;
}

/// A hop of a route as `ip -j route` has it: where it leads and by which interface.
std::pair<std::string, std::string> hop_of(const json::Value& hop) {
  const std::string device = hop["dev"].string();
  if (hop.has("via")) return {device, hop["via"]["host"].string()};
  return {device, hop.has("gateway") ? hop["gateway"].string() : ""};
}

/// Adds the gateways that `ip -j route` has for each interface, lowest metric first.
void add_gateways(std::map<std::string, Facts>& reference, const std::string& routes) {
  std::multimap<long long, std::pair<std::string, std::string>> hops;
  const json::Value list = json::parse(routes);
  for (const json::Value& route : list.elements()) {
    if (route["dst"].string() != "default" || route.has("type")) continue;
    const long long metric = route.has("metric") ? route["metric"].integer() : 0;
    if (!route.has("nexthops")) {
      hops.emplace(metric, hop_of(route));
      continue;
    }
    for (const json::Value& hop : route["nexthops"].elements()) hops.emplace(metric, hop_of(hop));
  }
  for (const auto& [metric, hop] : hops) {
    if (!hop.second.empty()) reference.at(hop.first)["gateways"] += hop.second + "\n";
  }
}

class IfaceReference : public IfaceTest {
 protected:
  [[nodiscard]] std::map<std::string, Facts> reference() const {
    std::map<std::string, Facts> all;
    const json::Value links = json::parse(ns().run_ip({"-j", "-s", "address"}));
    for (const json::Value& link : links.elements()) all[link["ifname"].string()] = reference_of(link);
    add_gateways(all, ns().run_ip({"-j", "-4", "route"}));
    add_gateways(all, ns().run_ip({"-j", "-6", "route"}));
    return all;
  }

  /// Both, taken while nothing changed: counters do, whenever the kernel speaks of IPv6.
  void compare() const {
    std::map<std::string, Facts> expected;
    std::map<std::string, Facts> told;
    wait_until("interfaces that stay the same while they are looked at", [&] {
      expected = reference();
      told.clear();
      for (const json::Value& each : objects()) {
        EXPECT_EQ(each.keys(), keys);
        told[each["name"].string()] = facts_of(each);
      }
      return reference() == expected;
    });
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(told, expected);
  }
};

TEST_F(IfaceReference, LoopbackAlone) {
  compare();
}

TEST_F(IfaceReference, AddressesOfEveryKind) {
  ip({"link add eth0 address 02:00:00:00:00:01 mtu 1400 type veth peer name eth1 address 02:00:00:00:00:02",
      "link set eth0 up", "link set eth1 up", "address add 192.0.2.10/24 brd + dev eth0",
      "address add 192.0.2.11/24 dev eth0", "address add 198.51.100.1 peer 198.51.100.2/32 dev eth0",
      "address add 203.0.113.5/28 scope link dev eth1", "address add 10.9.0.1/16 scope 200 dev eth1",
      "address add 10.8.0.1/8 scope 42 dev eth1", "address add 10.7.0.1/0 scope host dev eth1",
      "address add 2001:db8::10/64 dev eth0 nodad",
      "address add 2001:db8:1::1 peer 2001:db8:1::2/128 dev eth0 nodad",
      "address add fd00::1/48 dev eth1 nodad preferred_lft 0 valid_lft 3600",
      "address add 2001:db8:2::1/127 dev lo nodad"});
  compare();
}

TEST_F(IfaceReference, InterfacesOfEveryKind) {
  ip({"link add eth0 type veth peer name eth1", "link set eth0 up", "link add br0 type bridge",
      "link set eth1 master br0", "link set br0 up", "link add mac0 link eth0 type macvlan",
      "tuntap add mode tun tun0", "tuntap add mode tap tap0", "link set tun0 up", "link set tap0 up",
      "address add 192.0.2.1 peer 192.0.2.2 dev tun0", "link set eth0 promisc on allmulticast on"});
  // What a kernel may lack: a tunnel's link-layer address is an IP address.
  for (const std::string& tunnel : {"sit0x type sit local 192.0.2.1 remote 192.0.2.9",
                                    "ipip0x type ipip local 192.0.2.1 remote 192.0.2.9",
                                    "gre0x type gre local 192.0.2.1 remote 192.0.2.9",
                                    "ip6t0x type ip6tnl local 2001:db8::1 remote 2001:db8::9",
                                    "gre60x type ip6gre local 2001:db8::1 remote 2001:db8::9",
                                    "wg0x type wireguard", "dummy0x type dummy"}) {
    static_cast<void>(ns().run({"ip", "-batch", "-"}, "link add " + tunnel + "\n"));
  }
  compare();
}

/// A TUN device of another hardware type.
Fd tun_device(const char* name, unsigned long hardware) {
  Fd fd(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (!fd.valid() || ioctl(fd.get(), TUNSETIFF, &request) < 0) fail_errno("TUNSETIFF");
  if (ioctl(fd.get(), TUNSETLINK, hardware) < 0) fail_errno("TUNSETLINK");
  return fd;
}

TEST_F(IfaceReference, HardwareTypesOfTunnels) {
  const Fd sit = ns().in([] { return tun_device("sit", ARPHRD_SIT); });
  const Fd gre = ns().in([] { return tun_device("gre6", 823); });
  const Fd ethernet = ns().in([] { return tun_device("ether", ARPHRD_ETHER); });
  compare();
}

TEST_F(IfaceReference, DefaultRoutes) {
  ip({"link add eth0 type veth peer name eth1",
      "link set eth0 up",
      "link set eth1 up",
      "address add 192.0.2.10/24 dev eth0",
      "address add 198.51.100.10/24 dev eth1",
      "address add 2001:db8::10/64 dev eth0 nodad",
      "route add default via 192.0.2.1",
      "route add default via 198.51.100.1 metric 100",
      "route add default via inet6 fe80::5 dev eth1 metric 300",
      "route add default metric 50 nexthop via 192.0.2.2 dev eth0 weight 3 nexthop via 198.51.100.3 dev eth1",
      "route add default metric 60 nexthop via 198.51.100.4 dev eth1 nexthop via inet6 fe80::6 dev eth0",
      "route add default dev eth0 metric 70",
      "route add unreachable default metric 4000",
      "route add default via 192.0.2.77 table 100",
      "route add 0.0.0.0/1 via 192.0.2.78",
      "route add default via fe80::1 dev eth0 metric 1024",
      "route add default via 2001:db8::1 metric 30",
      "route add ::/0 metric 20 nexthop via fe80::2 dev eth0 nexthop via fe80::3 dev eth1",
      "route add unreachable ::/0 metric 5000",
      "route add default via fe80::7 dev eth0 table 100"});
  compare();
  EXPECT_EQ(strings(object("eth0")["gateways"]),
            (Words{"192.0.2.1", "192.0.2.2", "fe80::6", "fe80::2", "2001:db8::1", "fe80::1"}));
}

TEST_F(IfaceReference, Counters) {
  Namespace other;
  ns().veth(other, "eth0", "eth1");
  ip({"address add 192.0.2.1/24 dev eth0"});
  other.run_ip({"address", "add", "192.0.2.2/24", "dev", "eth1"});
  UdpSocket there = other.in([] { return UdpSocket("192.0.2.2"); });
  UdpSocket here = ns().in([] { return UdpSocket("192.0.2.1"); });
  here.send_to(std::string(1000, 'x'), "192.0.2.2", there.port());
  EXPECT_EQ(there.recv().bytes.size(), 1000U);
  compare();
  EXPECT_GE(object("eth0")["tx"]["bytes"].integer(), 1042);
}

// More than one datagram of the kernel's, of each of the three questions.
TEST_F(IfaceReference, ManyInterfaces) {
  Words commands;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    commands.push_back("link add a" + n + " type veth peer name b" + n);
    commands.push_back("address add 10.0." + n + ".1/24 dev a" + n);
    commands.push_back("address add 2001:db8:" + n + "::1/64 dev b" + n + " nodad");
  }
  ip(commands);
  compare();
  const auto all = objects();
  EXPECT_EQ(all.size(), 201U);
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_LT(all[i - 1]["index"].integer(), all[i]["index"].integer());
}

}  // namespace
}  // namespace test
