// Why a connection failed: every row of causes, over both families, as a user without privileges. Each has
// the errno, who said it, what that means and what to try; the nearest other cause is another row.

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "tests/support/icmp_forger.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/topology.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr std::uint16_t kPort = 81;

class Why : public testing::TestWithParam<IpFamily> {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    net_.emplace();
    binary_ = copy_for_anybody(dir_);
  }

  [[nodiscard]] static bool v4() { return GetParam() == IpFamily::v4; }
  [[nodiscard]] std::string server() const { return net_->server_address(GetParam()); }

  Outcome connect(Words words, const std::string& input = "") {
    words.insert(words.begin(), {binary_, "connect"});
    Options options;
    options.before_exec = [enter = net_->client().enter_hook()] {
      enter();
      become(nobody)();
    };
    return run(std::move(words), std::move(options), input);
  }

  struct Expected {
    int status;
    std::string code;
    std::string message;  ///< in the error's line
    std::string hint;     ///< in the hint's
    std::string said_by = {};
  };
  void expect(const Words& words, const Expected& expected, const std::string& input = "") {
    SCOPED_TRACE(testing::PrintToString(words));
    const Outcome outcome = connect(words, input);
    EXPECT_EQ(outcome.status, expected.status) << outcome.err;
    const size_t hint = outcome.err.find("\nhint: ");
    ASSERT_NE(hint, std::string::npos) << outcome.err;
    const std::string first = outcome.err.substr(0, hint);
    EXPECT_TRUE(contains(first, "(" + expected.code + ")")) << first;
    EXPECT_TRUE(contains(first, expected.message)) << first;
    EXPECT_TRUE(contains(outcome.err.substr(hint), expected.hint)) << outcome.err;
    EXPECT_EQ(contains(first, "said by "), !expected.said_by.empty()) << first;
    if (!expected.said_by.empty()) EXPECT_TRUE(contains(first, "said by " + expected.said_by)) << first;
  }

  TempDir dir_;
  std::string binary_;
  std::optional<Topology> net_;
};

std::string family_name(const testing::TestParamInfo<IpFamily>& info) {
  return info.param == IpFamily::v4 ? "V4" : "V6";
}
INSTANTIATE_TEST_SUITE_P(Families, Why, testing::Values(IpFamily::v4, IpFamily::v6), family_name);

const std::string kPortText = std::to_string(kPort);

TEST_P(Why, ThePeerRefuses) {
  expect({server(), kPortText}, {1, "ECONNREFUSED", "connection refused", "answered itself"});
  expect({"-u", "-w", "5", server(), kPortText},
         {1, "ECONNREFUSED", v4() ? "port unreachable (ICMP 3/3)" : "port unreachable (ICMPv6 1/4)",
          "nothing listens on UDP port 81 there"},
         "x");
}

// That an address can be bound does not make it ours.
TEST(WhyLocal, AForeignAddressThatCanBeBound) {
  REQUIRE_NAMESPACES();
  Topology net;
  net.client().sysctl("net.ipv4.ip_nonlocal_bind", "1");
  const Outcome outcome = net.client().run(nettool("connect", net.server_address(IpFamily::v4), kPortText));
  EXPECT_TRUE(contains(outcome.err, "answered itself")) << outcome.err;
}

TEST_P(Why, ThisHostRefuses) {
  const std::string loopback = v4() ? "127.0.0.1" : "::1";
  expect({loopback, kPortText}, {1, "ECONNREFUSED", "connection refused", "Try: nettool port 81"});
  expect({"-u", "-w", "5", loopback, kPortText},
         {1, "ECONNREFUSED", "port unreachable", "Try: nettool port 81/udp"}, "x");
}

/// What a router says of an address, over TCP and UDP.
struct RouterRow {
  const char* kind;
  Words codes;     ///< v4, v6
  Words messages;  ///< v4, v6
  const char* hint;
};

TEST_P(Why, ARouterSaysNo) {
  const std::vector<RouterRow> rows = {
      {"prohibit",
       {"EHOSTUNREACH", "EACCES"},
       {"communication administratively prohibited (ICMP 3/13)",
        "communication administratively prohibited (ICMPv6 1/1)"},
       "has a rule against this"},
      {"throw",
       {"ENETUNREACH", "ENETUNREACH"},
       {"network unreachable (ICMP 3/0)", "no route to destination (ICMPv6 1/0)"},
       "knows no way to"},
      {"unreachable",
       {"EHOSTUNREACH", "ENETUNREACH"},
       {"host unreachable (ICMP 3/1)", "no route to destination (ICMPv6 1/0)"},
       v4() ? "is the last router before" : "knows no way to"}};
  const std::string router = Topology::address(2, GetParam());
  const size_t which = v4() ? 0 : 1;
  for (const RouterRow& row : rows) {
    // A router says only so many noes (net.ipv4.route.error_burst).
    net_.emplace();
    net_->refuse(2, row.kind, server());
    const Expected expected{1, row.codes[which], row.messages[which], row.hint, router};
    expect({"-w", "5", server(), kPortText}, expected);
    expect({"-u", "-w", "5", server(), kPortText}, expected, "x");
  }
}

