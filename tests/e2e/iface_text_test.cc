// What a reader of `nettool iface` sees: blocks, states, remarks; odd names; one value for scripts.

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "tests/e2e/iface_run.hh"

namespace test {
namespace {

class IfaceText : public IfaceTest {
 protected:
  /// A cable whose far end stays in this network, so that nothing but what is asked for is there.
  void cable(const Words& more = {}) const {
    ip(Words{"link add eth0 index 20 address 02:00:00:00:00:01 mtu 1400 type veth peer name eth1 index 21",
             "link set eth0 addrgenmode none up", "link set eth1 addrgenmode none up"} +
       more);
  }
};

TEST_F(IfaceText, ABlock) {
  cable({"address add 192.0.2.10/24 dev eth0", "address add 2001:db8::10/64 dev eth0 nodad",
         "address add fe80::10/64 dev eth0 nodad", "route add default via 192.0.2.1 metric 100"});
  EXPECT_EQ(block("eth0"),
            (Words{"eth0  up, running", "  address   192.0.2.10/24", "            2001:db8::10/64",
                   "            fe80::10/64  scope link", "  gateway   192.0.2.1  metric 100",
                   "  link      MAC 02:00:00:00:00:01, MTU 1400, index 20, veth",
                   "  flags     broadcast, multicast"}));
}

TEST_F(IfaceText, BlocksHaveAnEmptyLineBetweenThemAndTheResolversComeLast) {
  ns().resolv_conf("nameserver 192.0.2.53\nnameserver 2001:db8::53\n");
  ip({"link set lo down", "tuntap add mode tun tun0"});
  const std::string zero = "  received  0 B in 0 packets\n  sent      0 B in 0 packets\n";
  EXPECT_EQ(shown(),
            "lo  down, loopback\n  address   127.0.0.1/8  scope host\n  link      MTU 65536, index 1\n" +
                zero + "\ntun0  down\n  link      MTU 1500, index 2, tun\n" +
                "  flags     point-to-point, multicast, no ARP\n" + zero +
                "\nresolvers of this host  192.0.2.53, 2001:db8::53\n");
}

TEST_F(IfaceText, States) {
  Namespace other;
  ns().veth(other, "eth0", "far");
  ip({"link add dummy1 type veth peer name dummy2", "link add mac0 link dummy1 type macvlan",
      "link set mac0 up"});
  const auto state = [&](const std::string& name) { return block(name).at(0); };
  EXPECT_EQ(state("lo"), "lo  up, running, loopback");
  EXPECT_EQ(state("eth0"), "eth0  up, running");
  EXPECT_EQ(state("dummy1"), "dummy1  down");
  other.run_ip({"link", "set", "far", "down"});
  // The kernel tells of the carrier a moment later.
  wait_until("the cable's end", [&] { return state("eth0") == "eth0  up, no carrier"; });
  EXPECT_FALSE(object("eth0")["running"].boolean());
  EXPECT_TRUE(object("eth0")["up"].boolean());
  EXPECT_EQ(state("mac0"), "mac0  up, no carrier") << "what lies below is down";
}

TEST_F(IfaceText, StatesAreColoured) {
  cable();
  const auto first = [&](const std::string& name) {
    return lines_of(shown({"--color", "always", name})).at(0);
  };
  EXPECT_EQ(first("eth0"), "\x1b[32meth0  up, running\x1b[0m");
  ip({"link set eth1 down"});
  wait_until("no carrier", [&] { return first("eth0") == "\x1b[33meth0  up, no carrier\x1b[0m"; });
  ip({"link set eth0 down"});
  EXPECT_EQ(first("eth0"), "\x1b[31meth0  down\x1b[0m");
}

TEST_F(IfaceText, FlagsMasterAndOtherNames) {
  cable({"link add br0 type bridge", "link set eth0 master br0",
         "link set eth0 promisc on allmulticast on arp off",
         "link property add dev eth0 altname uplink altname office"});
  const Words lines = block("eth0");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1], "  also      uplink, office");
  EXPECT_EQ(lines[2], "  link      MAC 02:00:00:00:00:01, MTU 1400, index 20, veth, in br0");
  EXPECT_EQ(lines[3], "  flags     broadcast, multicast, all multicast, promiscuous, no ARP");
}

