#include "net/serve/access.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/serve/gate.hh"

namespace net {
namespace {

/// "+192.0.2.0/24" allows, "-192.0.2.1" denies.
AccessList list_of(const std::vector<std::string_view>& rules) {
  AccessList list;
  for (const std::string_view rule : rules) {
    const auto prefix = AccessList::parse(rule.substr(1));
    EXPECT_TRUE(prefix) << rule << ": " << (prefix ? "" : prefix.error());
    if (prefix) list.add({rule.front() == '+', *prefix});
  }
  return list;
}

struct Case {
  std::vector<std::string_view> rules;
  std::vector<std::string_view> in;
  std::vector<std::string_view> out;
};

// As clients come: those of IPv4 to a socket of both families are ::ffff:a.b.c.d.
const Case cases[] = {
    {{}, {"192.0.2.1", "::1", "::ffff:192.0.2.1"}, {}},
    {{"-192.0.2.1"}, {"192.0.2.2", "::1", "::ffff:192.0.2.2"}, {"192.0.2.1", "::ffff:192.0.2.1"}},
    {{"+192.0.2.1"}, {"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.2", "::1", "::192.0.2.1"}},
    {{"+192.0.2.0/24"}, {"192.0.2.0", "192.0.2.255"}, {"192.0.1.255", "192.0.3.0", "::ffff:192.0.3.0"}},
    // Host bits and netmasks.
    {{"+10.1.2.3/8"}, {"10.0.0.0", "10.255.255.255"}, {"11.0.0.0", "9.255.255.255"}},
    {{"+10.1.2.3/255.255.0.0"}, {"10.1.0.0", "10.1.255.255"}, {"10.2.0.0"}},
    {{"-2001:db8::7/64"}, {"2001:db8:0:1::7", "2001:db7::7"}, {"2001:db8::", "2001:db8::ffff:0:0:1"}},
    // Everybody of a family, and of both.
    {{"+0.0.0.0/0"}, {"0.0.0.0", "255.255.255.255", "::ffff:192.0.2.1"}, {"::1", "::"}},
    {{"+::/0"}, {"::1", "ffff::"}, {"192.0.2.1", "::ffff:192.0.2.1"}},
    {{"-::/0"}, {"192.0.2.1", "::ffff:192.0.2.1"}, {"::1", "2001:db8::1"}},
    {{"-0.0.0.0/0", "-::/0"}, {}, {"192.0.2.1", "::1"}},
    // A mapped rule is one for IPv4; one that is wider is for IPv6, where nobody comes from it.
    {{"+::ffff:192.0.2.1"}, {"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.2", "::1"}},
    {{"+::ffff:192.0.2.0/120"}, {"192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9"}, {"192.0.3.0"}},
    {{"+::ffff:192.0.2.77/120"}, {"192.0.2.0", "192.0.2.255"}, {"192.0.3.0"}},
    {{"-::ffff:0:0/96"}, {"::1"}, {"0.0.0.0", "255.255.255.255", "::ffff:192.0.2.1"}},
    {{"-::ffff:0:0/95"}, {"192.0.2.1", "::ffff:192.0.2.1", "::1"}, {"::fffe:0:1"}},
    // The first that matches decides.
    {{"-10.0.0.1", "+10.0.0.0/24"}, {"10.0.0.2"}, {"10.0.0.1", "10.0.1.1", "::1"}},
    {{"+10.0.0.1", "-10.0.0.0/24"}, {"10.0.0.1"}, {"10.0.0.2", "192.0.2.1"}},
    {{"+10.0.0.0/24", "-10.0.0.1"}, {"10.0.0.1"}, {"10.0.1.1"}},
    {{"-10.0.0.0/24", "+10.0.0.1"}, {}, {"10.0.0.1", "192.0.2.1"}},
    {{"+10.0.0.0/8", "-10.1.0.0/16", "+10.1.1.1"}, {"10.1.0.1", "10.1.1.1"}, {"11.0.0.0"}},
    {{"-10.1.0.0/16", "-10.2.0.0/16"}, {"10.3.0.1", "::1"}, {"10.1.0.1", "10.2.255.255"}},
    {{"+127.0.0.1", "+::1"}, {"127.0.0.1", "::1", "::ffff:127.0.0.1"}, {"127.0.0.2", "::2"}},
};

TEST(Access, TheFirstRuleThatMatchesDecides) {
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.rules));
    const Gate gate(list_of(c.rules), 0);
    const auto comes_in = [&](std::string_view text) {
      const auto peer = Endpoint::parse_ip(text, 5000);
      EXPECT_TRUE(peer) << text;
      const auto refused = gate.refuses(*peer);
      EXPECT_EQ(refused.value_or(Rejection::denied), Rejection::denied);
      return !refused;
    };
    for (const std::string_view text : c.in) EXPECT_TRUE(comes_in(text)) << text;
    for (const std::string_view text : c.out) EXPECT_FALSE(comes_in(text)) << text;
  }
}

