// resolve --compare: the hosts file, DNS and libc side by side, and a sentence for each difference: said
// when something provokes it, and not when the nearest other thing does.

#include <gtest/gtest.h>

#include "tests/e2e/resolve_compared.hh"

namespace test {
namespace {

class ResolveCompare : public Compared {};

TEST_F(ResolveCompare, NoDifference) {
  dns_->add_addresses("www.test", {"192.0.2.1", "2001:db8::1"});
  EXPECT_EQ(codes({"www.test"}), Names{});
  EXPECT_EQ(codes({"missing.test."}), Names{});
  const Outcome outcome = run({"www.test"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "www.test          hosts file      DNS 127.0.0.1   libc\n"
            "AF_INET           -               192.0.2.1       192.0.2.1\n"
            "AF_INET6          -               2001:db8::1     2001:db8::1\n");
  EXPECT_EQ(run({"missing.test."}).status, 1);
}

TEST_F(ResolveCompare, TheObject) {
  ns_->hosts("# nothing\n192.0.2.5 www.test alias.test\n");
  dns_->add("www.test", Record::cname("real.test"));
  dns_->add_addresses("real.test", {"192.0.2.1"});
  const json::Value seen = compare({"www.test"});
  EXPECT_EQ(seen.keys(), (Names{"name", "hosts", "dns", "libc", "nsswitch", "differences"}));
  EXPECT_EQ(seen["hosts"]["line"].integer(), 2);
  EXPECT_EQ(seen["hosts"]["h_aliases"][0].string(), "alias.test");
  EXPECT_EQ(seen["nsswitch"].string(), "files dns");
  ASSERT_EQ(seen["dns"].size(), 2U);
  const json::Value& step = seen["dns"][0];
  EXPECT_EQ(step.keys(),
            (Names{"name", "type", "server", "port", "rcode", "addresses", "cnames", "time_ms", "error"}));
  EXPECT_EQ(step["name"].string(), "www.test.");
  EXPECT_EQ(step["cnames"][0].string(), "real.test");
  EXPECT_EQ(step["addresses"][0].string(), "192.0.2.1");
  EXPECT_TRUE(step["error"].is_null());
  EXPECT_EQ(seen["libc"].keys(), (Names{"h_name", "addresses", "error", "time_ms"}));
  EXPECT_EQ(seen["libc"]["addresses"][0].string(), "192.0.2.5");
  EXPECT_TRUE(compare({"real.test"})["hosts"].is_null());
  EXPECT_EQ(compare({"missing.test"})["libc"]["error"]["code"].string(), "EAI_NONAME");
}

TEST_F(ResolveCompare, TheHostsFileShadowsDns) {
  ns_->hosts("\n192.0.2.5 db.test\n192.0.2.20 same.test\n");
  dns_->add_addresses("db.test", {"192.0.2.20"});
  dns_->add_addresses("same.test", {"192.0.2.20"});
  const Outcome outcome = run({"db.test"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(
      outcome.out,
      "db.test           hosts file      DNS 127.0.0.1   libc\n"
      "AF_INET           192.0.2.5       192.0.2.20      192.0.2.5\n"
      "AF_INET6          -               -               -\n"
      "The hosts file has db.test (line 2), and nsswitch.conf asks files before dns: programs never see "
      "192.0.2.20.\n");
  EXPECT_EQ(codes({"db.test"}), Names{"hosts_shadow_dns"});
  EXPECT_EQ(codes({"same.test"}), Names{});
}

TEST_F(ResolveCompare, TheHostsFileAlone) {
  ns_->hosts("192.0.2.5 lone.test\n");
  // With a final dot the file has no such word.
  EXPECT_EQ(codes({"lone.test."}), Names{});
  EXPECT_EQ(sentence({"lone.test"}), "Only the hosts file has lone.test (line 1): DNS says NXDOMAIN.");
}

TEST_F(ResolveCompare, TheHostsFileHasOneFamily) {
  ns_->hosts("192.0.2.5 half.test\n192.0.2.6 full.test\n2001:db8::6 full.test\n");
  dns_->add_addresses("half.test", {"192.0.2.5", "2001:db8::1"});
  dns_->add_addresses("full.test", {"192.0.2.6", "2001:db8::6"});
  EXPECT_EQ(codes({"half.test"}), Names{"hosts_hide_family"});
  EXPECT_EQ(codes({"full.test"}), Names{});
}

TEST_F(ResolveCompare, SeveralLines) {
  ns_->hosts("192.0.2.5 twice.test\n192.0.2.6 twice.test\n192.0.2.7 pair.test\n2001:db8::7 pair.test\n");
  dns_->add_addresses("twice.test", {"192.0.2.5", "192.0.2.6"});
  dns_->add_addresses("pair.test", {"192.0.2.7", "2001:db8::7"});
  EXPECT_EQ(sentence({"twice.test"}),
            "The hosts file has twice.test for AF_INET in lines 1 and 2, and libc takes all of them.");
  EXPECT_EQ(codes({"pair.test"}), Names{});
}

TEST_F(ResolveCompare, TheFirstNameOfTheLine) {
  ns_->hosts("192.0.2.5 first.test second.test\n");
  for (const char* name : {"first.test", "second.test"}) dns_->add_addresses(name, {"192.0.2.5"});
  EXPECT_EQ(sentence({"second.test"}), "h_name is first.test, the first name in line 1 of the hosts file.");
  EXPECT_EQ(codes({"first.test"}), Names{});
}

TEST_F(ResolveCompare, NsswitchAndTheHostsFile) {
  ns_->hosts("192.0.2.5 www.test\n192.0.2.6 lone.test\n");
  dns_->add_addresses("www.test", {"192.0.2.1"});
  ns_->nsswitch("hosts: dns files\n");
  EXPECT_EQ(codes({"www.test"}), Names{"hosts_unused"});
  EXPECT_EQ(codes({"lone.test"}), Names{"hosts_only"});
  ns_->nsswitch("hosts: dns\n");
  EXPECT_EQ(codes({"www.test"}), Names{"no_files"});
  EXPECT_EQ(codes({"lone.test"}), Names{"no_files"});
  EXPECT_EQ(run({"lone.test"}).status, 1);
}

TEST_F(ResolveCompare, TheSearchList) {
  dns_->add_addresses("short.sub.test", {"192.0.2.1"});
  const Outcome outcome = run({"short"});
  EXPECT_TRUE(outcome.out.contains(
      "DNS has short.sub.test: the search list of resolv.conf was applied to short (ndots:1).\n"))
      << outcome.out;
  EXPECT_EQ(codes({"short"}), Names{"search_list"});
  EXPECT_EQ(codes({"short.sub.test"}), Names{});
  // Its steps are shown once there is more than one.
  dns_->add_addresses("two.dots.sub.test", {"192.0.2.1"});
  const std::string steps = run({"two.dots"}).out;
  EXPECT_TRUE(steps.contains("asked     two.dots. A at 127.0.0.1#53: NXDOMAIN (")) << steps;
  EXPECT_TRUE(steps.contains("asked     two.dots.sub.test. A at 127.0.0.1#53: 192.0.2.1 (")) << steps;
}

TEST_F(ResolveCompare, AChain) {
  dns_->add("www.test", Record::cname("mid.test"));
  dns_->add("mid.test", Record::cname("real.test"));
  dns_->add_addresses("real.test", {"192.0.2.1"});
  EXPECT_EQ(sentence({"www.test"}),
            "An alias (CNAME): www.test -> mid.test -> real.test. Its end is libc's h_name.");
  EXPECT_EQ(codes({"real.test"}), Names{});
}

TEST_F(ResolveCompare, NsswitchWithoutDnsAndStoppedBeforeIt) {
  dns_->add_addresses("www.test", {"192.0.2.1"});
  ns_->nsswitch("hosts: files\n");
  EXPECT_EQ(sentence({"www.test"}),
            "nsswitch.conf (hosts: files) has no dns: programs that use libc never ask it.");
  EXPECT_EQ(run({"www.test"}).status, 1);
  ns_->nsswitch("hosts: files [NOTFOUND=return] dns\n");
  EXPECT_EQ(sentence({"www.test"}),
            "nsswitch.conf (hosts: files [NOTFOUND=return] dns) ends the search when the hosts file lacks "
            "the name: dns is never asked.");
  ns_->nsswitch("hosts: files [UNAVAIL=return] dns\n");
  EXPECT_EQ(codes({"www.test"}), Names{});
}

#ifdef NSS_PROBE_FOLDER
TEST_F(ResolveCompare, AnotherService) {
  ns_->nsswitch("hosts: files probe dns\n");
  dns_->add_addresses("probe.test", {"192.0.2.1"});
  dns_->add_addresses("www.test", {"192.0.2.1"});
  EXPECT_EQ(sentence({"probe.test"}),
            "192.0.2.99 comes from probe, a service of nsswitch.conf (hosts: files probe dns).");
  EXPECT_EQ(codes({"www.test"}), Names{});
  ns_->nsswitch("hosts: files probe [NOTFOUND=return] dns\n");
  EXPECT_EQ(codes({"www.test"}), Names{"service_may_stop"});
  // A service that is not installed stops nothing, unless it is told to.
  ns_->nsswitch("hosts: files nosuch [NOTFOUND=return] dns\n");
  EXPECT_EQ(codes({"www.test"}), Names{});
}

// The server gives libc, which sends no EDNS, another address than us: no service of nsswitch.conf does.
TEST_F(ResolveCompare, WhatNobodyCanExplain) {
  ns_->nsswitch("hosts: files probe dns\n");
  dns_->add_addresses("www.test", {"192.0.2.1"});
  dns_->behave("www.test",
               {.rewrite =
                    [](std::string reply) {
                      if (reply[11] == 0) reply.back() = '\x63';
                      return reply;
                    }},
               type_a);
  EXPECT_EQ(sentence({"www.test"}),
            "libc has 192.0.2.99, DNS has 192.0.2.1, and nothing in nsswitch.conf explains it.");
}
#endif

TEST_F(ResolveCompare, AddrconfigHidesAFamily) {
  dns_->add_addresses("both.test", {"192.0.2.1", "2001:db8::1"});
  EXPECT_EQ(codes({"both.test"}), Names{});
  ns_->run_ip({"addr", "del", "2001:db8::77/128", "dev", "lo"});
  EXPECT_EQ(sentence({"both.test"}),
            "Programs that set AI_ADDRCONFIG, as many do, get no AF_INET6 address: this host has none but "
            "loopback's.");
  dns_->add_addresses("four.test", {"192.0.2.1"});
  EXPECT_EQ(codes({"four.test"}), Names{});
}

TEST_F(ResolveCompare, AnotherOrder) {
  // RFC 6724: of 2001:db8::77's own network before others.
  dns_->add_addresses("order.test", {"2001:db9::1", "2001:db8::1"});
  dns_->add_addresses("sorted.test", {"2001:db8::1", "2001:db9::1"});
  ns_->run_ip({"route", "add", "2001:db8::/31", "dev", "lo"});
  EXPECT_EQ(codes({"order.test"}), Names{"order"});
  EXPECT_EQ(codes({"sorted.test"}), Names{});
}

TEST_F(ResolveCompare, AnotherServer) {
  dns_->add_addresses("www.test", {"192.0.2.1"});
  other_->add_addresses("www.test", {"192.0.2.2"});
  EXPECT_EQ(sentence({"www.test", "@127.0.0.2"}),
            "DNS was asked at 127.0.0.2; resolv.conf, which libc reads, has 127.0.0.1.");
  EXPECT_EQ(codes({"www.test", "@127.0.0.1"}), Names{});
  dns_->add_addresses("same.test", {"192.0.2.3"});
  other_->add_addresses("same.test", {"192.0.2.3"});
  EXPECT_EQ(codes({"same.test", "@127.0.0.2"}), Names{});
}

TEST_F(ResolveCompare, LibcFails) {
  dns_->behave("www.test", {.rcode = 2});
  other_->add_addresses("www.test", {"192.0.2.2"});
  EXPECT_EQ(codes({"www.test", "@127.0.0.2"}), (Names{"other_servers", "libc_fails"}));
  EXPECT_EQ(run({"www.test", "@127.0.0.2"}).status, 1);
  // A plain no is no failure.
  other_->add_addresses("missing.test", {"192.0.2.2"});
  EXPECT_EQ(codes({"missing.test", "@127.0.0.2"}), Names{"other_servers"});
}

TEST_F(ResolveCompare, OneOfTheServersIsSilent) {
  ns_->resolv_conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions timeout:1\n");
  dns_->behave("*", {.silent = true});
  other_->add_addresses("www.test", {"192.0.2.2"});
  EXPECT_EQ(sentence({"-w", "10s", "www.test."}), "127.0.0.1 did not answer, 127.0.0.2 did.");
}

TEST_F(ResolveCompare, OneOfTheServersFails) {
  ns_->resolv_conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
  other_->add_addresses("www.test", {"192.0.2.2"});
  dns_->behave("www.test", {.rcode = 2});
  EXPECT_EQ(
      sentence({"www.test."}),
      "127.0.0.1 says SERVFAIL and 127.0.0.2 NOERROR: after such a failure resolvers ask the next server.");
  EXPECT_EQ(run({"www.test."}).status, 0);
  // NXDOMAIN is an answer: nobody else is asked.
  other_->add_addresses("missing.test", {"192.0.2.2"});
  EXPECT_EQ(codes({"missing.test."}), Names{});
}

// What hangs is stopped at the timeout, and nothing is left behind.
TEST_F(ResolveCompare, SilenceEndsAtTheTimeout) {
  dns_->behave("*", {.silent = true});
  other_->add_addresses("www.test", {"192.0.2.2"});
  Outcome outcome = run({"-w", "1s", "www.test", "@127.0.0.2"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_NEAR(outcome.seconds, 1, 0.15);
  EXPECT_TRUE(
      outcome.out.contains("libc had no answer in 1 s and was stopped, while 127.0.0.2 has 192.0.2.2.\n"))
      << outcome.out;
  outcome = run({"-w", "2s", "www.test"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_NEAR(outcome.seconds, 2, 0.2);
  EXPECT_TRUE(outcome.out.contains("no answer       no answer")) << outcome.out;
}

TEST_F(ResolveCompare, AnInterruptLeavesNothingBehind) {
  dns_->behave("*", {.silent = true});
  Options options;
  options.before_exec = ns_->enter_hook();
  Program program(nettool("resolve", "--compare", "-w", "60s", "www.test"), options);
  // Ours and libc's.
  dns_->wait_asked("www.test", type_a, 2);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

TEST_F(ResolveCompare, NobodyAsksForTheseInDns) {
  EXPECT_EQ(codes({"127.1"}), Names{"literal"});
  EXPECT_EQ(codes({"--", "-bad.test"}), Names{"bad_name"});
  EXPECT_TRUE(dns_->questions().empty());
  ns_->hosts("127.0.0.1 localhost\n");
  EXPECT_EQ(codes({"localhost"}), Names{"localhost"});
  EXPECT_TRUE(dns_->questions().empty());
}

TEST_F(ResolveCompare, WhatIsTooWideStandsBelowEachOther) {
  const std::string wide = "2001:db8:1111:2222:3333:4444:5555:6666";
  dns_->add_addresses("wide.test", {wide});
  EXPECT_EQ(run({"wide.test"}).out,
            "wide.test\n"
            "AF_INET   hosts file     -\n"
            "          DNS 127.0.0.1  -\n"
            "          libc           -\n"
            "AF_INET6  hosts file     -\n"
            "          DNS 127.0.0.1  " +
                wide +
                "\n"
                "          libc           " +
                wide + "\n");
}

}  // namespace
}  // namespace test
