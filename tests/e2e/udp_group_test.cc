// Multicast groups and broadcast addresses, in networks of their own: sent without a connection, answered by
// anyone.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Two hosts on one cable: 10.8.0.1 here, 10.8.0.2 there.
struct Cable {
  Namespace here, there;

  Cable() {
    here.veth(there, "c0", "c1");
    here.run_ip({"addr", "add", "10.8.0.1/24", "brd", "+", "dev", "c0"});
    there.run_ip({"addr", "add", "10.8.0.2/24", "brd", "+", "dev", "c1"});
    for (const auto& [ns, name, last] : {std::tuple(&here, "c0", "1"), std::tuple(&there, "c1", "2")}) {
      ns->run_ip({"-6", "addr", "add", std::string("fd08::") + last + "/64", "dev", name, "nodad"});
      ns->wait_usable(std::string("fd08::") + last);
      ns->run_ip({"route", "add", "224.0.0.0/4", "dev", name});
    }
  }

  static Options in(const Namespace& ns) {
    Options options;
    options.before_exec = ns.enter_hook();
    return options;
  }
};

/// lo with multicast, and a route of the groups to it. (IPv6 refuses such routes on lo.)
void allow_groups_on_lo(Namespace& ns) {
  ns.run_ip({"link", "set", "lo", "multicast", "on"});
  ns.run_ip({"route", "add", "224.0.0.0/4", "dev", "lo"});
}

struct Group {
  const char* address;
  const char* answers_from;
};

// A listener that joined, a client that sends to the group and hears the answer from a plain address.
TEST(UdpGroup, OnLoopback) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  allow_groups_on_lo(ns);
  Options options;
  options.before_exec = ns.enter_hook();
  Listener listener = start_listener({"-u", "--interface", "lo", "239.1.2.3", "7001"}, options);
  Program client(nettool("connect", "-v", "-u", "239.1.2.3", "7001"), options);
  client.write_stdin("question");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 8), "question");
  listener.program.write_stdin("answer");
  EXPECT_EQ(client.read_exact(Stream::out, 6), "answer");
  // -v names who answered, which is no group.
  client.read_until(Stream::err, "127.0.0.1:7001");
}

TEST(UdpGroup, WithoutJoiningNothingComes) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  allow_groups_on_lo(ns);
  Options options;
  options.before_exec = ns.enter_hook();
  Listener member = start_listener({"-u", "--interface", "lo", "239.1.2.3", "7001"}, options);
  Listener other = start_listener({"-u", "--interface", "lo", "239.1.2.4", "7002"}, options);
  EXPECT_EQ(ns.run(nettool("connect", "-u", "-q", "0", "239.1.2.3", "7001"), "x").status, 0);
  EXPECT_EQ(member.program.read_exact(Stream::out, 1), "x");
  EXPECT_EQ(ns.run(nettool("connect", "-u", "-q", "0", "239.1.2.3", "7002"), "x").status, 0);
  EXPECT_EQ(ns.run(nettool("connect", "-u", "-q", "0", "239.1.2.4", "7002"), "y").status, 0);
  EXPECT_EQ(other.program.read_exact(Stream::out, 1), "y");
}

TEST(UdpGroup, AcrossACable) {
  REQUIRE_NAMESPACES();
  Cable cable;
  for (const Group& group : {Group{"239.9.9.9", "10.8.0.2"}, Group{"ff15::99", "fd08::2"}}) {
    SCOPED_TRACE(group.address);
    Listener listener =
        start_listener({"-u", "-k", "--interface", "c1", group.address, "7001"}, Cable::in(cable.there));
    EXPECT_EQ(listener.listening["address"].string(), group.address);
    Program client(nettool("connect", "-v", "-u", "--interface", "c0", group.address, "7001"),
                   Cable::in(cable.here));
    client.write_stdin("question");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 8), "question");
    listener.program.write_stdin("answer");
    EXPECT_EQ(client.read_exact(Stream::out, 6), "answer");
    client.read_until(Stream::err, group.answers_from);
  }
}

TEST(UdpGroup, TimeToLiveAndLoopCanBeSet) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  allow_groups_on_lo(ns);
  Options options;
  options.before_exec = ns.enter_hook();
  Listener listener = start_listener({"-u", "-k", "--interface", "lo", "239.1.2.3", "7001"}, options);
  Outcome told = ns.run(nettool("connect", "-v", "-u", "-q", "0", "-o", "IP_MULTICAST_TTL=4", "-o",
                                "IP_MULTICAST_IF=lo", "239.1.2.3", "7001"),
                        "x");
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_TRUE(contains(told.err, "requested 4 hops, effective 4 hops")) << told.err;
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "x");
}

// Two answer, and neither is the address that was asked.
TEST(UdpGroup, Broadcast) {
  REQUIRE_NAMESPACES();
  Cable cable;
  cable.there.run_ip({"addr", "add", "10.8.0.3/24", "dev", "c1"});
  UdpSocket all = cable.there.in([] { return UdpSocket("0.0.0.0", 7001); });
  UdpSocket another = cable.there.in([] { return UdpSocket("10.8.0.3", 7002); });
  for (const std::string address : {"10.8.0.255", "255.255.255.255"}) {
    SCOPED_TRACE(address);
    cable.here.run_ip({"route", "replace", "255.255.255.255", "dev", "c0"});
    Program client(nettool("connect", "-v", "-u", address, "7001"), Cable::in(cable.here));
    client.write_stdin("who is there?");
    Datagram question = all.recv();
    EXPECT_EQ(question.bytes, "who is there?");
    EXPECT_EQ(question.address, "10.8.0.1");
    all.reply(question, "me");
    EXPECT_EQ(client.read_exact(Stream::out, 2), "me");
    another.send_to("me too", "10.8.0.1", question.port);
    EXPECT_EQ(client.read_exact(Stream::out, 6), "me too");
    client.read_until(Stream::err, "10.8.0.2:7001");
    client.read_until(Stream::err, "10.8.0.3:7002");
  }
}

// The listener answers a broadcast from its own address.
TEST(UdpGroup, AListenerAnswersABroadcast) {
  REQUIRE_NAMESPACES();
  Cable cable;
  Listener listener = start_listener({"-u", "7001"}, Cable::in(cable.there));
  Program client(nettool("connect", "-v", "-u", "10.8.0.255", "7001"), Cable::in(cable.here));
  client.write_stdin("question");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 8), "question");
  listener.program.write_stdin("answer");
  EXPECT_EQ(client.read_exact(Stream::out, 6), "answer");
  client.read_until(Stream::err, "10.8.0.2:7001");
}

// -w is the wait for a first answer here as well.
TEST(UdpGroup, NobodyAnswers) {
  REQUIRE_NAMESPACES();
  Cable cable;
  for (const char* address : {"10.8.0.255", "239.9.9.9", "ff15::99%c0"}) {
    Outcome outcome =
        cable.here.run(nettool("connect", "-u", "--interface", "c0", "-w", "300ms", address, "7001"), "x");
    EXPECT_EQ(outcome.status, 3) << outcome.err;
  }
}

TEST(UdpGroup, JoiningWhatCannotBeJoined) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  // No route of the group and no interface named: nothing to join it on.
  Outcome outcome = ns.run(nettool("listen", "-u", "239.1.2.3", "7001"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "239.1.2.3")) << outcome.err;
}

}  // namespace
}  // namespace test
