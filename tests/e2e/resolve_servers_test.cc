// Which servers are asked, in which order, until when: resolv.conf's in turn, those of the command line side
// by side, by name or address.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

/// A network with name servers on port 53 of some loopback addresses, all of which know good.test.
struct Network {
  Namespace ns;
  std::vector<std::unique_ptr<DnsServer>> servers;

  explicit Network(const Words& addresses, const std::string& resolv_conf = {}) {
    std::string all;
    for (const std::string& address : addresses) {
      servers.push_back(ns.in([&] { return std::make_unique<DnsServer>(address, 53); }));
      servers.back()->add("good.test", Record::address("192.0.2.1"));
      all += "nameserver " + address + "\n";
    }
    ns.resolv_conf(resolv_conf.empty() ? all : resolv_conf);
    ns.hosts("");
  }

  [[nodiscard]] Outcome resolve(const Words& words) const {
    return ns.run(nettool_argv(Words{"resolve", "--json"} + words));
  }
};

TEST(ResolveServers, ThoseOfResolvConfInTurn) {
  REQUIRE_NAMESPACES();
  // The first is silent, nobody listens at the second, the third answers.
  Network net({"127.0.0.1", "127.0.0.3"},
              "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n");
  net.servers[0]->behave("*", {.silent = true});
  Outcome outcome = net.resolve({"good.test", "-t", "A", "-w", "3"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(only(outcome)["server"].string(), "127.0.0.3");
  EXPECT_EQ(only(outcome)["port"].integer(), 53);
  // One of nine slots is the first's.
  EXPECT_LT(outcome.seconds, 1.5);
  EXPECT_GE(outcome.seconds, 0.3);
  EXPECT_EQ(net.servers[0]->questions().size(), 1U);
}

TEST(ResolveServers, OneThatRefusesIsPassedOverAtOnce) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.3"}, "nameserver 127.0.0.2\nnameserver 127.0.0.3\n");
  for (const Words& more : {Words{}, Words{"--tcp"}}) {
    Outcome outcome = net.resolve(Words{"good.test", "-t", "A", "-w", "5"} + more);
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_LT(outcome.seconds, 1);
    // Said, since resolv.conf has a server that is none.
    EXPECT_TRUE(contains(warnings_of(only(outcome)), "127.0.0.2")) << outcome.out;
  }
}

TEST(ResolveServers, NobodyListensAnywhere) {
  REQUIRE_NAMESPACES();
  Network net({}, "nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
  Outcome outcome = net.resolve({"good.test", "-t", "A"});
  EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
  EXPECT_EQ(only(outcome)["error"]["code"].string(), "ECONNREFUSED");
  EXPECT_LT(outcome.seconds, 1);
}

// A server's SERVFAIL is an answer: it is shown, and no other is asked to hide it.
TEST(ResolveServers, AnErrorIsAnAnswer) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.1", "127.0.0.2"});
  net.servers[0]->behave("*", {.rcode = 2});
  Outcome outcome = net.resolve({"good.test", "-t", "A"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(only(outcome)["rcode"].string(), "SERVFAIL");
  EXPECT_TRUE(net.servers[1]->questions().empty());
}

TEST(ResolveServers, AnAddressThatCannotBeReached) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.1"}, "nameserver 203.0.113.1\nnameserver 127.0.0.1\n");
  Outcome outcome = net.resolve({"good.test", "-t", "A"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  outcome = net.resolve({"good.test", "@203.0.113.1"});
  EXPECT_EQ(outcome.status, 4) << outcome.out << outcome.err;
  EXPECT_EQ(only(outcome)["error"]["code"].string(), "ENETUNREACH");
}

TEST(ResolveServers, FamiliesChooseAmongThem) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.1", "::1"});
  EXPECT_EQ(only(net.resolve({"good.test", "-t", "A"}))["server"].string(), "127.0.0.1");
  EXPECT_EQ(only(net.resolve({"good.test", "-t", "A", "-4"}))["server"].string(), "127.0.0.1");
  EXPECT_EQ(only(net.resolve({"good.test", "-t", "A", "-6"}))["server"].string(), "::1");
  // The family of the records is the type's business.
  Outcome outcome = net.resolve({"good.test", "-t", "A", "-6"});
  EXPECT_EQ(data_of(only(outcome)["answer"]), Words{"192.0.2.1"});
}

TEST(ResolveServers, ByName) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.7", "::1"});
  net.ns.hosts("127.0.0.7 ns.test\n::1 ns.test\n127.0.0.7 four.test\n");
  EXPECT_EQ(only(net.resolve({"good.test", "@four.test"}))["server"].string(), "127.0.0.7");
  EXPECT_EQ(only(net.resolve({"good.test", "-4", "@ns.test"}))["server"].string(), "127.0.0.7");
  EXPECT_EQ(only(net.resolve({"good.test", "-6", "@ns.test:53"}))["server"].string(), "::1");
  Outcome missing = net.resolve({"good.test", "@nobody.test"});
  EXPECT_EQ(missing.status, 1) << missing.out << missing.err;
  EXPECT_TRUE(contains(missing.out + missing.err, "nobody.test")) << missing.out << missing.err;
}

TEST(ResolveServers, SideBySide) {
  DnsServer one, two;
  one.add("good.test", Record::address("192.0.2.1"));
  two.add("good.test", Record::address("192.0.2.2"));
  one.behave("good.test", {.delay = 700ms});
  two.behave("good.test", {.delay = 600ms});
  Outcome outcome = run(nettool("resolve", "--json", "good.test", at(one), at(two)));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  // As long as the slower, not as both.
  EXPECT_LT(outcome.seconds, 1.2);
  std::vector<json::Value> both = json::parse_lines(outcome.out);
  ASSERT_EQ(both.size(), 2U);
  for (const json::Value& response : both) {
    bool first = response["port"].integer() == one.port();
    EXPECT_EQ(data_of(response["answer"]), Words{first ? "192.0.2.1" : "192.0.2.2"});
  }
  EXPECT_NE(both[0]["port"].integer(), both[1]["port"].integer());

  Outcome text = run(nettool("resolve", "good.test", at(one), at(two)));
  for (const DnsServer* server : {&one, &two}) {
    EXPECT_TRUE(contains(text.out, "@127.0.0.1#" + std::to_string(server->port()) + "/udp NOERROR"))
        << text.out;
  }
}

TEST(ResolveServers, TheWorstOfThemIsTheStatus) {
  DnsServer good, refusing, silent;
  good.add("good.test", Record::address("192.0.2.1"));
  refusing.behave("*", {.rcode = 5});
  silent.behave("*", {.silent = true});
  const std::string nobody = "@127.0.0.1:" + std::to_string(closed_port(SOCK_DGRAM));
  struct Row {
    const char* name;
    Words servers;
    int status;
  };
  const std::vector<Row> table = {
      {"one refuses", {at(good), at(refusing)}, 1},
      {"one is silent", {at(silent), at(good)}, 3},
      {"one is silent, one refuses", {at(refusing), at(silent), at(good)}, 3},
      {"nobody is there", {nobody, at(good)}, 1},
      {"all good", {at(good), at(good)}, 0},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    Outcome outcome = run(nettool_argv(Words{"resolve", "--json", "good.test", "-w", "400ms"} + row.servers));
    EXPECT_EQ(outcome.status, row.status) << outcome.out << outcome.err;
    EXPECT_EQ(json::parse_lines(outcome.out).size(), row.servers.size()) << outcome.out;
  }
}

TEST(ResolveServers, StatusesOfNamesAndTypes) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.add("mail.test", Record::mx(10, "good.test"));
  server.behave("silent.test", {.silent = true});
  struct Row {
    const char* name;
    Words words;
    int status;
  };
  const std::vector<Row> table = {
      {"one of the types has data", {"good.test", "-t", "A,AAAA,MX"}, 0},
      {"the last of them has", {"mail.test", "-t", "A,AAAA", "-t", "MX"}, 0},
      {"none has", {"good.test", "-t", "TXT,MX"}, 1},
      {"no such name", {"nobody.test", "-t", "A,AAAA"}, 1},
      {"both names", {"good.test", "mail.test", "-t", "A,MX"}, 0},
      {"one of two names", {"good.test", "nobody.test"}, 1},
      {"a silent one among them", {"silent.test", "good.test", "-w", "300ms"}, 3},
      {"a silent one and no name", {"nobody.test", "silent.test", "good.test", "-w", "300ms"}, 3},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(resolve(server, row.words).status, row.status);
    EXPECT_EQ(resolve_json(server, row.words).status, row.status);
    EXPECT_EQ(resolve(server, row.words + Words{"--short"}).status, row.status);
  }
}

// A silent type does not hide the data of another.
TEST(ResolveServers, OneSilentTypeAmongOthers) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.silent = true}, type_aaaa);
  Outcome outcome = resolve_json(server, {"good.test", "-t", "AAAA,A", "-w", "500ms"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse_lines(outcome.out).size(), 2U);
  // Side by side: the timeout is not spent twice.
  server.behave("good.test", {.silent = true});
  outcome = resolve_json(server, {"good.test", "-t", "AAAA,A", "-w", "600ms"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_LT(outcome.seconds, 1.15);
  // Names too.
  outcome = resolve_json(server, {"good.test", "good.test.", "GOOD.test", "-w", "600ms"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(json::parse_lines(outcome.out).size(), 3U);
  EXPECT_LT(outcome.seconds, 1.15);
}

TEST(ResolveServers, TheSearchList) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.1"}, "nameserver 127.0.0.1\nsearch a.test b.test\n");
  DnsServer& server = *net.servers[0];
  server.add("host.b.test", Record::address("192.0.2.5"));
  Outcome outcome = net.resolve({"host", "-t", "A", "--search"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  std::string asked;
  for (const Question& question : server.questions()) asked += question.name + " ";
  EXPECT_EQ(asked, "host.a.test host.b.test ");
  EXPECT_EQ(data_of(json::parse_lines(outcome.out).back()["answer"]), Words{"192.0.2.5"});
  EXPECT_EQ(net.ns.run(nettool("resolve", "host", "--search", "--short")).out, "192.0.2.5\n");
  // Without it a name is what it is; with a final dot too.
  EXPECT_EQ(net.resolve({"host", "-t", "A"}).status, 1);
  EXPECT_EQ(server.questions().back().name, "host");
  EXPECT_EQ(net.resolve({"host.", "-t", "A", "--search"}).status, 1);
  EXPECT_EQ(server.questions().back().name, "host");
}

// The name with that many dots goes first as it is, and the name that is there without such data ends it not.
TEST(ResolveServers, TheSearchListAndDots) {
  REQUIRE_NAMESPACES();
  Network net({"127.0.0.1"}, "nameserver 127.0.0.1\nsearch a.test\noptions ndots:2\n");
  DnsServer& server = *net.servers[0];
  server.add("x.y.a.test", Record::address("192.0.2.5"));
  EXPECT_EQ(net.resolve({"x.y", "-t", "A", "--search"}).status, 0);
  EXPECT_EQ(server.questions().back().name, "x.y.a.test");
  EXPECT_EQ(server.questions().size(), 1U);
  EXPECT_EQ(net.resolve({"x.y.z", "-t", "A", "--search"}).status, 1);
  EXPECT_EQ(server.questions().at(1).name, "x.y.z");
  EXPECT_EQ(server.questions().back().name, "x.y.z.a.test");
}

}  // namespace
}  // namespace test
