// What `nettool addr` prints of one input: for people, for programs, for scripts; and what it refuses.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/nettool.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

Outcome addr(const Words& words) {
  return run(nettool_argv(Words{"addr"} + words));
}

json::Value addr_object(const Words& words) {
  const Outcome outcome = addr(Words{"--json"} + words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return json::parse(outcome.out);
}

TEST(Addr, Ipv4WithALength) {
  const Outcome outcome = addr({"192.168.10.20/26"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, R"(192.168.10.20/26      private use (RFC 1918), not global
class C (110)         network 192.168.10, host 20, default mask 255.255.255.0
network               192.168.10.0/26, netmask 255.255.255.192, wildcard 0.0.0.63
hosts                 192.168.10.1 - 192.168.10.62 (62), broadcast 192.168.10.63
integer               3232238100 = 0xc0a80a14
binary                11000000.10101000.00001010.00010100
reverse               20.10.168.192.in-addr.arpa
)");
}

TEST(Addr, Ipv4AloneHasNoNetworkButThatOfItsClass) {
  EXPECT_EQ(addr({"8.8.8.8"}).out, R"(8.8.8.8               public unicast
class A (0)           network 8, host 8.8.8, default mask 255.0.0.0
integer               134744072 = 0x08080808
binary                00001000.00001000.00001000.00001000
reverse               8.8.8.8.in-addr.arpa
)");
}

TEST(Addr, Ipv6WithALength) {
  EXPECT_EQ(addr({"2001:DB8::0:1/64"}).out,
            R"(2001:db8::1/64        documentation (RFC 3849), not global
expanded              2001:0db8:0000:0000:0000:0000:0000:0001
network               2001:db8::/64, netmask ffff:ffff:ffff:ffff::, wildcard ::ffff:ffff:ffff:ffff
addresses             2001:db8:: - 2001:db8::ffff:ffff:ffff:ffff (18446744073709551616 = 2^64)
scope                 global
solicited node        ff02::1:ff00:1
integer               42540766411282592856903984951653826561
hex                   0x20010db8000000000000000000000001
reverse               1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa
)");
}

TEST(Addr, KeysOfIpv4) {
  const json::Value object = addr_object({"192.168.10.20/26"});
  EXPECT_EQ(object.keys(),
            (Words{"input",      "kind",         "canonical",     "class",      "class_bits", "class_network",
                   "class_host", "default_mask", "prefix_length", "network",    "netmask",    "wildcard",
                   "broadcast",  "first_host",   "last_host",     "host_count", "integer",    "hex",
                   "binary",     "reverse",      "type",          "special"}));
  EXPECT_EQ(object["kind"].string(), "ipv4");
  EXPECT_EQ(object["class"].string(), "C");
  EXPECT_EQ(object["class_bits"].string(), "110");
  EXPECT_EQ(object["prefix_length"].integer(), 26);
  EXPECT_EQ(object["network"].string(), "192.168.10.0");
  EXPECT_EQ(object["host_count"].integer(), 62);
  EXPECT_EQ(object["integer"].integer(), 3232238100);
  EXPECT_EQ(object["special"]["name"].string(), "Private-Use");
  EXPECT_EQ(object["special"]["rfc"].string(), "RFC 1918");
  EXPECT_EQ(object["special"]["prefix"].string(), "192.168.0.0/16");
  EXPECT_FALSE(object["special"]["global"].boolean());
  EXPECT_TRUE(addr_object({"8.8.8.8"})["special"].is_null());
  // IANA says "N/A" of this one.
  EXPECT_TRUE(addr_object({"2002:c000:201::"})["special"]["global"].is_null());
}

TEST(Addr, KeysOfIpv6) {
  const json::Value object = addr_object({"fe80::211:22ff:fe33:4455%lo/64"});
  EXPECT_EQ(object.keys(), (Words{"input",   "kind",     "canonical",  "prefix_length", "network",
                                  "netmask", "wildcard", "first_host", "last_host",     "host_count",
                                  "integer", "hex",      "binary",     "reverse",       "type",
                                  "special", "expanded", "scope",      "mac",           "solicited_node"}));
  EXPECT_EQ(object["canonical"].string(), "fe80::211:22ff:fe33:4455%lo/64");
  EXPECT_EQ(object["mac"].string(), "00:11:22:33:44:55");
  EXPECT_EQ(object["host_count"].string(), "18446744073709551616");
  EXPECT_EQ(object["solicited_node"].string(), "ff02::1:ff33:4455");
}

TEST(Addr, EmbeddedIpv4) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"::ffff:192.0.2.1", "192.0.2.1"},     {"2002:c000:201::1", "192.0.2.1"},
      {"64:ff9b::c000:201", "192.0.2.1"},    {"2001:0:c000:204:0:63bf:3fff:fdfe", "192.0.2.1"},
      {"fe80::5efe:192.0.2.1", "192.0.2.1"},
  };
  for (const auto& [text, embedded] : cases) {
    EXPECT_EQ(addr_object({text})["embedded_ipv4"].string(), embedded) << text;
    EXPECT_TRUE(contains(addr({text}).out, embedded)) << text;
  }
}

