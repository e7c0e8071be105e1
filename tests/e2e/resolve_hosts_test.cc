// The default view of resolve: what gethostbyname(3) would give, held against getent(1), which asks libc.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/support/dns_server.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Names = std::vector<std::string>;

/// A name server, and a host with an address of both families besides loopback's.
struct Network {
  Namespace ns;
  std::unique_ptr<DnsServer> dns;

  explicit Network(const std::string& resolv_conf = "nameserver 127.0.0.1\n")
      : dns(ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); })) {
    ns.resolv_conf(resolv_conf);
    ns.hosts("");
    ns.nsswitch("hosts: files dns\n");
    ns.add_address("192.0.2.77");
    ns.add_address("2001:db8::77");
  }

  [[nodiscard]] Outcome resolve(std::vector<std::string> words) const {
    words.insert(words.begin(), "resolve");
    return ns.run(nettool_argv(words));
  }
  void chain(const Names& names, const Names& addresses) const {
    for (size_t i = 0; i + 1 < names.size(); ++i) dns->add(names[i], Record::cname(names[i + 1]));
    dns->add_addresses(names.back(), addresses);
  }
};

/// Runs of blanks as one, none at the ends of lines.
std::string folded(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string folded_line;
    for (std::string word; words >> word;) folded_line += (folded_line.empty() ? "" : " ") + word;
    out += folded_line + "\n";
  }
  return out;
}

std::string joined(const json::Value& list) {
  std::string out;
  for (const json::Value& value : list.elements()) out += " " + value.string();
  return out;
}

/// What `getent hosts` makes of our answer: the IPv6 block if there is one, a line for each address.
std::string as_getent_hosts(const std::vector<json::Value>& blocks) {
  const json::Value* shown = nullptr;
  for (const json::Value& block : blocks) {
    if (shown == nullptr || block["h_addrtype"].string() == "AF_INET6") shown = &block;
  }
  std::string out;
  if (shown == nullptr) return out;
  for (const json::Value& address : (*shown)["h_addr_list"].elements())
    out += address.string() + " " + (*shown)["h_name"].string() + joined((*shown)["h_aliases"]) + "\n";
  return out;
}

std::set<std::string> all_addresses(const std::vector<json::Value>& blocks) {
  std::set<std::string> out;
  for (const json::Value& block : blocks) {
    for (const json::Value& address : block["h_addr_list"].elements()) out.insert(address.string());
  }
  return out;
}

std::set<std::string> first_words(const std::string& text) {
  std::set<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.insert(line.substr(0, line.find(' ')));
  return out;
}

TEST(ResolveHosts, TheBlockOfTheContract) {
  REQUIRE_NAMESPACES();
  Network net;
  net.chain({"example.test", "www.example.test"}, {"192.0.2.10", "192.0.2.11"});
  Outcome outcome = net.resolve({"example.test"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "official name  www.example.test\n"
            "aliases        example.test\n"
            "address type   AF_INET\n"
            "length         4\n"
            "addresses      192.0.2.10\n"
            "               192.0.2.11\n");
}

TEST(ResolveHosts, ABlockForEachFamily) {
  REQUIRE_NAMESPACES();
  Network net;
  net.dns->add_addresses("both.test", {"2001:db8::1", "192.0.2.1"});
  EXPECT_EQ(net.resolve({"both.test"}).out,
            "official name  both.test\n"
            "aliases        -\n"
            "address type   AF_INET\n"
            "length         4\n"
            "addresses      192.0.2.1\n"
            "\n"
            "official name  both.test\n"
            "aliases        -\n"
            "address type   AF_INET6\n"
            "length         16\n"
            "addresses      2001:db8::1\n");
  std::vector<json::Value> blocks = json::parse_lines(net.resolve({"--json", "both.test"}).out);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].keys(),
            (Names{"h_name", "h_aliases", "h_addrtype", "h_length", "h_addr_list", "source", "time_ms"}));
  EXPECT_EQ(blocks[1]["h_addrtype"].string(), "AF_INET6");
  EXPECT_EQ(blocks[1]["h_length"].integer(), 16);
  EXPECT_EQ(blocks[1]["source"].string(), "dns");
  EXPECT_GT(blocks[1]["time_ms"].number(), 0);
  for (const auto& [option, type] : {std::pair("-4", "AF_INET"), std::pair("-6", "AF_INET6")}) {
    blocks = json::parse_lines(net.resolve({"--json", option, "both.test"}).out);
    ASSERT_EQ(blocks.size(), 1U) << option;
    EXPECT_EQ(blocks[0]["h_addrtype"].string(), type);
  }
}

