// connect --trace finds the way to a port hop by hop, without privileges, and how it ends there.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <optional>

#include "tests/e2e/trace_run.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

constexpr IpFamily families[] = {IpFamily::v4, IpFamily::v6};

/// "1 10.77.1.2", "2 10.77.2.2" and so on up to that router, then `last`.
Words way(std::size_t routers, IpFamily family, const std::string& last) {
  Words words;
  for (std::size_t hop = 1; hop <= routers; ++hop) {
    words.push_back(std::to_string(hop) + " " + Topology::address(hop, family));
  }
  if (!last.empty()) words.push_back(last);
  return words;
}

class Trace : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    net_.emplace();
    tracer_.emplace(net_->client());
  }

  std::optional<Topology> net_{};
  std::optional<Tracer> tracer_{};
};

TEST_F(Trace, AnOpenPortAndAClosedOne) {
  for (const IpFamily family : families) {
    const std::string target = net_->server_address(family);
    TcpServer server = net_->server().in([&] { return TcpServer(target); });
    TraceRun open = tracer_->json({target, server.port_text()});
    EXPECT_EQ(open.words(), way(2, family, "3 " + target + " open")) << open.outcome.err;
    EXPECT_EQ(open.outcome.status, 0);
    for (const json::Value& hop : open.hops) EXPECT_GT(hop["time_ms"].number(), 0);
    EXPECT_TRUE(open.hops.back()["icmp"].is_null());
    EXPECT_EQ(open.hops.front()["icmp"]["type"].integer(), family == IpFamily::v4 ? 11 : 3);

    server.close();
    TraceRun closed = tracer_->json({target, server.port_text()});
    EXPECT_EQ(closed.words(), way(2, family, "3 " + target + " closed"));
    EXPECT_EQ(closed.outcome.status, 1);
  }
}

TEST_F(Trace, UdpThatAnswersAndThatIsClosed) {
  for (const IpFamily family : families) {
    const std::string target = net_->server_address(family);
    UdpSocket socket = net_->server().in([&] { return UdpSocket(target); });
    Program program(tracer_->argv({"-u", "-n", "--json", target, socket.port_text()}), tracer_->options());
    socket.reply(socket.recv(), "here");
    const Outcome open = program.wait();
    EXPECT_EQ(hop_words(json::events(open.out, "hop").back()), "3 " + target + " open");
    EXPECT_EQ(open.status, 0);

    socket.close();
    const TraceRun closed = tracer_->json({"-u", target, socket.port_text()});
    const std::string icmp = family == IpFamily::v4 ? "3/3" : "1/4";
    EXPECT_EQ(closed.words(), way(2, family, "3 " + target + " closed " + icmp));
    EXPECT_EQ(closed.outcome.status, 1);
  }
}

struct Refusal {
  const char* name;
  std::size_t router;
  const char* kind;
  bool by_port;
  const char* icmp4;
  const char* icmp6;
};

const Refusal refusals[] = {
    {"prohibited by the last router", 2, "prohibit", true, "3/13", "1/1"},
    {"prohibited by the first router", 1, "prohibit", true, "3/13", "1/1"},
    {"a rule says no route", 2, "unreachable", true, "3/0", "1/0"},
    {"host unreachable by the first router", 1, "unreachable", false, "3/1", "1/0"},
};

TEST(TraceRefused, ARouterThatSaysNoIsTheEnd) {
  REQUIRE_NAMESPACES();
  for (const Refusal& refusal : refusals) {
    // A new one: an IPv4 router says so five times at once and no more.
    Topology net;
    const Tracer tracer(net.client());
    for (const IpFamily family : families) {
      for (const char* protocol : {"tcp", "udp"}) {
        SCOPED_TRACE(std::string(refusal.name) + " " + protocol);
        const std::string target = net.server_address(family);
        if (refusal.by_port) net.refuse_port(refusal.router, refusal.kind, protocol, 81);
        if (!refusal.by_port) net.refuse(refusal.router, refusal.kind, target);
        Words arguments = {target, "81"};
        if (std::string(protocol) == "udp") arguments.emplace_back("-u");
        const TraceRun run = tracer.json(arguments);
        const std::string end = std::to_string(refusal.router) + " " +
                                Topology::address(refusal.router, family) + " filtered " +
                                (family == IpFamily::v4 ? refusal.icmp4 : refusal.icmp6);
        EXPECT_EQ(run.words(), way(refusal.router - 1, family, end)) << run.outcome.err;
        EXPECT_EQ(run.outcome.status, 1);
        if (refusal.by_port) net.allow_port(refusal.router, refusal.kind, protocol, 81);
        if (!refusal.by_port) net.allow(refusal.router, refusal.kind, target);
      }
    }
  }
}