TEST_F(IfaceText, RemarksOfAddresses) {
  cable({"address add 192.0.2.10/24 dev eth0", "address add 192.0.2.11/24 dev eth0",
         "address add 198.51.100.1 peer 198.51.100.2/32 dev eth0",
         "address add 2001:db8::10/64 dev eth0 nodad preferred_lft 0 valid_lft 86400",
         "address add 2001:db8:1::1 peer 2001:db8:1::2/128 dev eth0 nodad"});
  const std::string text = shown({"eth0"});
  for (const char* row : {"192.0.2.10/24\n", "198.51.100.1 peer 198.51.100.2/32\n",
                          "192.0.2.11/24 secondary\n", "2001:db8:1::1 peer 2001:db8:1::2/128\n"}) {
    EXPECT_TRUE(contains(folded_spaces(text), row)) << row << text;
  }
  EXPECT_TRUE(contains(folded_spaces(text), "2001:db8::10/64 deprecated, for 23 h 59 min\n") ||
              contains(folded_spaces(text), "2001:db8::10/64 deprecated, for 24 h 0 min\n"))
      << text;
}

TEST_F(IfaceText, AddressesThatCannotBeUsed) {
  Namespace other;
  ns().veth(other, "eth0", "far");
  ip({"link set eth0 addrgenmode none", "address flush dev eth0"});
  other.run_ip({"address", "add", "2001:db8::1/64", "dev", "far", "nodad"});
  ns().run_ip({"address", "add", "2001:db8::2/64", "dev", "eth0", "nodad"});
  ns().run_ip({"address", "add", "2001:db8::1/64", "dev", "eth0"});
  wait_until("the other one's word",
             [&] { return contains(shown({"eth0"}), "2001:db8::1/64  tentative, duplicate (dadfailed)\n"); });
  EXPECT_EQ(object("eth0")["addresses"][0]["address"].string(), "2001:db8::1") << "the kernel's order";
  EXPECT_EQ(shown({"--quiet", "eth0"}), "2001:db8::2\n") << "what a program could bind";
  EXPECT_EQ(shown({"--quiet"}), "2001:db8::2\n");
  other.run_ip({"link", "set", "far", "down"});
  wait_until("no carrier", [&] { return contains(shown({"eth0"}), "no carrier"); });
  ns().run_ip({"address", "add", "2001:db8::3/64", "dev", "eth0"});
  EXPECT_TRUE(contains(shown({"eth0"}), "2001:db8::3/64  tentative\n")) << "nobody can be asked";
}

TEST_F(IfaceText, RemarksOfGateways) {
  cable({"address add 192.0.2.10/24 dev eth0", "address add 2001:db8::10/64 dev eth0 nodad",
         "route add default metric 50 nexthop via 192.0.2.1 dev eth0 weight 3 nexthop via inet6 fe80::5 dev "
         "eth1",
         "route add default dev eth0 metric 70", "route add default via 192.0.2.1 metric 80",
         "route add default via fe80::1 dev eth0 metric 1024",
         "route add ::/0 from 2001:db8::/56 via fe80::2 dev eth0 metric 1024"});
  const std::string text = folded_spaces(shown({"eth0"}));
  EXPECT_TRUE(contains(text, " gateway 192.0.2.1 metric 50, weight 3\n")) << text;
  EXPECT_TRUE(contains(text, " 192.0.2.1 metric 80\n")) << text;
  EXPECT_EQ(strings(object("eth0")["gateways"]), (Words{"192.0.2.1", "fe80::2", "fe80::1"})) << "each once";
  EXPECT_TRUE(contains(text, " none, all on the link for IPv4, metric 70\n")) << text;
  EXPECT_TRUE(contains(text, " fe80::1 metric 1024\n")) << text;
  EXPECT_TRUE(contains(text, " fe80::2 from 2001:db8::/56, metric 1024\n")) << text;
  EXPECT_TRUE(contains(folded_spaces(shown({"eth1"})), " gateway fe80::5 for IPv4, metric 50, weight 1\n"));
  ip({"link set eth1 down"});
  wait_until("the loss of the carrier", [&] { return contains(shown({"eth0"}), "weight 3, link down\n"); });
}