// One name after the other against libc's own answers.
TEST(ResolveHosts, AsGetentHasIt) {
  REQUIRE_NAMESPACES();
  REQUIRE_PROGRAM("getent");
  Network net("nameserver 127.0.0.1\nsearch one.test two.test\noptions ndots:2\n");
  net.ns.hosts(
      "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
      "192.0.2.50 file.test alias.test other\n"
      "2001:db8::50 sixfile.test alias6.test\n"
      "192.0.2.51 twice.test\n192.0.2.52 twice.test more.test\n"
      "192.0.2.53 pair.test\n2001:db8::53 pair.test\n");
  net.dns->add_addresses("four.test", {"192.0.2.9", "192.0.2.1", "192.0.2.5"});
  net.dns->add_addresses("six.test", {"2001:db8::9", "2001:db8::1"});
  net.dns->add_addresses("both.test", {"192.0.2.1", "2001:db8::1", "192.0.2.2"});
  net.chain({"chain1.test", "end1.test"}, {"192.0.2.21"});
  net.chain({"chain2.test", "mid2.test", "end2.test"}, {"192.0.2.22", "2001:db8::22"});
  net.chain({"chain3.test", "b3.test", "c3.test", "end3.test"}, {"2001:db8::23"});
  net.chain({"web.two.test", "real.two.test"}, {"192.0.2.24"});
  net.dns->add_addresses("short.one.test", {"192.0.2.25"});
  net.dns->add_addresses("a.b.two.test", {"192.0.2.26"});
  net.dns->add_addresses("a.b.c.test", {"192.0.2.27"});
  net.dns->add_addresses("UPPER.test", {"192.0.2.28"});
  net.dns->add_addresses("_under.test", {"192.0.2.29"});
  net.dns->add("30.2.0.192.in-addr.arpa", Record::ptr("thirty.test"));
  const Names names = {
      "four.test",    "six.test",    "both.test",  "chain1.test", "chain2.test",  "chain3.test",
      "web",          "short",       "a.b",        "a.b.c.test",  "four.test.",   "upper.test",
      "UPPER.TEST",   "_under.test", "file.test",  "alias.test",  "other",        "ALIAS.test",
      "sixfile.test", "alias6.test", "twice.test", "pair.test",   "localhost",    "ip6-localhost",
      "nowhere.test", "nowhere",     "short.",     "-bad.test",   "*.test",       "1.2.3.256",
      "127.1",        "0x7f.1",      "192.0.2.30", "192.0.2.50",  "2001:db8::50", "192.0.2.99",
      "2001:db8::99", "127.0.0.1",   "::1"};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const Outcome ours = net.resolve({"--json", "--", name});
    const std::vector<json::Value> blocks = json::parse_lines(ours.out);
    const Outcome hosts = net.ns.run({"getent", "hosts", "--", name});
    const bool same =
        as_getent_hosts(blocks) == folded(hosts.out) && (ours.status == 0) == (hosts.status == 0);
    // gethostbyname(3) asks DNS for 0x7f.1, getaddrinfo(3) never does.
    if (name != "0x7f.1") EXPECT_TRUE(same) << as_getent_hosts(blocks) << hosts.out << ours.err;
    if (ours.status != 0) EXPECT_EQ(ours.status, 1) << ours.err;
    const bool is_address = name.contains(':') || name.starts_with("192.0.2.") || name == "127.0.0.1";
    if (is_address || name == "1.2.3.256") continue;
    const Outcome ahosts = net.ns.run({"getent", "ahosts", "--", name});
    EXPECT_EQ(all_addresses(blocks), first_words(ahosts.out)) << ahosts.out;
  }
}