TEST(Addr, Nat64OfEveryLength) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"2001:db8::/32", "2001:db8:c000:221::"},
      {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
      {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
      {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
      {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"},
      {"2001:db8:122:344::/96", "2001:db8:122:344::c000:221"},
  };
  for (const auto& [prefix, translated] : cases) {
    EXPECT_EQ(addr_object({"--nat64", prefix, translated})["embedded_ipv4"].string(), "192.0.2.33") << prefix;
    EXPECT_EQ(addr_object({"--nat64", prefix, "192.0.2.33"})["nat64"].string(), translated) << prefix;
  }
}

TEST(Addr, RangeIsItsFewestPrefixes) {
  const Outcome outcome = addr({"192.0.2.10-192.0.2.20"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, R"(192.0.2.10-192.0.2.20  11 addresses, 4 prefixes
192.0.2.10/31
192.0.2.12/30
192.0.2.16/30
192.0.2.20/32
)");
  const json::Value object = addr_object({"192.0.2.10-20"});
  EXPECT_EQ(object.keys(), (Words{"input", "kind", "canonical", "cidrs"}));
  EXPECT_EQ(object["canonical"].string(), "192.0.2.10-192.0.2.20");
  EXPECT_EQ(object["cidrs"].text(), R"(["192.0.2.10/31","192.0.2.12/30","192.0.2.16/30","192.0.2.20/32"])");
}

TEST(Addr, Mac) {
  EXPECT_EQ(addr({"00-11-22-33-44-55"}).out, R"(00:11:22:33:44:55     individual, universally administered
OUI                   00:11:22, NIC part 33:44:55
modified EUI-64       0211:22ff:fe33:4455, so fe80::211:22ff:fe33:4455
)");
  const json::Value object = addr_object({"0011.2233.4455"});
  EXPECT_EQ(object.keys(),
            (Words{"input", "kind", "canonical", "oui", "nic", "group", "local", "eui64", "link_local"}));
  EXPECT_EQ(object["kind"].string(), "mac");
  EXPECT_EQ(object["oui"].string(), "00:11:22");
  EXPECT_FALSE(object["group"].boolean());
  EXPECT_TRUE(addr_object({"33:33:00:00:00:01"})["group"].boolean());
  EXPECT_TRUE(addr_object({"02:00:00:00:00:01"})["local"].boolean());
}

TEST(Addr, GroupsOfAMac) {
  EXPECT_TRUE(
      contains(addr({"33:33:00:01:00:03"}).out, "groups                all of IPv6 that end in 1:3\n"));
  EXPECT_TRUE(contains(addr({"01:00:5e:00:00:fb"}).out,
                       "groups                224.0.0.251 and 31 more, up to 239.128.0.251\n"));
  EXPECT_TRUE(contains(addr({"ff02::1:ff00:1"}).out, ", for addresses that end in 0x000001\n"));
}

TEST(Addr, SockaddrNamesEachField) {
  const Outcome outcome = addr({"--sockaddr", "--port", "443", "192.0.2.1"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, R"(192.0.2.1 port 443: struct sockaddr_in, 16 bytes
 0  02 00                    sin_family     AF_INET (2), host order
 2  01 bb                    sin_port       443, network order
 4  c0 00 02 01              sin_addr       192.0.2.1, network order
 8  00 00 00 00 00 00 00 00  sin_zero       padding
)");
  EXPECT_EQ(addr({"--quiet", "--sockaddr", "192.0.2.1"}).out,
            "02 00 00 00 c0 00 02 01 00 00 00 00 00 00 00 00\n");
  const json::Value six = addr_object({"--sockaddr", "--port=80", "fe80::1%lo"})["sockaddr"];
  EXPECT_EQ(six["family"].string(), "AF_INET6");
  EXPECT_EQ(six["length"].integer(), 28);
  EXPECT_EQ(six["bytes"].string(),
            "0a 00 00 50 00 00 00 00 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01 01 00 00 00");
  EXPECT_EQ(six["fields"][4]["name"].string(), "sin6_scope_id");
  EXPECT_EQ(six["fields"][4]["offset"].integer(), 24);
}

TEST(Addr, SockaddrOfAZoneThatIsNoInterface) {
  const Outcome outcome = addr({"--sockaddr", "fe80::1%nosuch0"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_TRUE(contains(outcome.err, "nosuch0")) << outcome.err;
}

TEST(Addr, AnEui64IsReadBackAsOne) {
  for (const std::string text : {"08-00-27-ff-fe-4e-66-a1", "080027fffe4e66a1", "0800.27ff.fe4e.66a1"}) {
    EXPECT_EQ(addr({"--quiet", text}).out, "08-00-27-ff-fe-4e-66-a1\n");
  }
  EXPECT_EQ(addr({"--quiet", "08:00:27:ff:fe:4e:66:a1"}).out, "8:0:27:ff:fe:4e:66:a1\n");
}

TEST(Addr, ANetworkIsToldAsAWhole) {
  EXPECT_TRUE(addr({"0.0.0.0/0"}).out.starts_with("0.0.0.0/0             all of IPv4\n"));
  EXPECT_TRUE(addr({"10.0.0.0/7"})
                  .out.starts_with("10.0.0.0/7            public unicast, with blocks of other kinds\n"));
  EXPECT_TRUE(
      addr({"10.0.0.1/7"}).out.starts_with("10.0.0.1/7            private use (RFC 1918), not global\n"));
  EXPECT_TRUE(addr_object({"10.0.0.0/7"})["special"].is_null());
  const Outcome groups = addr({"224.0.0.0/4"});
  EXPECT_TRUE(contains(groups.out, "addresses             224.0.0.0 - 239.255.255.255 (268435456)"))
      << groups.out;
  EXPECT_FALSE(contains(groups.out, "broadcast")) << groups.out;
  EXPECT_FALSE(addr_object({"224.0.0.0/4"}).has("host_count"));
}

TEST(Addr, ZonesCountInQuestions) {
  EXPECT_EQ(addr({"--contains", "fe80::1%eth0", "fe80::/64%lo"}).status, 2) << "the length stands last";
  EXPECT_EQ(addr({"--contains", "fe80::1%eth0", "fe80::%lo/64"}).status, 1);
  EXPECT_EQ(addr({"--contains", "fe80::1%lo", "fe80::%lo/64"}).status, 0);
  EXPECT_EQ(addr({"--contains", "fe80::1", "fe80::%lo/64"}).status, 0);
  EXPECT_EQ(addr({"--aggregate", "fe80::1%lo"}).status, 2);
}

TEST(Addr, Contains) {
  struct Case {
    std::string in, what;
    int status;
  };
  const std::vector<Case> cases = {
      {"10.0.0.0/8", "10.255.255.255", 0},  {"10.0.0.0/8", "11.0.0.0", 1},
      {"10.0.0.0/8", "10.0.0.0/9", 0},      {"10.0.0.0/9", "10.0.0.0/8", 1},
      {"10.0.0.5-10.0.0.9", "10.0.0.9", 0}, {"10.0.0.5-10.0.0.9", "10.0.0.8-10.0.0.10", 1},
      {"0.0.0.0/0", "::ffff:10.0.0.1", 1},  {"::/0", "::ffff:10.0.0.1", 0},
      {"192.0.2.1", "192.0.2.1", 0},        {"fe80::%lo/10", "fe80::1", 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.in + " contains " + c.what);
    const Outcome outcome = addr({"--contains", c.what, c.in});
    EXPECT_EQ(outcome.status, c.status);
    EXPECT_TRUE(contains(outcome.out, c.status == 0 ? " contains " : " does not contain ")) << outcome.out;
    EXPECT_EQ(addr({"--quiet", "--contains", c.what, c.in}).out, c.status == 0 ? "yes\n" : "no\n");
    const json::Value object = json::parse(addr({"--json", "--contains", c.what, c.in}).out);
    EXPECT_EQ(object["contains"].boolean(), c.status == 0);
  }
}

TEST(Addr, Split) {
  EXPECT_EQ(addr({"--split", "26", "192.0.2.0/24"}).out, R"(192.0.2.0/26          192.0.2.1 - 192.0.2.62 (62)
192.0.2.64/26         192.0.2.65 - 192.0.2.126 (62)
192.0.2.128/26        192.0.2.129 - 192.0.2.190 (62)
192.0.2.192/26        192.0.2.193 - 192.0.2.254 (62)
)");
  EXPECT_EQ(addr({"--quiet", "--split", "/25", "192.0.2.9/24"}).out, "192.0.2.0/25\n192.0.2.128/25\n");
  EXPECT_EQ(addr_object({"--split", "33", "2001:db8::/32"})["subnets"].text(),
            R"(["2001:db8::/33","2001:db8:8000::/33"])");
  EXPECT_EQ(lines_of(addr({"--quiet", "--split", "24", "10.0.0.0/8"}).out).size(), 65536U);
  for (const Words& words : {Words{"--split", "25", "10.0.0.0/8"}, Words{"--split", "23", "192.0.2.0/24"},
                             Words{"--split", "33", "192.0.2.0/24"}, Words{"--split", "26", "192.0.2.1"},
                             Words{"--split", "26", "192.0.2.1-2"}, Words{"--split", "x", "192.0.2.0/24"}}) {
    EXPECT_EQ(addr(words).status, 2) << words[1] + " " + words[2];
  }
}

TEST(Addr, Aggregate) {
  const Words parts = {"192.0.2.128/25", "10.0.0.1", "192.0.2.0-192.0.2.127", "10.0.0.0", "::/128"};
  EXPECT_EQ(addr(Words{"--aggregate"} + parts).out, "10.0.0.0/31\n192.0.2.0/24\n::/128\n");
  EXPECT_EQ(addr_object(Words{"--aggregate"} + parts).text(),
            R"({"cidrs":["10.0.0.0/31","192.0.2.0/24","::/128"]})");
  EXPECT_EQ(addr({"--aggregate", "00:11:22:33:44:55"}).status, 2);
}

TEST(Addr, LegacyFormsAreTakenOnlyWhenAskedFor) {
  EXPECT_EQ(json::parse(addr({"--json", "--legacy", "127.1"}).out)["canonical"].string(), "127.0.0.1");
  EXPECT_EQ(addr({"--quiet", "--legacy", "0x7f.1", "2130706433", "0177.0.0.1/8"}).out,
            "127.0.0.1\n127.0.0.1\n127.0.0.1/8\n");
  const Outcome both = addr({"--legacy", "010.1.2.3"});
  EXPECT_EQ(both.status, 0);
  EXPECT_TRUE(contains(both.out, "8.1.2.3")) << both.out;
  EXPECT_TRUE(contains(both.out, "10.1.2.3")) << both.out;
  EXPECT_EQ(addr_object({"--legacy", "010.1.2.3"})["readings"].text(),
            R"({"octal":"8.1.2.3","decimal":"10.1.2.3"})");
  EXPECT_EQ(addr({"--quiet", "--legacy", "037777777777"}).out, "255.255.255.255\n");
  EXPECT_EQ(addr({"--quiet", "--legacy", "08.1.2.3"}).out, "8.1.2.3\n");
  EXPECT_EQ(addr({"--contains", "10.1", "10.0.0.0/8", "--legacy"}).status, 0);
  const Outcome refused = addr({"010.1.2.3"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(contains(refused.err, "8.1.2.3") && contains(refused.err, " 10.1.2.3")) << refused.err;
  EXPECT_EQ(refused.out, "");
}

TEST(Addr, WhatIsMalformedIsNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"300.1.2.3", "300"},
      {"1.2.3", "3 parts"},
      {"1.2.3.4.5", "5"},
      {"1.2.3.", "1.2.3."},
      {"1.2.3.4x", "4x"},
      {"192.0.2.1/33", "33"},
      {"192.0.2.1/-1", "-1"},
      {"192.0.2.1/", "/"},
      {"192.0.2.1/024", "024"},
      {"192.0.2.1/255.0.255.0", "255.0.255.0"},
      {"192.0.2.1/0.0.0.63", "wildcard"},
      {"::1::", "::"},
      {"12345::", "12345"},
      {"1:2:3:4:5:6:7:8:9", "group"},
      {"::g", "g"},
      {"::1/129", "129"},
      {"192.0.2.9-192.0.2.1", "192.0.2.1"},
      {"192.0.2.1-::1", "::1"},
      {"00:11:22:33:44", "5"},
      {"00:11:22-33:44:55", "'"},
      {"[::1]", "[::1]"},
      {"[::1]:80", "[::1]:80"},
      {"192.0.2.1:80", "192.0.2.1:80"},
      {"www.example.com", "www.example.com"},
      {"fe80::1%", "zone"},
      {"fe80::1%lo-fe80::5", "range"},
      {"fe80::1-fe80::5%lo", "range"},
      {"fe80::1%lo%lo", "'%'"},
      {"fe80::1%sixteen-letters0", "15"},
      {"00:11:22:33:44:55%lo", "zones"},
      {"192.0.2.1%lo", "zone"},
      {" 192.0.2.1", " 192.0.2.1"},
  };
  for (const auto& [text, named] : cases) {
    const Outcome outcome = addr({"192.0.2.7", text});
    EXPECT_EQ(outcome.status, 2) << text;
    EXPECT_EQ(outcome.out, "") << text;
    EXPECT_TRUE(contains(outcome.err, named)) << outcome.err;
  }
}

TEST(Addr, QuestionsThatMakeNoSense) {
  for (const Words& words :
       {Words{}, Words{"--port", "80", "192.0.2.1"}, Words{"--sockaddr", "00:11:22:33:44:55"},
        Words{"--sockaddr", "192.0.2.1-2"}, Words{"--contains", "x", "192.0.2.0/24"},
        Words{"--contains", "192.0.2.1", "00:11:22:33:44:55"}, Words{"--nat64", "2001:db8::/33", "192.0.2.1"},
        Words{"--nat64", "192.0.2.0/24", "192.0.2.1"}, Words{"--split", "26", "--aggregate", "192.0.2.0/24"},
        Words{"--contains", "192.0.2.1", "--split", "26", "192.0.2.0/24"}, Words{"-", "-"}}) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    const Outcome outcome = addr(words);
    EXPECT_EQ(outcome.status, 2) << line;
    EXPECT_EQ(outcome.out, "") << line;
  }
}

TEST(Addr, WhatIsHostileIsEscaped) {
  const Outcome outcome = addr({"\x1b[31m192.0.2.1"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.err, "\\x1b[31m")) << outcome.err;
}

}  // namespace
}  // namespace test
