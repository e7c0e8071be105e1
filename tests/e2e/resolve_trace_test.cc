// --trace: the walk from a private root down, and the servers on the way that are lame, silent or lie.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Glue = std::vector<std::pair<std::string, std::string>>;  ///< server's name, its address ("": none)

/// Sends who asks on to the servers of the zone below.
void refer(dns::Message& reply, const std::string& zone, const Glue& servers) {
  reply.flags &= ~(15U | dns::ra);
  reply.answer.clear();
  for (const auto& [name, address] : servers) {
    reply.authority.push_back({zone, Record::ns(name)});
    if (!address.empty()) reply.additional.push_back({name, Record::address(address)});
  }
}

Behaviour refers(const std::string& zone, const Glue& servers) {
  return {.edit = [=](dns::Message& reply, const Question&) { refer(reply, zone, servers); }};
}

Behaviour answers() {
  return {
      .edit = [](dns::Message& reply, const Question&) { reply.flags = (reply.flags & ~dns::ra) | dns::aa; }};
}

/// The root at 127.0.0.10, test. at 127.0.0.11, example.test. at 127.0.0.12, where www has an address.
struct Tree {
  Namespace ns;
  std::vector<std::unique_ptr<DnsServer>> all;
  DnsServer& root = server("127.0.0.10");
  DnsServer& tld = server("127.0.0.11");
  DnsServer& zone = server("127.0.0.12");

  Tree() {
    root.behave("*", refers("test", {{"ns.test", "127.0.0.11"}}));
    tld.behave("*", refers("example.test", {{"ns.example.test", "127.0.0.12"}}));
    zone.behave("*", answers());
    zone.add("www.example.test", Record::address("192.0.2.80"));
    zone.add("alias.example.test", Record::cname("www.example.test"));
    ns.hosts("");
    ns.resolv_conf("");
  }

  DnsServer& server(const std::string& address) {
    all.push_back(ns.in([&] { return std::make_unique<DnsServer>(address, 53); }));
    return *all.back();
  }

  [[nodiscard]] Outcome trace(const Words& words = {"www.example.test"}, const Words& more = {}) const {
    Words line = {"resolve", "--trace", "-w", "1"};
    if (std::ranges::find(more, "--root") == more.end()) line.insert(line.end(), {"--root", "127.0.0.10"});
    return ns.run(nettool_argv(line + more + words));
  }

  /// The objects of the steps and, last, the response's.
  [[nodiscard]] std::vector<json::Value> steps(const Words& words = {"www.example.test"}) const {
    return json::parse_lines(trace(words, {"--json"}).out);
  }
};

TEST(ResolveTrace, OneLineForEachDelegation) {
  REQUIRE_NAMESPACES();
  Tree tree;
  Outcome outcome = tree.trace();
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  Words lines = lines_of(outcome.out);
  ASSERT_GE(lines.size(), 5U) << outcome.out;
  for (const auto& [line, parts] : std::vector<std::pair<std::size_t, Words>>{
           {0, {".  ", "127.0.0.10#53", " ms", "test.", "ns.test.", "127.0.0.11"}},
           {1, {"test.  ", "127.0.0.11#53", " ms", "example.test.", "ns.example.test.", "127.0.0.12"}},
           {2, {"example.test.  ", "127.0.0.12#53", " ms"}},
           {3, {";; www.example.test. IN A @127.0.0.12#53/udp NOERROR qr aa"}}}) {
    for (const std::string& part : parts)
      EXPECT_TRUE(contains(lines[line], part)) << lines[line] << "\n" << part;
  }
  EXPECT_EQ(folded_spaces(lines.back()), "www.example.test. 60 IN A 192.0.2.80");
  // Nobody is asked to recurse, and each but once.
  for (const auto& server : tree.all) {
    ASSERT_EQ(server->questions().size(), 1U);
    EXPECT_EQ(last_query(*server).flags & dns::rd, 0);
  }
  EXPECT_EQ(tree.trace({"www.example.test"}, {"--short"}).out, "192.0.2.80\n");
}

