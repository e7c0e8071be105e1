// Why a look-up fails, and who says so: each cause is told from the one next to it.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/dns_server.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

constexpr std::uint16_t ptr_type = 12;

/// A host whose only name server is on 127.0.0.1 and gives up soon.
struct Host {
  Namespace ns;
  std::unique_ptr<DnsServer> dns;

  explicit Host(const std::string& more = "")
      : dns(ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); })) {
    ns.resolv_conf("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n" + more);
    ns.hosts("");
    ns.nsswitch("hosts: files dns\n");
  }

  [[nodiscard]] Outcome resolve(Words words) const { return ns.run(nettool_argv(Words{"resolve"} + words)); }
};

TEST(ResolveCauses, OfAnAddressWithoutAName) {
  REQUIRE_NAMESPACES();
  struct Case {
    const char* name;
    Behaviour behaviour;
    int status;
    const char* code;
  };
  const Host host;
  const std::string reverse = "7.2.0.192.in-addr.arpa";
  for (const Case& c :
       {Case{"refused", {.rcode = 5}, 1, "REFUSED"}, Case{"failed", {.rcode = 2}, 1, "SERVFAIL"},
        Case{"no such name", {.rcode = 3}, 1, "NXDOMAIN"},
        Case{"silent", {.silent = true}, 3, "ETIMEDOUT"}}) {
    SCOPED_TRACE(c.name);
    host.dns->behave(reverse, c.behaviour, ptr_type);
    const Outcome outcome = host.resolve({"--json", "192.0.2.7"});
    EXPECT_EQ(outcome.status, c.status) << outcome.err;
    EXPECT_EQ(json::parse(outcome.err)["error"]["code"].string(), c.code);
  }
}

TEST(ResolveCauses, OfAnAddressWhenNobodyListens) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.resolv_conf("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  const Outcome outcome = ns.run(nettool("resolve", "192.0.2.7"));
  EXPECT_TRUE(contains(outcome.err, "no name server could be asked")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "127.0.0.1")) << outcome.err;
}

TEST(ResolveCauses, ARefusalOfTheNameAsItIsLeadsOnToTheSearchList) {
  REQUIRE_NAMESPACES();
  const Host host("search corp.test\n");
  host.dns->behave("a.b", {.rcode = 5});
  host.dns->add("a.b.corp.test", Record::address("192.0.2.41"));
  EXPECT_EQ(host.resolve({"-4", "a.b"}).status, 0);
  EXPECT_EQ(host.resolve({"--search", "--short", "-t", "A", "a.b"}).out, "192.0.2.41\n");
  // In the list a refusal ends the search.
  host.dns->behave("c.corp.test", {.rcode = 5});
  EXPECT_TRUE(contains(host.resolve({"c"}).err, "NXDOMAIN")) << "of the name as it is, which comes last";
}

TEST(ResolveCauses, TheRootInTheSearchList) {
  REQUIRE_NAMESPACES();
  for (const char* search : {"search .\n", "search ..bad a..b .\n"}) {
    const Host host(search);
    host.dns->add("single", Record::address("192.0.2.88"));
    const Outcome outcome = host.resolve({"-4", "single"});
    EXPECT_EQ(outcome.status, 0) << search << outcome.err;
    EXPECT_TRUE(contains(host.resolve({"other"}).err, "(NXDOMAIN)")) << search;
  }
}

TEST(ResolveCauses, ServerZeroIsThisHost) {
  REQUIRE_NAMESPACES();
  Host host;
  host.ns.resolv_conf("nameserver 0.0.0.0\n");
  host.dns->add("www.test", Record::address("192.0.2.80"));
  EXPECT_EQ(host.resolve({"-4", "www.test"}).status, 0);
  EXPECT_EQ(host.resolve({"--short", "-t", "A", "www.test"}).out, "192.0.2.80\n");
}