/// Whether `--compare` explains why libc's two interfaces differ.
TEST(ResolveHosts, WhereTheyDifferCompareSaysWhy) {
  REQUIRE_NAMESPACES();
  REQUIRE_PROGRAM("getent");
  Network net;
  net.ns.hosts("192.0.2.50 half.test\n");
  net.dns->add_addresses("half.test", {"2001:db8::1"});
  // getent hosts asks for IPv6 alone first, and so goes on to DNS.
  EXPECT_EQ(folded(net.ns.run({"getent", "hosts", "half.test"}).out), "2001:db8::1 half.test\n");
  EXPECT_EQ(all_addresses(json::parse_lines(net.resolve({"--json", "half.test"}).out)),
            std::set<std::string>{"192.0.2.50"});
  json::Value seen = json::parse_lines(net.resolve({"--json", "--compare", "half.test"}).out).at(0);
  EXPECT_EQ(seen["differences"][0]["code"].string(), "hosts_hide_family");
}

TEST(ResolveHosts, AddressesBackwards) {
  REQUIRE_NAMESPACES();
  Network net;
  net.ns.hosts("192.0.2.7 www.test alias.test\n");
  // libc keeps the first name alone.
  net.dns->add("8.2.0.192.in-addr.arpa", Record::ptr("eight.test"));
  net.dns->add("8.2.0.192.in-addr.arpa", Record::ptr("acht.test"));
  EXPECT_EQ(net.resolve({"192.0.2.7"}).out,
            "official name  www.test\n"
            "aliases        alias.test\n"
            "address type   AF_INET\n"
            "length         4\n"
            "addresses      192.0.2.7\n");
  Outcome outcome = net.resolve({"-v", "192.0.2.8"});
  EXPECT_TRUE(outcome.out.starts_with("official name  eight.test\naliases        acht.test\n"))
      << outcome.out;
  EXPECT_TRUE(outcome.err.starts_with("resolve  192.0.2.8 PTR            eight.test  (dns 127.0.0.1, "))
      << outcome.err;
  outcome = net.resolve({"2001:db8::9"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "nettool: resolve 2001:db8::9: no such name, said by 127.0.0.1 (NXDOMAIN)\n");
}

TEST(ResolveHosts, NobodyIsAskedForNumbersLocalhostAndWhatIsNoName) {
  REQUIRE_NAMESPACES();
  Network net("nameserver 127.0.0.1\nsearch one.test\n");
  struct Case {
    std::string name;
    std::string source;
    std::string addresses;
  };
  for (const Case& c :
       {Case{"127.1", "literal", "127.0.0.1"}, Case{"0x7f.1", "literal", "127.0.0.1"},
        Case{"localhost", "builtin", "127.0.0.1 ::1"}, Case{"a.localhost.", "builtin", "127.0.0.1 ::1"}}) {
    std::vector<json::Value> blocks = json::parse_lines(net.resolve({"--json", c.name}).out);
    std::string addresses;
    for (const json::Value& block : blocks) {
      EXPECT_EQ(block["source"].string(), c.source) << c.name;
      addresses += (addresses.empty() ? "" : " ") + block["h_addr_list"][0].string();
    }
    EXPECT_EQ(addresses, c.addresses) << c.name;
  }
  for (const Names& words :
       {Names{"--", "-bad.test"}, Names{"*.test"}, Names{"1.2.3.256"}, Names{"-6", "127.1"}}) {
    const Outcome outcome = net.resolve(words);
    EXPECT_EQ(outcome.status, 1) << words.back();
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("nettool: resolve " + words.back() + ": ")) << outcome.err;
  }
  for (const Names& words :
       {Names{"b\xc3\xbc"
              "cher.test"},
        Names{"010.0.0.1"}, Names{"192.0.2.08"}, Names{"a..test"}, Names{std::string(64, 'a') + ".test"},
        Names{"-4", "::1"}, Names{"-6", "192.0.2.1"}}) {
    const Outcome outcome = net.resolve(words);
    EXPECT_EQ(outcome.status, 2) << words.back() << outcome.out << outcome.err;
  }
  EXPECT_TRUE(net.resolve({"b\xc3\xbc"
                           "cher.test"})
                  .err.contains("xn--"));
  EXPECT_TRUE(net.dns->questions().empty());
}