TEST(ResolveTrace, AsJson) {
  REQUIRE_NAMESPACES();
  Tree tree;
  std::vector<json::Value> steps = tree.steps();
  ASSERT_EQ(steps.size(), 4U);
  const Words zones = {".", "test.", "example.test."}, servers = {"127.0.0.10", "127.0.0.11", "127.0.0.12"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(steps[i]["zone"].string(), zones[i]);
    EXPECT_EQ(steps[i]["server"].string(), servers[i]);
    EXPECT_GE(steps[i]["time_ms"].number(), 0);
    EXPECT_EQ(steps[i]["passed_over"].size(), 0U);
  }
  EXPECT_EQ(steps[0]["delegation"]["zone"].string(), "test.");
  EXPECT_EQ(steps[0]["delegation"]["ns"][0]["name"].string(), "ns.test.");
  EXPECT_EQ(steps[0]["delegation"]["ns"][0]["addresses"][0].string(), "127.0.0.11");
  EXPECT_TRUE(steps[2]["delegation"].is_null());
  EXPECT_EQ(data_of(steps[3]["answer"]), Words{"192.0.2.80"});
}

TEST(ResolveTrace, TheAnswersThatAreNone) {
  REQUIRE_NAMESPACES();
  Tree tree;
  Outcome missing = tree.trace({"nobody.example.test"});
  EXPECT_EQ(missing.status, 1) << missing.out;
  EXPECT_TRUE(contains(missing.out, " NXDOMAIN ")) << missing.out;
  Outcome no_data = tree.trace({"www.example.test"}, {"-t", "MX"});
  EXPECT_EQ(no_data.status, 1) << no_data.out;
  EXPECT_TRUE(contains(no_data.out, " NOERROR ")) << no_data.out;
  EXPECT_EQ(tree.trace({"alias.example.test"}).status, 0);
  // The root itself does not know the zone.
  tree.root.behave("*", {.edit = [](dns::Message& reply, const Question&) { reply.flags |= 3U | dns::aa; }});
  EXPECT_EQ(tree.trace().status, 1);
}

// A server of the zone that is none: it is named, with what it said, and the next one is asked.
TEST(ResolveTrace, LameServersAreNamed) {
  REQUIRE_NAMESPACES();
  struct Row {
    const char* name;
    Behaviour behaviour;
  };
  const std::vector<Row> table = {
      {"it refuses", {.rcode = 5}},
      {"it fails", {.rcode = 2}},
      {"it refers upwards", refers(".", {{"a.root-servers.test", "127.0.0.10"}})},
      {"it refers to the zone itself", refers("example.test", {{"ns.example.test", "127.0.0.12"}})},
      {"it refers sideways", refers("other.test", {{"ns.other.test", "127.0.0.12"}})},
      {"an answer without authority",
       {.edit =
            [](dns::Message& reply, const Question& asked) {
              reply.flags &= ~15U;
              reply.answer = {{asked.name, Record::address("203.0.113.66")}};
            }}},
      {"nothing at all",
       {.edit =
            [](dns::Message& reply, const Question&) {
              reply.flags &= ~15U;
              reply.answer.clear();
            }}},
      {"a broken message", {.rewrite = [](const std::string& m) { return m.substr(0, m.size() - 1); }}},
  };
  Tree tree;
  tree.tld.behave(
      "*", refers("example.test", {{"lame.example.test", "127.0.0.20"}, {"ns.example.test", "127.0.0.12"}}));
  DnsServer& lame = tree.server("127.0.0.20");
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    lame.behave("*", row.behaviour);
    Outcome outcome = tree.trace();
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    Words lines = lines_of(outcome.out);
    bool named = std::ranges::any_of(lines, [](const std::string& line) {
      return contains(line, "lame.example.test.") && contains(line, "127.0.0.20") &&
             contains(line, " lame: ");
    });
    EXPECT_TRUE(named) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "192.0.2.80")) << outcome.out;
    EXPECT_FALSE(contains(outcome.out, "203.0.113.66")) << outcome.out;
    json::Value passed = tree.steps()[2]["passed_over"];
    ASSERT_EQ(passed.size(), 1U);
    EXPECT_EQ(passed[0]["server"].string(), "127.0.0.20");
    EXPECT_EQ(passed[0]["server_name"].string(), "lame.example.test.");
    EXPECT_TRUE(passed[0]["lame"].boolean());
  }
}