TEST(ResolveCauses, FilesThatCannotBeReadAreNamed) {
  REQUIRE_NAMESPACES();
  const Host host;
  host.dns->add("www.test", Record::address("192.0.2.80"));
  const auto as_nobody = [&host](Words words) {
    const auto enter = host.ns.enter_hook();
    return run(nettool_argv(Words{"resolve"} + words), {.before_exec = [enter] {
                 enter();
                 if (setgid(65534) != 0 || setuid(65534) != 0) throw std::runtime_error("setuid");
               }});
  };
  EXPECT_EQ(as_nobody({"-4", "www.test"}).err, "");
  for (const char* file : {"/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf"}) {
    host.ns.run({"chmod", "600", file});
    EXPECT_TRUE(contains(as_nobody({"-4", "www.test"}).err,
                         std::string("note: ") + file + " cannot be read: permission denied (EACCES)"))
        << file;
  }
  EXPECT_FALSE(contains(as_nobody({"--quiet", "-4", "www.test"}).err, "cannot be read"));
}

TEST(ResolveCauses, OutOfDescriptorsIsThisHost) {
  REQUIRE_NAMESPACES();
  const Host host;
  host.dns->add("www.test", Record::address("192.0.2.80"));
  const auto enter = host.ns.enter_hook();
  const Outcome outcome = run(nettool("resolve", "-4", "www.test"), {.before_exec = [enter] {
                                enter();
                                const rlimit few{5, 5};
                                setrlimit(RLIMIT_NOFILE, &few);
                              }});
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "EMFILE")) << outcome.err;
}

TEST(ResolveCauses, FewDescriptorsForManyNames) {
  DnsServer server;
  server.add("www.test", Record::address("192.0.2.80"));
  Words words = {"resolve", "--short", "--tcp", "-t", "A", at(server)};
  words.insert(words.end(), 40, "www.test");
  const Outcome outcome = run(nettool_argv(words), {.before_exec = [] {
                                const rlimit few{16, 16};
                                setrlimit(RLIMIT_NOFILE, &few);
                              }});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 40);
}

TEST(ResolveCauses, ARouterByTcpAndByUdp) {
  REQUIRE_NAMESPACES();
  Namespace client, router;
  client.veth(router, "up0", "down0");
  client.run_ip({"addr", "add", "10.9.0.1/24", "dev", "up0"});
  router.run_ip({"addr", "add", "10.9.0.254/24", "dev", "down0"});
  client.run_ip({"route", "add", "default", "via", "10.9.0.254"});
  router.sysctl("net.ipv4.ip_forward", "1");
  router.sysctl("net.ipv4.icmp_ratelimit", "0");
  router.run_ip({"route", "add", "unreachable", "10.9.1.0/24"});
  client.run_ip({"route", "add", "unreachable", "10.9.2.0/24"});
  for (const Words& transport : {Words{}, Words{"--tcp"}}) {
    const Words ask = Words{"resolve", "-t", "A", "www.test"} + transport;
    const Outcome router_said = client.run(nettool_argv(ask + Words{"@10.9.1.1"}));
    EXPECT_EQ(router_said.status, 1) << router_said.err;
    EXPECT_TRUE(contains(router_said.err, "said by 10.9.0.254 (EHOSTUNREACH)")) << router_said.err;
    const Outcome own_table = client.run(nettool_argv(ask + Words{"@10.9.2.1"}));
    EXPECT_EQ(own_table.status, 4) << own_table.err;
    EXPECT_FALSE(contains(own_table.err, "said by")) << own_table.err;
  }
}

TEST(ResolveCauses, ServersAsStatusLinesWriteThem) {
  DnsServer server;
  server.add("www.test", Record::address("192.0.2.80"));
  const std::string word = "@127.0.0.1#" + std::to_string(server.port());
  EXPECT_EQ(run(nettool("resolve", "--short", "-t", "A", "www.test", word)).out, "192.0.2.80\n");
  EXPECT_EQ(run(nettool("resolve", "-t", "A", "www.test", word + "x")).status, 2);
}

TEST(ResolveCauses, OneSilentServerHoldsUpNoOther) {
  DnsServer good;
  DnsServer silent;
  good.add("www.test", Record::address("192.0.2.80"));
  silent.behave("*", {.silent = true});
  Program program(nettool("resolve", "-t", "A", "--short", "-w", "20", "www.test", at(silent), at(good)));
  EXPECT_EQ(program.read_line(Stream::out, std::chrono::seconds(10)), "192.0.2.80\n");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

}  // namespace
}  // namespace test