TEST(Access, AnEmptyListOfThoseWhoMayComeInKeepsAllOut) {
  AccessList list;
  EXPECT_TRUE(list.admits(*IpAddress::parse("192.0.2.1")));
  list.admit_listed_only();
  EXPECT_FALSE(list.admits(*IpAddress::parse("192.0.2.1")));
}

TEST(Access, WhatIsNoRule) {
  struct Refused {
    std::string_view text;
    std::string_view why;
  };
  constexpr Refused refused[] = {
      {"localhost", "names are not looked up"},
      {"example.org/24", "names are not looked up"},
      {"dead.beef", "names are not looked up"},
      {"*", "names are not looked up"},
      {"10.0.0.1-10.0.0.9", "names are not looked up"},
      {"10.0.0.*", "names are not looked up"},
      {"192.0.2.1 192.0.2.2", "names are not looked up"},
      {"fe80::1%eth0", "zone"},
      {"fe80::%2/64", "zone"},
      {"10.0.0.0/33", "out of range"},
      {"10.0.0.0/-1", "names are not looked up"},
      {"::/129", "out of range"},
      {"10.0.0.0/", "nothing after"},
      {"10.0.0.0/08", "leading zero"},
      {"10.0.0.0/255.0.255.0", "not contiguous"},
      {"10.0.0.0/0.255.255.255", "wildcard"},
      {"10.0.0", "not an IPv4 address"},
      {"10.0.0.256", "out of range"},
      {"010.0.0.1", "leading zero"},
      {"1", "not an IPv4 address"},
      {"::g", "not an IPv6 address"},
      {"[::1]", "not an IPv6 address"},
      {"127.0.0.1:80", "not an IPv6 address"},
      {"/8", "not an IPv4 address"},
  };
  for (const Refused& each : refused) {
    const auto prefix = AccessList::parse(each.text);
    ASSERT_FALSE(prefix) << each.text;
    EXPECT_TRUE(prefix.error().contains(each.why)) << each.text << ": " << prefix.error();
  }
}

Endpoint peer(std::string_view text, std::uint16_t port) {
  return Endpoint::parse_ip(text, port).value();
}

TEST(Gate, CountsWhoIsInsideByAddress) {
  Gate gate({}, 2);
  gate.enter(peer("192.0.2.1", 1));
  EXPECT_FALSE(gate.refuses(peer("192.0.2.1", 2)));
  gate.enter(peer("::ffff:192.0.2.1", 2));
  EXPECT_EQ(gate.refuses(peer("192.0.2.1", 3)), Rejection::max_per_address);
  EXPECT_EQ(gate.refuses(peer("::ffff:192.0.2.1", 3)), Rejection::max_per_address);
  EXPECT_FALSE(gate.refuses(peer("192.0.2.2", 3)));
  EXPECT_FALSE(gate.refuses(peer("2001:db8::1", 3)));
  gate.leave(peer("192.0.2.1", 1));
  EXPECT_FALSE(gate.refuses(peer("192.0.2.1", 3)));
}

TEST(Gate, UnixPeersComeIn) {
  Gate gate(list_of({"-0.0.0.0/0", "-::/0"}), 1);
  const Endpoint unnamed = Endpoint::parse_unix("@x").value();
  gate.enter(unnamed);
  EXPECT_FALSE(gate.refuses(unnamed));
  gate.leave(unnamed);
}

}  // namespace
}  // namespace net
