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
       "held by nginx (pid 812)"},
      {PortSample().probed(taken, free_answer, taken).listening("127.0.0.1"), listening,
       "held by nginx (pid 812) on 127.0.0.1 alone; [::] is free"},
      {PortSample().probed(free_answer, taken, taken).listening("::"), listening,
       "held by nginx (pid 812) on [::] alone; 0.0.0.0 is free"},
      {PortSample().probed(taken).listening("127.0.0.1").listening("::1"), listening,
       "held by nginx (pid 812) on 127.0.0.1, [::1] alone"},
      {PortSample().probed(taken).listening("0.0.0.0").listening("0.0.0.0", 813), listening,
       "held by nginx (pid 812) and 1 other"},
      {PortSample().probed(taken).listening("::", 0), listening, "held by a process of user web"},
      {PortSample().probed(taken).bound("::"), not_set,
       "held by nginx (pid 812), which bound it and does not listen"},
      {PortSample().probed(reusable).bound("::"), works_with,
       "held by nginx (pid 812), which bound it and does not listen"},
      {PortSample(udp).probed(taken).listening("::"), not_set, "held by nginx (pid 812)"},
      {PortSample(udp).probed(reusable).listening("::"), works_with, "held by nginx (pid 812)"},
      {PortSample(udp).probed(taken).connected(1), not_set,
       "held by nginx (pid 812), connected to 192.0.2.1:53"},
  };
  for (const Case& c : cases) check(c);
}

TEST(PortMeaning, WhatAServerLeft) {
  constexpr auto reuse = "a server that set SO_REUSEADDR before can bind, another cannot";
  constexpr auto works_with = "fails now, works with SO_REUSEADDR";
  const Case cases[] = {
      {PortSample().probed(reusable).waiting(3, 50s), works_with,
       std::string("3 connections in TIME_WAIT for up to 52 s; ") + reuse},
      // The kernel's time is a lower bound, ours an upper one.
      {PortSample().probed(reusable).waiting(1, 49001ms), works_with,
       std::string("1 connection in TIME_WAIT for up to 52 s; ") + reuse},
      {PortSample().probed(taken).waiting(2, 0s),
       "fails now, with SO_REUSEADDR too (the old server did not set it)",
       "2 connections in TIME_WAIT for up to 2 s; until then no server can bind, not even with SO_REUSEADDR: "
       "the old one did not set it"},
      {PortSample().probed(reusable).connected(2), works_with,
       std::string("held by 2 connections of nginx (pid 812), and nobody listens; ") + reuse},
      {PortSample().probed(taken).connected(1),
       "fails now, with SO_REUSEADDR too (the connections do not have it)",
       "held by 1 connection of nginx (pid 812), and nobody listens; until they end no server can bind, not "
       "even with SO_REUSEADDR"},
  };
  for (const Case& c : cases) check(c);
  PortSample orphan;
  orphan.probed(reusable).connected(1, 0).facts.connection->socket.inode = 0;
  EXPECT_EQ(meaning(orphan.facts),
            std::string("held by 1 connection that no process has any more, and nobody listens; ") + reuse);
}

TEST(PortMeaning, Rights) {
  PortSample sample(tcp, 80);
  sample.probed(denied).facts.may_bind_privileged = false;
  check({sample, "fails now: it takes root or CAP_NET_BIND_SERVICE",
         "nobody has it, but binding ports below 1024 (net.ipv4.ip_unprivileged_port_start) takes root or "
         "CAP_NET_BIND_SERVICE"});
  PortSample held = sample;
  check(
      {held.listening("::"), "fails now: it takes root or CAP_NET_BIND_SERVICE", "held by nginx (pid 812)"});
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
  EXPECT_EQ(addresses_text({"[::]", "0.0.0.0", "[::]"}), "[::], 0.0.0.0");
}

}  // namespace
}  // namespace cmd