TEST_F(Trace, NoFurtherThanMaxHops) {
  const std::string target = net_->server_address(IpFamily::v4);
  const TraceRun run = tracer_->json({"--max-hops", "2", target, "81"});
  EXPECT_EQ(run.words(), way(2, IpFamily::v4, ""));
  EXPECT_EQ(run.outcome.status, 3);
  EXPECT_NE(run.outcome.err.find("not reached in 2 hops"), std::string::npos) << run.outcome.err;
}

struct OwnTable {
  const char* kind;
  const char* code;
};

// What connect says of it, a trace says too, and at once.
TEST_F(Trace, ThisHostsOwnNo) {
  for (const OwnTable& own : {OwnTable{"prohibit", "EACCES"}, OwnTable{"unreachable", "EHOSTUNREACH"},
                              OwnTable{"blackhole", "EINVAL"}, OwnTable{"throw", "ENETUNREACH"}}) {
    for (const IpFamily family : families) {
      for (const char* protocol : {"--trace", "-u"}) {
        const std::string target = net_->server_address(family);
        net_->refuse(0, own.kind, target);
        const Outcome outcome = tracer_->run({protocol, target, "81"});
        EXPECT_EQ(outcome.status, 4) << outcome.err;
        EXPECT_NE(outcome.err.find(own.code), std::string::npos) << outcome.err;
        EXPECT_NE(outcome.err.find("hint: this host"), std::string::npos) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        net_->allow(0, own.kind, target);
      }
    }
  }
}

TEST_F(Trace, TheLinesOfText) {
  const std::string target = net_->server_address(IpFamily::v4);
  TcpServer server = net_->server().in([&] { return TcpServer(target); });
  const Outcome outcome = tracer_->run({"-n", target, server.port_text()});
  std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 3U) << outcome.out;
  EXPECT_EQ(lines[0].find(" 1  10.77.1.2        "), 0U) << lines[0];
  EXPECT_EQ(lines[2].find(" 3  10.77.3.2        "), 0U) << lines[2];
  EXPECT_TRUE(lines[2].ends_with("  open")) << lines[2];
  EXPECT_EQ(outcome.err, "");

  const Outcome quiet = tracer_->run({"--quiet", "-n", target, server.port_text()});
  EXPECT_EQ(lines_of(quiet.out).size(), 1U) << quiet.out;
  EXPECT_EQ(quiet.out.find(" 3  10.77.3.2"), 0U) << quiet.out;

  net_->refuse_port(2, "prohibit", "tcp", 81);
  const Outcome refused = tracer_->run({"-n", "--color", "always", target, "81"});
  EXPECT_NE(refused.out.find("filtered: communication administratively prohibited (ICMP 3/13)\x1b[0m\n"),
            std::string::npos)
      << refused.out;
}

TEST_F(Trace, NamesOfHopsUnlessTheyAreNotWanted) {
  const std::string target = net_->server_address(IpFamily::v4);
  net_->client().hosts("10.77.1.2 gw.test\n" + target + " www.test\n");
  const Outcome named = tracer_->run({"www.test", "81"});
  const std::vector<std::string> lines = lines_of(named.out);
  ASSERT_EQ(lines.size(), 3U) << named.out << named.err;
  EXPECT_TRUE(lines[0].ends_with("  (gw.test)")) << lines[0];
  EXPECT_EQ(lines[1].find("("), std::string::npos) << lines[1];
  EXPECT_TRUE(lines[2].ends_with("  closed  (www.test)")) << lines[2];

  const TraceRun numeric = tracer_->json({target, "81"});
  EXPECT_TRUE(numeric.hops.front()["name"].is_null());
}

TEST_F(Trace, OneFamilyOfAName) {
  const std::string v4 = net_->server_address(IpFamily::v4);
  const std::string v6 = net_->server_address(IpFamily::v6);
  net_->client().hosts(v4 + " www.test\n" + v6 + " www.test\n");
  const std::pair<const char*, std::string> cases[] = {{"-4", v4}, {"-6", v6}};
  for (const auto& [flag, target] : cases) {
    const Outcome outcome = tracer_->run({flag, "--json", "www.test", "81"});
    const json::Value resolved = json::only_event(outcome.out, "resolved");
    EXPECT_EQ(resolved["source"].string(), "hosts");
    EXPECT_EQ(resolved["addresses"][0].string(), target);
    const json::Value last = json::events(outcome.out, "hop").back();
    EXPECT_EQ(hop_words(last), "3 " + target + " closed");
    EXPECT_EQ(last["name"].string(), "www.test");
    EXPECT_EQ(last.keys(),
              (Words{"event", "time", "ttl", "address", "name", "time_ms", "icmp", "state", "too_big"}));
  }
}

TEST_F(Trace, ByTheInterfaceAsked) {
  // Two ways to the server's address: the other one ends at once.
  net_->client().blackhole("192.0.2.1");
  const std::string target = net_->server_address(IpFamily::v4);
  const TraceRun here = tracer_->json({"--interface", "down0", target, "81"});
  EXPECT_EQ(here.words().back(), "3 " + target + " closed") << here.outcome.err;
  const TraceRun there = tracer_->json({"--interface", "hole", "--deadline", "1", target, "81"});
  EXPECT_NE(there.outcome.status, 1);
}