TEST_P(Why, PacketsRunOutOfHops) {
  const std::string option = v4() ? "IP_TTL=1" : "IPV6_UNICAST_HOPS=1";
  expect({"-o", option, server(), kPortText}, {1, "EHOSTUNREACH", v4() ? "(ICMP 11/0)" : "(ICMPv6 3/0)",
                                               "ran out of hops", Topology::address(1, GetParam())});
}

struct OwnRow {
  const char* kind;
  const char* code;
  const char* hint;
};

TEST_P(Why, TheOwnRoutingTable) {
  const std::vector<OwnRow> rows = {{"prohibit", "EACCES", "prohibits it"},
                                    {"unreachable", "EHOSTUNREACH", "says unreachable"},
                                    {"blackhole", "EINVAL", "blackhole"},
                                    {"throw", "ENETUNREACH", "has no route to it"}};
  for (const OwnRow& row : rows) {
    net_->refuse(0, row.kind, server());
    expect({server(), kPortText}, {4, row.code, "", row.hint});
    expect({"-u", server(), kPortText},
           {4, row.code, "", "Try: ip route get " + server() + " ipproto udp dport 81"}, "x");
    net_->allow(0, row.kind, server());
  }
}

// A rule for one port: the command that is named must see it too.
TEST_P(Why, AnOwnRuleForOnePort) {
  net_->refuse_port(0, "prohibit", "tcp", kPort);
  const std::string command = "ip route get " + server() + " ipproto tcp dport " + kPortText;
  expect({server(), kPortText}, {4, "EACCES", "", "Try: " + command});
  const Outcome shown = net_->client().run({"sh", "-c", command});
  EXPECT_NE(shown.status, 0) << shown.out;
  EXPECT_EQ(net_->client().run({"ip", "route", "get", server()}).status, 0);
}

TEST_P(Why, TcpToAGroup) {
  expect({v4() ? "224.0.0.9" : "ff02::9%down0", kPortText}, {4, "ENETUNREACH", "", "only UDP (-u)"});
}

TEST_P(Why, TheOwnAddressAndPort) {
  const std::string foreign = v4() ? "192.0.2.77" : "2001:db8::77";
  expect({"-s", foreign, server(), kPortText}, {4, "EADDRNOTAVAIL", "bind", "nettool iface"});
  expect({"-p", "80", server(), kPortText}, {4, "EACCES", "bind", "ip_unprivileged_port_start"});
}

TEST_P(Why, TheDatagramIsTooBigForThePath) {
  net_->set_mtu(1, 1300);
  const std::string option = v4() ? "IP_MTU_DISCOVER=do" : "IPV6_MTU_DISCOVER=do";
  const std::string limit = v4() ? "1272" : "1252";
  UdpSocket open = net_->server().in([this] { return UdpSocket(server()); });
  // The first is the router's word; then the kernel knows, and says so itself.
  const Words words{"-u", "-w", "5", "-o", option, server(), open.port_text()};
  const std::string data(1400, 'x');
  expect(words,
         {1, "EMSGSIZE", v4() ? "fragmentation needed and DF set (ICMP 3/4)" : "packet too big (ICMPv6 2/0)",
          "--datagram-size " + limit + ", or have it fragmented: -o IP" + (v4() ? "" : "V6") +
              "_MTU_DISCOVER=dont",
          Topology::address(1, GetParam())},
         data);
  expect(words, {4, "EMSGSIZE", "send", "packets of 1300 bytes"}, data);
  // One of just that size arrives.
  const Outcome fits =
      connect({"-u", "-q", "0", "-o", option, "--datagram-size", limit, server(), open.port_text()},
              data.substr(0, std::stoul(limit)));
  EXPECT_EQ(fits.status, 0) << fits.err;
  EXPECT_EQ(open.recv().bytes.size(), std::stoul(limit));
}

