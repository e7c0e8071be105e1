#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/unit/dns/trace_fixture.hh"

// Delegations that lead nowhere: every walk ends, and soon.
namespace net::dns {
namespace {

using namespace std::chrono_literals;
using TraceLimitsTest = TraceFixture;

/// The last `labels` labels of a name, which is long enough.
std::string tail_of(const std::string& text, std::size_t labels) {
  Name tail = name(text);
  while (tail.labels() > labels) tail = tail.parent();
  return tail.text();
}

TEST_F(TraceLimitsTest, ADelegationAtEachLabelEnds) {
  std::string deep;
  for (int i = 0; i < 60; ++i) deep += "x.";
  std::size_t labels = 1;
  auto& server = serve("127.0.0.2", [&labels](Exchange& exchange) {
    const std::string zone = tail_of(exchange.query.name, ++labels);
    exchange.send(referral(exchange, zone, {"ns." + zone}, {{"ns." + zone, "127.0.0.2"}}));
  });
  const Lines lines = walk(deep + "test");
  EXPECT_EQ(lines.size(), 32U);
  EXPECT_EQ(server.asked.size(), 31U);
  EXPECT_TRUE(steps_.back().child) << "it came to no end";
}

TEST_F(TraceLimitsTest, TwoZonesThatNameEachOthersServers) {
  serve("127.0.0.2", [](Exchange& exchange) {
    const bool a = exchange.query.name.ends_with("a.test");
    exchange.send(referral(exchange, a ? "a.test" : "b.test", {a ? "ns.b.test" : "ns.a.test"}));
  });
  EXPECT_EQ(walk("www.a.test").back(), "a.test.; passed ns.b.test.: no address found");
  EXPECT_FALSE(steps_.back().result.response);
}

TEST_F(TraceLimitsTest, AZoneWhoseOnlyServerIsWithinItWithoutGlue) {
  delegate({"ns.zone.test"}, {});
  EXPECT_EQ(walk().back(), "zone.test.; passed ns.zone.test.: no address found");
}

TEST_F(TraceLimitsTest, MoreServersThanAnybodyHas) {
  Lines servers;
  std::vector<std::pair<std::string, std::string>> glue;
  for (int i = 0; i < 40; ++i) {
    servers.push_back("ns" + std::to_string(i) + ".zone.test");
    glue.emplace_back(servers.back(), "127.0.0.9");
  }
  delegate(servers, glue);
  static_cast<void>(walk());
  EXPECT_EQ(steps_.at(1).delegation.size(), 16U);
  EXPECT_EQ(steps_.at(2).passed.size(), 16U);
}

TEST_F(TraceLimitsTest, ServersWithoutGlueAreNotSearchedForWithoutEnd) {
  // Sixteen servers in the other zone each, and so on (NXNSAttack): all of it answers at once.
  auto& tld = serve("127.0.0.2", [this](Exchange& exchange) {
    network_.pass(1ms);
    const bool a = exchange.query.name.ends_with("a.test");
    Lines servers;
    for (int i = 0; i < 16; ++i) servers.push_back("ns" + std::to_string(i) + (a ? ".b.test" : ".a.test"));
    exchange.send(referral(exchange, a ? "a.test" : "b.test", servers));
  });
  EXPECT_EQ(walk("www.a.test").size(), 3U);
  EXPECT_LT(network_.elapsed(), 5s);
  EXPECT_LT(tld.asked.size(), 5000U);
}

TEST_F(TraceLimitsTest, ASearchLeavesTimeToAskWhoWasFound) {
  delegate({"silent.other", "ns.other"}, {});
  auto& other = serve("127.0.0.4", [](Exchange& exchange) {
    if (exchange.query.name == "ns.other") exchange.send(authoritative(exchange, "127.0.0.3"));
  });
  serve("127.0.0.3", [this](Exchange& exchange) {
    network_.pass(100ms);
    exchange.send(authoritative(exchange));
  });
  EXPECT_EQ(walk().back(), "zone.test. @127.0.0.3 ns.other.; passed silent.other.: no address found");
  EXPECT_LE(network_.elapsed(), 4s) << "the timeout is for the zone, searches and all";
  EXPECT_EQ(other.asked.back().query.name, "ns.other");
}

TEST(RootServers, AsIanaListsThem) {
  const std::vector<Endpoint> servers = root_servers();
  EXPECT_EQ(servers.size(), 26U);
  for (const Endpoint& server : servers) EXPECT_EQ(server.port(), 53);
  // a, b (since 2023), k and m.
  for (const std::string address : {"198.41.0.4", "2001:503:ba3e::2:30", "170.247.170.2", "2801:1b8:10::b",
                                    "193.0.14.129", "2001:7fd::1", "202.12.27.33", "2001:dc3::35"}) {
    EXPECT_NE(std::ranges::find(servers, endpoint(address, 53)), servers.end()) << address;
  }
}

}  // namespace
}  // namespace net::dns