TEST_F(IfaceText, Families) {
  ns().resolv_conf("nameserver 192.0.2.53\nnameserver 2001:db8::53\n");
  cable({"address add 192.0.2.10/24 dev eth0", "address add 2001:db8::10/64 dev eth0 nodad",
         "route add default via 192.0.2.1", "route add default via fe80::1 dev eth0"});
  for (const auto& [flag, address, gateway, resolver] :
       {std::tuple("-4", "192.0.2.10", "192.0.2.1", "192.0.2.53"),
        std::tuple("-6", "2001:db8::10", "fe80::1", "2001:db8::53")}) {
    const auto all = objects({flag});
    EXPECT_EQ(all.size(), 3U) << "no interface is left out";
    const json::Value told = objects({flag, "eth0"}).at(0);
    ASSERT_EQ(told["addresses"].size(), 1U) << flag;
    EXPECT_EQ(told["addresses"][0]["address"].string(), address);
    EXPECT_EQ(strings(told["gateways"]), Words{gateway});
    EXPECT_EQ(strings(told["resolvers"]), Words{resolver});
    EXPECT_EQ(shown({"--quiet", flag, "eth0"}), address + std::string("\n"));
  }
}

TEST_F(IfaceText, OneValueForScripts) {
  cable({"address add fe80::10/64 dev eth0 nodad", "address add 192.0.2.10/24 scope link dev eth0",
         "address add fe80::11/64 dev eth1 nodad"});
  EXPECT_EQ(shown({"--quiet", "lo"}), "127.0.0.1\n");
  EXPECT_EQ(shown({"--quiet", "eth0"}), "192.0.2.10\n") << "nothing is global: the first";
  EXPECT_EQ(shown({"--quiet", "eth1"}), "fe80::11%eth1\n") << "as other commands take it";
  EXPECT_EQ(shown({"--quiet"}), "");
  ip({"address add 2001:db8::9/64 dev eth0 nodad preferred_lft 0"});
  EXPECT_EQ(shown({"--quiet", "eth0"}), "2001:db8::9\n") << "global, though deprecated";
  ip({"address add 2001:db8::8/64 dev eth0 nodad", "address add 203.0.113.1/24 dev eth1"});
  EXPECT_EQ(shown({"--quiet", "eth0"}), "2001:db8::8\n");
  const Words all = lines_of(shown({"--quiet"}));
  EXPECT_EQ(std::multiset<std::string>(all.begin(), all.end()),
            (std::multiset<std::string>{"2001:db8::8", "2001:db8::9", "203.0.113.1"}));
}

TEST_F(IfaceText, NoValueForScripts) {
  cable();
  const Outcome outcome = iface({"--quiet", "eth0"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "nettool: iface eth0: no address (EADDRNOTAVAIL)\n");
}

TEST_F(IfaceText, OddNames) {
  const std::string odd = "\x1b[31m\xff\xe2\x80\xae";
  const std::string other = "a-name-longer-than-fifteen-\"bytes\"\x07";
  ns().run_ip({"link", "add", "name", odd, "type", "veth", "peer", "name", "eth1"});
  ns().run_ip({"link", "property", "add", "dev", "eth1", "altname", other});
  const std::string escaped = "\\x1b[31m\\xff\\xe2\\x80\\xae";
  EXPECT_EQ(block(odd).at(0), escaped + "  down");
  EXPECT_TRUE(contains(shown({"eth1"}), "  also      a-name-longer-than-fifteen-\"bytes\"\\x07\n"));
  EXPECT_EQ(object(other)["name"].string(), "eth1");
  // JSON has escapes of its own for what is valid UTF-8; what is not is four characters.
  EXPECT_TRUE(object(odd)["name"].string().starts_with("\x1b[31m\\xff"));
  EXPECT_FALSE(contains(shown({"--color", "always", odd}), odd));
}

TEST_F(IfaceText, TunnelsHaveEndsAndNoMac) {
  const std::string sit = "link add t0 type sit local 192.0.2.1 remote 192.0.2.9\n";
  if (ns().run({"ip", "-batch", "-"}, sit).status == 0) {
    EXPECT_TRUE(contains(shown({"t0"}), "  tunnel    192.0.2.1 to 192.0.2.9\n"));
    EXPECT_FALSE(contains(shown({"t0"}), "MAC"));
  }
  ip({"tuntap add mode tun tun0", "address add 192.0.2.1 peer 192.0.2.2 dev tun0", "link set tun0 up"});
  EXPECT_EQ(block("tun0").at(0), "tun0  up, no carrier");
  EXPECT_EQ(block("tun0").at(1), "  address   192.0.2.1 peer 192.0.2.2/32");
  EXPECT_TRUE(object("tun0")["mac"].is_null());
}

}  // namespace
}  // namespace test
