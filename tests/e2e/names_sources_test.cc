// Where a name's addresses come from: hosts file, search list, DNS, nobody; and who is not asked.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/dns_server.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One name server, and listeners on 127.0.0.1 and ::1, port 7000.
struct Network {
  Namespace ns;
  std::unique_ptr<DnsServer> dns;
  TcpServer server4, server6;

  explicit Network(const std::string& resolv_conf = "nameserver 127.0.0.1\n")
      : dns(ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); })),
        server4(ns.in([] { return TcpServer("127.0.0.1", {.port = 7000}); })),
        server6(ns.in([] { return TcpServer("::1", {.port = 7000}); })) {
    ns.resolv_conf(resolv_conf);
    ns.hosts("");
  }

  [[nodiscard]] Outcome connect(const std::string& host, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"connect", "--json", "--shutdown", "rdwr"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {host, "7000"});
    return ns.run(nettool_argv(words));
  }

  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> names;
    for (const Question& question : dns->questions()) {
      if (std::ranges::find(names, question.name) == names.end()) names.push_back(question.name);
    }
    return names;
  }
};

/// Every `resolved` event has this source.
void expect_source(const Outcome& outcome, const std::string& source) {
  std::vector<json::Value> resolved = json::events(outcome.err, "resolved");
  EXPECT_FALSE(resolved.empty()) << outcome.err;
  for (const json::Value& event : resolved) {
    EXPECT_EQ(event["source"].string(), source) << outcome.err;
    EXPECT_GE(event["time_ms"].number(), 0);
  }
}

TEST(NamesSources, TheHostsFileAlone) {
  REQUIRE_NAMESPACES();
  Network net;
  net.ns.hosts(
      "# a comment\n127.0.0.1\tfour.test alias.test # more\n::1 six.test\n127.0.0.1 both.test\n::1 "
      "both.test\n");
  net.dns->behave("*", {.rcode = 2});
  for (const std::string name : {"four.test", "alias.test", "six.test", "both.test", "FOUR.Test"}) {
    SCOPED_TRACE(name);
    Outcome outcome = net.connect(name);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    expect_source(outcome, "hosts");
  }
  EXPECT_EQ(json::events(net.connect("both.test").err, "resolved").size(), 2U);
  EXPECT_TRUE(net.asked().empty()) << testing::PrintToString(net.asked());
  // Asked for a family that the file does not have, every program asks DNS (nsswitch: files, then dns).
  EXPECT_EQ(net.connect("four.test", {"-6"}).status, 1);
  EXPECT_FALSE(net.asked().empty());
}

TEST(NamesSources, Dns) {
  REQUIRE_NAMESPACES();
  Network net;
  net.dns->add_addresses("name.test", {"127.0.0.1", "::1"});
  Outcome outcome = net.connect("name.test");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_source(outcome, "dns");
  for (const json::Value& event : json::events(outcome.err, "resolved")) {
    EXPECT_EQ(event["host"].string(), "name.test");
    EXPECT_EQ(event["server"].string(), "127.0.0.1");
  }
  // Nobody listens there: so both families are waited for, however early the first comes.
  Outcome text = net.ns.run(nettool("-v", "connect", "--shutdown", "rdwr", "name.test", "7001"));
  // One line per family with server, source and time.
  EXPECT_TRUE(contains(text.err, "name.test AAAA")) << text.err;
  EXPECT_TRUE(contains(text.err, "name.test A ")) << text.err;
  EXPECT_TRUE(contains(text.err, "(dns 127.0.0.1, ")) << text.err;
}

TEST(NamesSources, OneFamilyIsOneQuestion) {
  REQUIRE_NAMESPACES();
  for (const auto& [option, type] : {std::pair("-4", type_a), std::pair("-6", type_aaaa)}) {
    Network net;
    net.dns->add_addresses("name.test", {"127.0.0.1", "::1"});
    EXPECT_EQ(net.connect("name.test", {option}).status, 0);
    std::vector<Question> asked = net.dns->questions();
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].type, type);
  }
}

TEST(NamesSources, LiteralsAreNeverAsked) {
  REQUIRE_NAMESPACES();
  Network net("nameserver 127.0.0.1\nsearch example.test\n");
  for (const std::string host : {"127.0.0.1", "::1", "[::1]", "0:0::1", "::ffff:127.0.0.1"}) {
    SCOPED_TRACE(host);
    Outcome outcome = net.connect(host);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    expect_source(outcome, "literal");
  }
  // Nor are numbers in the forms of inet_aton(3), in which a resolver would find names.
  for (const std::string host : {"127.1", "0x7f.1", "0177.0.0.1", "2130706433", "1.2.3", "0x7f000001"}) {
    EXPECT_EQ(net.connect(host).status, 2) << host;
  }
  EXPECT_EQ(net.connect("name.test", {"-n"}).status, 2);
  EXPECT_TRUE(net.asked().empty()) << testing::PrintToString(net.asked());
}