// As many answers as a host gives by default, and no more, are enough.
TEST(TraceLimits, WithTheLimitsThatHostsHave) {
  REQUIRE_NAMESPACES();
  Topology net({.routers = 2, .icmp_limits = true});
  const Tracer tracer(net.client());
  for (const IpFamily family : families) {
    const std::string target = net.server_address(family);
    const TraceRun run = tracer.json({"-u", target, "81"});
    EXPECT_EQ(run.hops.size(), 3U) << run.outcome.out;
    EXPECT_EQ(run.outcome.status, 1);
  }
}

// A question to port 443 is large; where it does not fit, the kernel learns that and cuts the next one. With
// "do not fragment" that is the end.
TEST_F(Trace, APacketTooBig) {
  net_->set_mtu(1, 1000);
  const std::string target = net_->server_address(IpFamily::v4);
  const std::string router = Topology::address(1, IpFamily::v4);
  const TraceRun refused = tracer_->json({"-u", "-o", "IP_MTU_DISCOVER=do", target, "443"});
  EXPECT_EQ(refused.words(), (Words{"1 " + router, "2 " + router + " filtered 3/4"})) << refused.outcome.err;
  EXPECT_EQ(refused.hops.back()["icmp"]["mtu"].integer(), 1000);
  EXPECT_EQ(refused.outcome.status, 1);

  net_->client().run_ip({"route", "flush", "cache"});
  const TraceRun in_pieces = tracer_->json({"-u", target, "443"});
  EXPECT_EQ(in_pieces.words(), way(2, IpFamily::v4, "3 " + target + " closed 3/3")) << in_pieces.outcome.err;
  EXPECT_EQ(in_pieces.hops[1]["too_big"]["said_by"].string(), router);
  EXPECT_EQ(in_pieces.hops[1]["too_big"]["mtu"].integer(), 1000);
  EXPECT_TRUE(in_pieces.hops[2]["too_big"].is_null());
}

// One socket at a time is all that a source port allows, and the probes leave from it.
TEST_F(Trace, FromASourceAddressAndPort) {
  for (const IpFamily family : families) {
    const std::string target = net_->server_address(family);
    UdpSocket socket = net_->server().in([&] { return UdpSocket(target); });
    Program program(tracer_->argv({"-u", "-n", "-s", Topology::client_address(family), "-p", "5353", "--json",
                                   target, socket.port_text()}),
                    tracer_->options());
    const Datagram probe = socket.recv();
    EXPECT_EQ(probe.port, 5353);
    EXPECT_EQ(probe.address, Topology::client_address(family));
    socket.reply(probe, "here");
    EXPECT_EQ(program.wait().status, 0);
    const TraceRun closed = tracer_->json({"-p", "5353", target, "81"});
    EXPECT_EQ(closed.words(), way(2, family, "3 " + target + " closed")) << closed.outcome.err;
  }
}

TEST_F(Trace, FewDescriptorsAreEnough) {
  const std::string target = net_->server_address(IpFamily::v4);
  Options options = tracer_->options();
  options.before_exec = [before = options.before_exec] {
    before();
    const rlimit few{10, 10};
    if (setrlimit(RLIMIT_NOFILE, &few) < 0) fail_errno("setrlimit");
  };
  const Outcome outcome = run(tracer_->argv({"--json", "-n", target, "81"}), options);
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(json::events(outcome.out, "hop").size(), 3U) << outcome.out << outcome.err;
}

struct Usage {
  Words arguments;
  const char* part;
};

TEST(TraceUsage, WhatMakesNoSense) {
  const Usage cases[] = {
      {{"--trace", "--max-hops", "0", "127.0.0.1", "1"}, "--max-hops"},
      {{"--trace", "--max-hops", "256", "127.0.0.1", "1"}, "256"},
      {{"--max-hops", "3", "127.0.0.1", "1"}, "--max-hops is for --trace"},
      {{"--trace", "-U", "/run/none"}, "--unix is not for --trace"},
      {{"--trace", "-o", "IP_TTL=3", "127.0.0.1", "1"}, "-o IP_TTL"},
      {{"--trace", "--crlf", "127.0.0.1", "1"}, "--crlf is not for --trace"},
      {{"--trace", "127.0.0.1"}, "PORT"},
  };
  for (const Usage& one : cases) {
    Words words = one.arguments;
    words.insert(words.begin(), "connect");
    const Outcome outcome = run(nettool_argv(words));
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_NE(outcome.err.find(one.part), std::string::npos) << outcome.err;
  }
}

TEST(TraceUsage, ThisHostIsOneHopAway) {
  TcpServer server;
  const Outcome outcome = run(nettool("connect", "--trace", "-n", "127.0.0.1", server.port_text()));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find(" 1  127.0.0.1 "), 0U) << outcome.out;
}

}  // namespace
}  // namespace test
