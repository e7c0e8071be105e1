#include "cmd/port_text.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/cmd/port_sample.hh"

namespace cmd {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

struct Case {
  PortSample sample;
  std::string bind;
  std::string meaning;
};

void check(const Case& c) {
  EXPECT_EQ(bind_text(c.sample.facts), c.bind) << c.meaning;
  EXPECT_EQ(meaning(c.sample.facts), c.meaning);
}

TEST(PortMeaning, Holders) {
  constexpr auto listening = "fails now, with SO_REUSEADDR too (it is listening)";
  constexpr auto not_set = "fails now, with SO_REUSEADDR too (its holder did not set it)";
  constexpr auto works_with = "fails now, works with SO_REUSEADDR";
  const Case cases[] = {
      {PortSample(), "works now", "free now"},
      {PortSample().probed(taken).listening("::"), listening, "held by nginx (pid 812)"},
      {PortSample().probed(taken, free_answer, taken).listening("0.0.0.0"), listening,
       "held by nginx (pid 812) on 0.0.0.0 alone; [::] is free"},
      {PortSample().probed(taken, free_answer, taken).listening("127.0.0.1"), listening,
       "held by nginx (pid 812) on 127.0.0.1 alone; [::] is free"},
      {PortSample().probed(free_answer, taken, taken).listening("::"), listening,
       "held by nginx (pid 812) on [::] alone; 0.0.0.0 is free"},
      {PortSample().probed(taken).listening("127.0.0.1").listening("::1"), listening,
       "held by nginx (pid 812) on 127.0.0.1, [::1] alone"},
      {PortSample().probed(taken).listening("0.0.0.0").listening("0.0.0.0", 813), listening,
       "held by nginx (pid 812) and nginx (pid 813)"},
      {PortSample().probed(taken).listening("::", 0), listening, "held by a process of user web"},
      {PortSample().probed(taken).bound("::"), not_set,
       "held by nginx (pid 812), which bound it and does not listen"},
      {PortSample().probed(taken, free_answer, taken).bound("127.0.0.1"), not_set,
       "held by nginx (pid 812), which bound 127.0.0.1 and does not listen; [::] is free"},
      {PortSample().probed(reusable).bound("::").bound("::", 813), works_with,
       "held by nginx (pid 812) and nginx (pid 813), which bound it and do not listen"},
      {PortSample().probed(reusable).bound("::"), works_with,
       "held by nginx (pid 812), which bound it and does not listen"},
      {PortSample(udp).probed(taken).listening("::"), not_set, "held by nginx (pid 812)"},
      {PortSample(udp).probed(reusable).listening("::"), works_with, "held by nginx (pid 812)"},
      {PortSample(udp).probed(taken).connected(1), not_set,
       "held by nginx (pid 812), connected to 192.0.2.1:53"},
  };
  for (const Case& c : cases) check(c);
}

// Other sockets of the port have other addresses, and the holder's are not alone.
TEST(PortMeaning, HoldersBesideOthers) {
  PortSample sample;
  sample.probed(taken, free_answer, taken).listening("127.0.0.3").bound("127.0.0.2").waiting(1, 9s);
  EXPECT_EQ(meaning(sample.facts), "held by nginx (pid 812) on 127.0.0.3; [::] is free");
  PortSample datagrams(udp);
  datagrams.probed(taken, free_answer, taken).listening("127.0.0.1").connected(1);
  EXPECT_EQ(meaning(datagrams.facts), "held by nginx (pid 812) on 127.0.0.1; [::] is free");
}

// Which of several sockets has not set SO_REUSEADDR is not known.
TEST(PortMeaning, WhoDidNotSetReuseAddr) {
  constexpr auto some = "fails now, with SO_REUSEADDR too (not every socket on the port has it)";
  EXPECT_EQ(bind_text(PortSample().probed(taken).bound("127.0.0.2").waiting(1, 9s).facts), some);
  EXPECT_EQ(bind_text(PortSample(udp).probed(taken).listening("::").connected(1).facts), some);
  EXPECT_EQ(bind_text(PortSample().probed(taken).waiting(2, 9s).facts), some);
  PortSample untried = PortSample(udp).probed(taken).listening("::");
  untried.facts.probe->both.untried = true;
  EXPECT_EQ(bind_text(untried.facts), "fails now; with SO_REUSEADDR not tried, as that might take datagrams");
}

TEST(PortMeaning, WhatAServerLeft) {
  constexpr auto works_with = "fails now, works with SO_REUSEADDR";
  constexpr auto one_has_not = "fails now, with SO_REUSEADDR too (the connection does not have it)";
  constexpr auto some_have_not = "fails now, with SO_REUSEADDR too (not every socket on the port has it)";
  const Case cases[] = {
      {PortSample().probed(reusable).waiting(3, 50s), works_with,
       "3 connections in TIME_WAIT for up to 52 s; until then a server can bind 0.0.0.0 or [::] only if it "
       "sets SO_REUSEADDR"},
      // The kernel's time is a lower bound, ours an upper one.
      {PortSample().probed(reusable, free_answer, reusable).waiting(1, 49001ms), works_with,
       "1 connection in TIME_WAIT for up to 52 s; until then a server can bind 0.0.0.0 only if it sets "
       "SO_REUSEADDR; [::] is free"},
      {PortSample().probed(taken).waiting(2, 0s), some_have_not,
       "2 connections in TIME_WAIT for up to 2 s; until then no server can bind 0.0.0.0 or [::], not even "
       "with SO_REUSEADDR, which not every connection has"},
      {PortSample().probed(free_answer, taken, taken).waiting(1, 0s), one_has_not,
       "1 connection in TIME_WAIT for up to 2 s; until then no server can bind [::], not even with "
       "SO_REUSEADDR, which the connection does not have; 0.0.0.0 is free"},
      {PortSample().probed(free_answer, free_answer, taken).waiting(1, 0s), one_has_not,
       "1 connection in TIME_WAIT for up to 2 s; until then no server can bind both families at once, not "
       "even with SO_REUSEADDR, which the connection does not have; 0.0.0.0 is free"},
      {PortSample().probed(reusable).connected(2), works_with,
       "held by 2 connections of nginx (pid 812), and nobody listens; until they end, and maybe for 60 s of "
       "TIME_WAIT after that, a server can bind 0.0.0.0 or [::] only if it sets SO_REUSEADDR"},
      {PortSample().probed(taken, free_answer, taken).connected(1), one_has_not,
       "held by 1 connection of nginx (pid 812), and nobody listens; until it ends, and maybe for 60 s of "
       "TIME_WAIT after that, no server can bind 0.0.0.0, not even with SO_REUSEADDR, which the connection "
       "does not have; [::] is free"},
  };
  for (const Case& c : cases) check(c);
}

TEST(PortMeaning, WhoseConnectionsTheyAre) {
  const auto whose = [](const PortSample& sample) {
    const std::string text = meaning(sample.facts);
    return text.substr(0, text.find(';'));
  };
  PortSample sample;
  sample.probed(reusable).connected(1).connected(1, 813);
  EXPECT_EQ(whose(sample),
            "held by 2 connections of nginx (pid 812) and nginx (pid 813), and nobody listens");
  PortSample datagrams(udp);
  datagrams.probed(taken).connected(1).connected(1, 813);
  EXPECT_EQ(whose(datagrams), "held by 2 connected sockets of nginx (pid 812) and nginx (pid 813)");
  sample.connected(1, 0).facts.connected.back().socket.inode = 0;
  EXPECT_EQ(
      whose(sample),
      "held by 3 connections of nginx (pid 812) and nginx (pid 813), 1 of them closed by their process, "
      "and nobody listens");
  PortSample orphan;
  orphan.probed(reusable).connected(1, 0).facts.connected.front().socket.inode = 0;
  EXPECT_EQ(whose(orphan), "held by 1 connection that no process has any more, and nobody listens");
}

TEST(PortMeaning, Rights) {
  PortSample sample(tcp, 80);
  sample.probed(denied).facts.may_bind_privileged = false;
  check({sample, "fails now: it takes root or CAP_NET_BIND_SERVICE",
         "nobody has it, but binding ports below 1024 (net.ipv4.ip_unprivileged_port_start) takes root or "
         "CAP_NET_BIND_SERVICE"});
  PortSample held = sample;
  check({held.listening("::"), "fails now: it takes root or CAP_NET_BIND_SERVICE, and sockets have the port",
         "held by nginx (pid 812)"});
  constexpr auto forbidden =
      "binding it is forbidden (EPERM) by a security module, a program of its cgroup or a user namespace";
  check({PortSample().probed({EPERM, EPERM}), std::string("fails now: ") + forbidden,
         std::string("nobody has it, but ") + forbidden});
}

TEST(PortMeaning, InUseByWhatIsNotListed) {
  PortSample sample;
  sample.probed(taken);
  EXPECT_EQ(meaning(sample.facts),
            "in use (EADDRINUSE), by a socket that came or went just now, or that the kernel does not list");
  sample.facts.bound_only_known = false;
  EXPECT_EQ(
      meaning(sample.facts),
      "in use (EADDRINUSE), likely by a socket that is bound and does not listen: kernels before 6.8 do "
      "not list those");
}

TEST(PortMeaning, WithoutAProbe) {
  PortSample sample;
  sample.facts.probe.reset();
  check({sample, "not tried", "nobody has it"});
  PortSample waiting = sample;
  EXPECT_EQ(meaning(waiting.waiting(1, 10s).facts), "1 connection in TIME_WAIT for up to 12 s");
  EXPECT_EQ(meaning(sample.listening("127.0.0.1").facts), "held by nginx (pid 812) on 127.0.0.1 alone");
}

TEST(PortText, Classes) {
  PortSample sample;
  EXPECT_EQ(class_text(sample.facts), "user port, no registered name");
  EXPECT_EQ(class_text(sample.facts, true), "user ports");
  sample.facts.port = 80;
  sample.facts.service = net::kern::Service{"http", {"www", "web"}};
  EXPECT_EQ(class_text(sample.facts), "system port, http (www, web), privileged (below 1024)");
  sample.facts.port = 50000;
  sample.facts.service = net::kern::Service{"x", {}};
  sample.facts.policy.reserved = {{50000, 50000}};
  EXPECT_EQ(class_text(sample.facts), "dynamic port, x, ephemeral (32768-60999), reserved");
  sample.facts.port = 0;
  EXPECT_EQ(class_text(sample.facts), "no port: it stands for one that the kernel chooses from 32768-60999");
}

TEST(PortText, SomeOfManyNames) {
  EXPECT_EQ(some_of({"a"}), "a");
  EXPECT_EQ(some_of({"a", "b"}), "a and b");
  EXPECT_EQ(some_of({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(some_of({"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

TEST(PortText, Addresses) {
  auto holder = PortSample::holder("127.0.0.53", 53, net::kern::SocketState::close, 1);
  holder.socket.interface = *net::interface_index("lo");
  EXPECT_EQ(address_name(holder.socket), "127.0.0.53%lo");
  EXPECT_EQ(address_text(holder.socket), "127.0.0.53%lo");
  holder.socket.local = *net::Endpoint::parse_ip("fe80::1%lo", 53);
  EXPECT_EQ(address_text(holder.socket), "[fe80::1%lo]");
  holder.socket = PortSample::holder("::", 53, net::kern::SocketState::close, 1).socket;
  EXPECT_EQ(address_name(holder.socket), "::");
  EXPECT_EQ(address_text(holder.socket), "[::]");
  EXPECT_EQ(by_process({holder})[0].addresses[0], "[::]");
  holder.socket.ipv6_only = true;
  EXPECT_EQ(by_process({holder})[0].addresses[0], "[::] (IPv6 only)");
  EXPECT_EQ(addresses_text({"[::]", "0.0.0.0", "[::]"}), "[::], 0.0.0.0");
}

}  // namespace
}  // namespace cmd