TEST(NamesSources, LocalhostNeedsNobody) {
  REQUIRE_NAMESPACES();
  Network net;
  // RFC 6761, 6.3: loopback without asking, also below it and in any case.
  for (const std::string name : {"localhost", "LOCALHOST", "localhost.", "sub.localhost"}) {
    SCOPED_TRACE(name);
    Outcome outcome = net.connect(name);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    expect_source(outcome, "builtin");
  }
  net.ns.hosts("127.0.0.1 localhost\n");
  expect_source(net.connect("localhost"), "hosts");
  EXPECT_TRUE(net.asked().empty()) << testing::PrintToString(net.asked());
}

struct Searched {
  std::string name;
  std::vector<std::string> asked;  ///< in this order
  int status = 0;
};

TEST(NamesSources, SearchDomains) {
  REQUIRE_NAMESPACES();
  Network net("nameserver 127.0.0.1\nsearch one.test two.test\n");
  net.dns->add("short.two.test", Record::address("127.0.0.1"));
  net.dns->add("full.name.test", Record::address("127.0.0.1"));
  net.dns->add("inside.first.one.test", Record::address("127.0.0.1"));
  const std::vector<Searched> cases = {
      // Without a dot the list comes first; with one (ndots:1) the name as it is.
      {"short", {"short.one.test", "short.two.test"}},
      {"full.name.test", {"full.name.test"}},
      {"inside.first", {"inside.first", "inside.first.one.test"}},
      // A final dot: the name is whole.
      {"full.name.test.", {"full.name.test"}},
      {"short.", {"short"}, 1},
      {"nowhere", {"nowhere.one.test", "nowhere.two.test", "nowhere"}, 1},
  };
  for (const Searched& c : cases) {
    SCOPED_TRACE(c.name);
    size_t before = net.dns->questions().size();
    Outcome outcome = net.connect(c.name, {"-4"});
    EXPECT_EQ(outcome.status, c.status) << outcome.err;
    std::vector<std::string> asked;
    std::vector<Question> all = net.dns->questions();
    for (size_t i = before; i < all.size(); ++i) asked.push_back(all[i].name);
    EXPECT_EQ(asked, c.asked);
  }
}

TEST(NamesSources, NdotsMovesTheOrder) {
  REQUIRE_NAMESPACES();
  Network net("nameserver 127.0.0.1\nsearch one.test\noptions ndots:2\n");
  net.dns->add("a.b.one.test", Record::address("127.0.0.1"));
  EXPECT_EQ(net.connect("a.b", {"-4"}).status, 0);
  EXPECT_EQ(net.asked(), (std::vector<std::string>{"a.b.one.test"}));
}

TEST(NamesSources, NsswitchTurnsTheOrder) {
  REQUIRE_NAMESPACES();
  Network net;
  net.ns.hosts("192.0.2.1 name.test\n");
  net.dns->add("name.test", Record::address("127.0.0.1"));
  net.ns.nsswitch("hosts: dns files\n");
  expect_source(net.connect("name.test"), "dns");
  net.ns.nsswitch("hosts: files dns\n");
  expect_source(net.connect("name.test", {"-w", "200ms"}), "hosts");
  // Files alone: nobody is asked, and what the file lacks is not there.
  net.ns.nsswitch("hosts: files\n");
  size_t before = net.dns->questions().size();
  EXPECT_EQ(net.connect("other.test").status, 1);
  EXPECT_EQ(net.dns->questions().size(), before);
}

TEST(NamesSources, ManyAddressesInTheHostsFile) {
  REQUIRE_NAMESPACES();
  Network net;
  std::string hosts;
  for (int i = 1; i <= 60; ++i) hosts += "127.9.0." + std::to_string(i) + " many.test\n";
  net.ns.hosts(hosts);
  net.server4.close();
  TcpServer last = net.ns.in([] { return TcpServer("127.9.0.60", {.port = 7000}); });
  Outcome outcome = net.connect("many.test");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "resolved")["addresses"].size(), 60U);
  EXPECT_EQ(json::events(outcome.err, "attempt").size(), 60U);
}

TEST(NamesSources, ListenTakesANameToo) {
  REQUIRE_NAMESPACES();
  Network net;
  net.ns.hosts("127.0.0.7 here.test\n");
  net.dns->add("there.test", Record::address("127.0.0.8"));
  Options options;
  options.in = Stdio::null();
  options.before_exec = net.ns.enter_hook();
  EXPECT_EQ(start_listener({"here.test", "0"}, options).listening["address"].string(), "127.0.0.7");
  EXPECT_EQ(start_listener({"there.test:0"}, options).listening["address"].string(), "127.0.0.8");
  EXPECT_EQ(net.ns.run(nettool("listen", "nowhere.test", "0")).status, 1);
  net.dns->behave("*", {.silent = true});
  EXPECT_EQ(net.ns.run(nettool("listen", "--deadline", "300ms", "silent.test", "0")).status, 3);
}

}  // namespace
}  // namespace test