TEST_P(Why, ATimelineSaysWhyForEachAddress) {
  net_->refuse(2, "prohibit", server());
  const Outcome outcome = connect({"--json", "-w", "5", server(), kPortText});
  for (const json::Value& event : json::parse_lines(outcome.err)) {
    if (event["event"].string() != "attempt") continue;
    EXPECT_TRUE(contains(event["error"]["message"].string(), Topology::address(2, GetParam())));
    EXPECT_TRUE(contains(event["error"]["hint"].string(), "has a rule against this"));
  }
}

// EADDRNOTAVAIL has two causes; the ports that are taken are StatusLocal's.
TEST(WhyLocal, NoAddressToSendFrom) {
  REQUIRE_NAMESPACES();
  const Namespace ns;
  ns.sysctl("net.ipv6.conf.all.disable_ipv6", "1");
  const Outcome outcome = ns.run(nettool("connect", "::1", kPortText));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "EADDRNOTAVAIL")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "no IPv6 address to send from")) << outcome.err;
}

TEST(WhyLocal, LoopbackIsDown) {
  REQUIRE_NAMESPACES();
  const Namespace ns;
  ns.run_ip({"addr", "del", "127.0.0.1/8", "dev", "lo"});
  ns.run_ip({"link", "set", "lo", "down"});
  const Outcome outcome = ns.run(nettool("connect", "127.0.0.1", kPortText));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "the loopback interface is down")) << outcome.err;
}

TEST(WhyLocal, AnotherAddressOfThisHost) {
  REQUIRE_NAMESPACES();
  const Namespace ns;
  ns.add_address("192.0.2.7");
  ns.add_address("192.0.2.8");
  const TcpServer server = ns.in([] { return TcpServer("192.0.2.7"); });
  const Outcome outcome = ns.run(nettool("connect", "192.0.2.8", server.port_text()));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_TRUE(contains(
      outcome.err, "192.0.2.8 is this host, and nothing listens on port " + server.port_text() +
                       " of this address, but 192.0.2.7:" + server.port_text() + "/tcp is listened on by "))
      << outcome.err;
  const std::uint16_t closed = ns.in([] { return closed_port(SOCK_STREAM, "192.0.2.8"); });
  const Outcome nobody_there = ns.run(nettool("connect", "192.0.2.8", std::to_string(closed)));
  EXPECT_TRUE(contains(nobody_there.err, "of this address. Try: ")) << nobody_there.err;
}

/// What takes its time: silence, and neighbours that are asked for.
using WhySilence = Why;
INSTANTIATE_TEST_SUITE_P(Families, WhySilence, testing::Values(IpFamily::v4, IpFamily::v6), family_name);

TEST_P(WhySilence, ARouterDrops) {
  net_->refuse(2, "blackhole", server());
  expect({"-w", "1500ms", server(), kPortText}, {3, "ETIMEDOUT", "no answer in 1.5 s", "2 SYNs sent in 1."});
  expect({"-u", "-w", "300ms", server(), kPortText}, {3, "ETIMEDOUT", "", "silence proves nothing"}, "x");
}

TEST_P(WhySilence, NobodyThereBehindTheLastRouter) {
  expect({"-w", "10", net_->dead_neighbour(GetParam()), kPortText},
         {1, "EHOSTUNREACH", v4() ? "host unreachable (ICMP 3/1)" : "address unreachable (ICMPv6 1/3)",
          "is the last router before", Topology::address(2, GetParam())});
}

TEST_P(WhySilence, NobodyThereOnTheOwnNetwork) {
  const std::string here = v4() ? "10.77.1.99" : "fd77:0:0:1::99";
  expect({"-w", "10", here, kPortText},
         {3, "EHOSTUNREACH", "no neighbour answered", "did not answer ARP or ND"});
}

/// A firewall that rejects by "port unreachable", as its own host and as a router. (IPv4: what is forged.)
TEST(WhyForged, AFirewallRejectsATcpPort) {
  REQUIRE_NAMESPACES();
  Topology net;
  const std::string server = net.server_address(IpFamily::v4);
  const SilentPort silent = net.server().in([&] { return SilentPort(server); });
  {
    const IcmpForger itself(net.server(), silent.port(), 3, 3);
    const Outcome outcome = net.client().run(nettool("connect", "-w", "5", server, silent.port_text()));
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "connection refused: port unreachable (ICMP 3/3) (ECONNREFUSED)"))
        << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "by ICMP and not by a RST")) << outcome.err;
  }
  const IcmpForger router(net.node(1), silent.port(), 3, 3);
  const Outcome outcome = net.client().run(nettool("connect", "-w", "5", server, silent.port_text()));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "said by " + Topology::address(1, IpFamily::v4))) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "in place of " + server)) << outcome.err;
}

}  // namespace
}  // namespace test