TEST(ResolveTrace, UnreachableServersAreNamed) {
  REQUIRE_NAMESPACES();
  Tree tree;
  tree.ns.blackhole("192.0.2.1");
  // One swallows everything, at one nobody listens, to one there is no way, and one is good.
  tree.tld.behave("*", refers("example.test", {{"hole.example.test", "192.0.2.1"},
                                               {"shut.example.test", "127.0.0.99"},
                                               {"far.example.test", "203.0.113.1"},
                                               {"ns.example.test", "127.0.0.12"}}));
  Outcome outcome = tree.trace();
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  for (const char* name : {"hole.example.test.", "shut.example.test.", "far.example.test."}) {
    Words lines = lines_of(outcome.out);
    bool named = std::ranges::any_of(lines, [&](const std::string& line) {
      return contains(line, name) && contains(line, "passed over: ");
    });
    EXPECT_TRUE(named) << outcome.out;
  }
  // The time is that of the zone, so a dead server leaves some to the others.
  EXPECT_LT(outcome.seconds, 1.5);
  json::Value passed = tree.steps()[2]["passed_over"];
  ASSERT_EQ(passed.size(), 3U);
  EXPECT_EQ(passed[0]["error"]["code"].string(), "ETIMEDOUT");
  EXPECT_EQ(passed[1]["error"]["code"].string(), "ECONNREFUSED");
  EXPECT_EQ(passed[2]["error"]["code"].string(), "ENETUNREACH");
}

TEST(ResolveTrace, NoServerOfAZoneAnswers) {
  REQUIRE_NAMESPACES();
  Tree tree;
  tree.ns.blackhole("192.0.2.1");
  struct Row {
    const char* name;
    Glue servers;
    int status;
  };
  const std::vector<Row> table = {
      {"silent", {{"hole.example.test", "192.0.2.1"}}, 3},
      {"refused", {{"shut.example.test", "127.0.0.99"}}, 1},
      {"no way there", {{"far.example.test", "203.0.113.1"}}, 4},
      {"lame", {{"lame.example.test", "127.0.0.10"}}, 1},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    tree.tld.behave("*", refers("example.test", row.servers));
    for (const Words& more : {Words{}, Words{"--json"}}) {
      Outcome outcome = tree.trace({"www.example.test"}, more);
      EXPECT_EQ(outcome.status, row.status) << outcome.out << outcome.err;
      // As far as it came is shown, and who was asked last.
      EXPECT_TRUE(contains(outcome.out, "example.test.")) << outcome.out;
      EXPECT_TRUE(contains(outcome.out, row.servers[0].second)) << outcome.out;
    }
  }
}

TEST(ResolveTrace, ServersWithoutGlueAreLookedUp) {
  REQUIRE_NAMESPACES();
  Tree tree;
  // The name server of example.test lives in another zone of the same root.
  tree.tld.behave("*", refers("example.test", {{"ns.other.test", ""}}));
  tree.tld.behave("ns.other.test", refers("other.test", {{"ns2.other.test", "127.0.0.13"}}));
  DnsServer& other = tree.server("127.0.0.13");
  other.behave("*", answers());
  other.add("ns.other.test", Record::address("127.0.0.12"));
  Outcome outcome = tree.trace();
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "192.0.2.80")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "no glue")) << outcome.out;
  // Where the glue is that of another zone, it is no glue.
  tree.tld.behave("*", {.edit = [](dns::Message& reply, const Question&) {
                    refer(reply, "example.test", {{"ns.elsewhere", ""}});
                    reply.additional.push_back({"ns.elsewhere", Record::address("127.0.0.66")});
                  }});
  DnsServer& hijack = tree.server("127.0.0.66");
  EXPECT_NE(tree.trace().status, 0);
  EXPECT_TRUE(hijack.questions().empty());
}

