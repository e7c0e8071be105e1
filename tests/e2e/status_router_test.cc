// Unreachable: said by a router it is status 1 and names the router, said by our own routing table it is 4.

#include <gtest/gtest.h>

#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A client behind one router. What the router does not know, or is told to refuse, ends there.
struct Network {
  Namespace client, router;

  Network() {
    client.veth(router, "up0", "down0");
    client.run_ip({"addr", "add", "10.9.0.1/24", "dev", "up0"});
    client.run_ip({"-6", "addr", "add", "fd09::1/64", "dev", "up0", "nodad"});
    router.run_ip({"addr", "add", "10.9.0.254/24", "dev", "down0"});
    router.run_ip({"-6", "addr", "add", "fd09::254/64", "dev", "down0", "nodad"});
    client.run_ip({"route", "add", "default", "via", "10.9.0.254"});
    client.run_ip({"-6", "route", "add", "default", "via", "fd09::254"});
    client.wait_usable("fd09::1");
    router.wait_usable("fd09::254");
    router.sysctl("net.ipv4.ip_forward", "1");
    router.sysctl("net.ipv6.conf.all.forwarding", "1");
    // Routers say no only so often; each test asks several times.
    router.sysctl("net.ipv4.icmp_ratelimit", "0");
    router.sysctl("net.ipv6.icmp.ratelimit", "0");
  }

  void route_in_router(const std::string& kind, const std::string& prefix) {
    router.run_ip({contains(prefix, ":") ? "-6" : "-4", "route", "add", kind, prefix});
  }
};

struct Refusal {
  const char* kind;  ///< of the router's route; "" is none at all
  const char* address;
  const char* code;
  const char* router;
};

// The errno is what each family makes of the ICMP message; a firewall's "prohibited" has another in each.
const std::vector<Refusal> refusals = {
    {"unreachable", "10.9.1.1", "EHOSTUNREACH", "10.9.0.254"},
    {"prohibit", "10.9.2.1", "EHOSTUNREACH", "10.9.0.254"},
    {"", "10.9.3.1", "ENETUNREACH", "10.9.0.254"},
    {"unreachable", "fd09:1::1", "ENETUNREACH", "fd09::254"},
    {"prohibit", "fd09:2::1", "EACCES", "fd09::254"},
    {"", "fd09:3::1", "ENETUNREACH", "fd09::254"},
};

TEST(StatusRouter, ARoutersNoIsStatusOneAndNamesIt) {
  REQUIRE_NAMESPACES();
  Network net;
  for (const Refusal& refusal : refusals) {
    if (*refusal.kind != '\0') net.route_in_router(refusal.kind, refusal.address);
    SCOPED_TRACE(std::string(refusal.kind) + " " + refusal.address);
    Outcome outcome = net.client.run(nettool("connect", "-w", "5", refusal.address, "80"));
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "said by " + std::string(refusal.router))) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, refusal.code)) << outcome.err;
    EXPECT_LT(outcome.seconds, 2);

    Outcome as_json = net.client.run(nettool("connect", "--json", "-w", "5", refusal.address, "80"));
    EXPECT_EQ(as_json.status, 1);
    const json::Value error = json::parse_lines(as_json.err).back()["error"];
    EXPECT_EQ(error["code"].string(), refusal.code);
    EXPECT_TRUE(contains(error["message"].string(), refusal.router)) << as_json.err;
  }
}

TEST(StatusRouter, UdpHearsTheRouterToo) {
  REQUIRE_NAMESPACES();
  Network net;
  for (const Refusal& refusal : refusals) {
    if (*refusal.kind != '\0') net.route_in_router(refusal.kind, refusal.address);
    SCOPED_TRACE(std::string(refusal.kind) + " " + refusal.address);
    Outcome outcome = net.client.run(nettool("connect", "-u", "-w", "5", refusal.address, "80"), "question");
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, refusal.router)) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, refusal.code)) << outcome.err;
  }
}

TEST(StatusRouter, ARouterThatDropsIsSilence) {
  REQUIRE_NAMESPACES();
  Network net;
  for (const std::string address : {"10.9.4.1", "fd09:4::1"}) {
    net.route_in_router("blackhole", address);
    Outcome outcome = net.client.run(nettool("connect", "-w", "400ms", address, "80"));
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "ETIMEDOUT")) << outcome.err;
    EXPECT_FALSE(contains(outcome.err, "said by")) << outcome.err;
  }
}

// A host that the router's own link does not have: it is the router who says so, after asking for it.
TEST(StatusRouter, AHostThatIsNotThere) {
  REQUIRE_NAMESPACES();
  Network net;
  // A link of the router's on which nobody answers.
  net.router.run_ip({"link", "add", "far0", "type", "veth", "peer", "name", "far1"});
  for (const char* end : {"far0", "far1"}) net.router.run_ip({"link", "set", end, "up"});
  net.router.run_ip({"addr", "add", "10.9.5.254/24", "dev", "far0"});
  Outcome outcome = net.client.run(nettool("connect", "10.9.5.1", "80"));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "said by 10.9.0.254")) << outcome.err;
}

// On our own link it is our own kernel that gives up; nobody said no.
TEST(StatusRouter, ANeighbourThatIsNotThere) {
  REQUIRE_NAMESPACES();
  Network net;
  Outcome outcome = net.client.run(nettool("connect", "10.9.0.77", "80"));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "neighbour")) << outcome.err;
}

struct OwnTable {
  const char* kind;
  const char* code;
};

TEST(StatusRouter, OurOwnRoutingTableIsStatusFour) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  const std::vector<OwnTable> kinds = {
      {"", "ENETUNREACH"}, {"unreachable", "EHOSTUNREACH"}, {"prohibit", "EACCES"}, {"blackhole", "EINVAL"}};
  const std::vector<std::pair<const char*, const char*>> families = {{"-4", "192.0.2.1"},
                                                                     {"-6", "2001:db8::1"}};
  for (const auto& [family, address] : families) {
    for (const OwnTable& own : kinds) {
      SCOPED_TRACE(std::string(own.kind) + " " + address);
      if (*own.kind != '\0') ns.run_ip({family, "route", "add", own.kind, address});
      for (const char* protocol : {"-v", "-u"}) {
        Outcome outcome = ns.run(nettool("connect", protocol, "-w", "5", address, "80"), "x");
        EXPECT_EQ(outcome.status, 4) << outcome.err;
        EXPECT_TRUE(contains(outcome.err, own.code)) << outcome.err;
        EXPECT_TRUE(contains(outcome.err, "hint: ")) << outcome.err;
        EXPECT_FALSE(contains(outcome.err, "said by")) << outcome.err;
      }
      if (*own.kind != '\0') ns.run_ip({family, "route", "del", own.kind, address});
    }
  }
}

TEST(StatusRouter, ARouterAmongSilentAddressesIsTheStatusOfAll) {
  REQUIRE_NAMESPACES();
  Network net;
  net.route_in_router("blackhole", "10.9.4.1");
  net.route_in_router("prohibit", "10.9.2.1");
  net.client.hosts("10.9.4.1 mix.test\n10.9.2.1 mix.test\n");
  Outcome outcome = net.client.run(nettool("connect", "-w", "1", "mix.test", "80"));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "said by 10.9.0.254")) << outcome.err;
}

}  // namespace
}  // namespace test