struct Failure {
  std::string name;
  int status;
  std::string code;
};

TEST(ResolveHosts, Failures) {
  REQUIRE_NAMESPACES();
  Network net("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  net.dns->behave("servfail.test", {.rcode = 2});
  net.dns->behave("refused.test", {.rcode = 5});
  net.dns->behave("silent.test", {.silent = true});
  net.dns->add("text.test", Record::txt("words"));
  for (const Failure& c : {Failure{"missing.test", 1, "NXDOMAIN"}, Failure{"text.test", 1, "NODATA"},
                           Failure{"servfail.test", 1, "SERVFAIL"}, Failure{"refused.test", 1, "REFUSED"},
                           Failure{"silent.test", 3, "ETIMEDOUT"}}) {
    const Outcome outcome = net.resolve({c.name});
    EXPECT_EQ(outcome.status, c.status) << outcome.err;
    EXPECT_EQ(outcome.out, "") << c.name;
    EXPECT_TRUE(outcome.err.starts_with("nettool: resolve " + c.name + ": ")) << outcome.err;
    EXPECT_TRUE(outcome.err.contains("(" + c.code + ")")) << outcome.err;
    const Outcome in_json = net.resolve({"--json", c.name});
    EXPECT_EQ(json::parse_lines(in_json.err).at(0)["error"]["code"].string(), c.code);
  }
  // One family silent, the other there.
  net.dns->add_addresses("half.test", {"192.0.2.1"});
  net.dns->behave("half.test", {.silent = true}, type_aaaa);
  const Outcome half = net.resolve({"half.test"});
  EXPECT_EQ(half.status, 0);
  EXPECT_TRUE(half.out.contains("192.0.2.1")) << half.out;
}

TEST(ResolveHosts, SeveralNames) {
  REQUIRE_NAMESPACES();
  Network net;
  net.ns.hosts("192.0.2.1 one.test\n192.0.2.2 two.test\n");
  const Outcome outcome = net.resolve({"nowhere.test", "one.test", "nowhere.test", "two.test"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(outcome.out.contains("192.0.2.1\n\nofficial name  two.test\n")) << outcome.out;
  EXPECT_TRUE(outcome.out.starts_with("official name  one.test\n")) << outcome.out;
  EXPECT_TRUE(outcome.out.ends_with("192.0.2.2\n")) << outcome.out;
}

TEST(ResolveHosts, NothingReachesTheTerminalUnescaped) {
  REQUIRE_NAMESPACES();
  Network net;
  net.ns.hosts("192.0.2.1 evil\x1b[31m.test ok.test\n");
  const Outcome outcome = net.resolve({"ok.test"});
  EXPECT_TRUE(outcome.out.starts_with("official name  evil\\x1b[31m.test\n")) << outcome.out;
  const Outcome in_json = net.resolve({"--json", "ok.test"});
  EXPECT_EQ(json::parse_lines(in_json.out).at(0)["h_name"].string(), "evil\x1b[31m.test");
}

}  // namespace
}  // namespace test