// Name servers that nobody can find: zones that hang on each other, and a delegation that names many.
TEST(ResolveTrace, ServersThatCannotBeFound) {
  REQUIRE_NAMESPACES();
  Tree tree;
  tree.tld.behave("*", refers("example.test", {{"ns.example.test", ""}}));
  Outcome outcome = tree.trace();
  EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "no address found")) << outcome.out;

  auto sum = [&] { return tree.root.questions().size() + tree.tld.questions().size(); };
  const std::size_t before = sum();
  tree.tld.behave("*", {.edit = [](dns::Message& reply, const Question& asked) {
                    std::string below = asked.name.substr(asked.name.rfind('.', asked.name.size() - 6) + 1);
                    Glue servers;
                    for (int i = 0; i < 16; ++i)
                      servers.push_back({"n" + std::to_string(i) + ".x" + below, ""});
                    refer(reply, below, servers);
                  }});
  Outcome many = tree.trace();
  EXPECT_NE(many.status, 0);
  // One question must not become a flood: 200 at most, each with its tries.
  EXPECT_LE(sum() - before, 600U);
  EXPECT_LT(many.seconds, 5);
}

// A server that delegates deeper and deeper, to itself.
TEST(ResolveTrace, DelegationsWithoutEnd) {
  REQUIRE_NAMESPACES();
  Tree tree;
  std::string name = "test";
  for (int i = 0; i < 100; ++i) name = "a." + name;
  tree.tld.behave("*", {.edit = [depth = 0](dns::Message& reply, const Question& asked) mutable {
                    std::size_t labels = static_cast<std::size_t>(++depth) + 1;
                    std::size_t begin = asked.name.size() - std::min(asked.name.size(), 2 * labels + 2);
                    refer(reply, asked.name.substr(begin), {{"ns.test", "127.0.0.11"}});
                  }});
  Outcome outcome = tree.trace({name});
  EXPECT_NE(outcome.status, 0) << outcome.out;
  EXPECT_LT(outcome.seconds, 5);
}

TEST(ResolveTrace, SeveralRoots) {
  REQUIRE_NAMESPACES();
  Tree tree;
  tree.ns.blackhole("192.0.2.1");
  Outcome outcome = tree.trace({"www.example.test"}, {"--root", "192.0.2.1,127.0.0.10"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "192.0.2.1#53")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "passed over")) << outcome.out;
  EXPECT_EQ(tree.trace({"www.example.test"}, {"--root", "127.0.0.10,192.0.2.1"}).status, 0);
  EXPECT_EQ(tree.trace({"www.example.test"}, {"--root", "127.0.0.10", "--tcp"}).status, 0);
  EXPECT_TRUE(tree.zone.questions().back().tcp);
}

TEST(ResolveTrace, Backwards) {
  REQUIRE_NAMESPACES();
  Tree tree;
  tree.root.behave("*", refers("in-addr.arpa", {{"ns.test", "127.0.0.12"}}));
  tree.zone.add("1.2.0.192.in-addr.arpa", Record::ptr("www.example.test"));
  for (const Words& words : {Words{"-x", "192.0.2.1"}, Words{"192.0.2.1"}}) {
    Outcome outcome = tree.trace(words);
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_TRUE(contains(outcome.out, "PTR  www.example.test.")) << outcome.out;
  }
}

}  // namespace
}  // namespace test
