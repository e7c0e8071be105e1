// UDP ports behind routers that say no or drop, real services, and what nmap makes of the same, as nobody.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <regex>

#include "tests/e2e/scan_run.hh"
#include "tests/support/dns_peers.hh"
#include "tests/support/files.hh"
#include "tests/support/require.hh"
#include "tests/support/topology.hh"
#include "tests/support/udp_server.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

using States = std::map<int, std::string>;
using Words = std::vector<std::string>;

Options as_nobody(const Namespace& ns) {
  return {.before_exec = [enter = ns.enter_hook(), change = become(nobody)] {
    enter();
    change();
  }};
}

States states_of(const std::string& json) {
  States states;
  for (const json::Value& port : json::events(json, "port"))
    states[static_cast<int>(port["port"].integer())] = port["state"].string();
  return states;
}

/// "70/udp open|filtered" and the like of `nmap -oN -`.
States states_of_nmap(const std::string& out) {
  States states;
  const std::regex line(R"((\d+)/udp +([a-z|]+))");
  for (std::sregex_iterator at(out.begin(), out.end(), line), end; at != end; ++at)
    states[std::stoi((*at)[1])] = (*at)[2];
  return states;
}

/// On the server of a topology, for both families: a port that echoes, and some that are silent.
struct Peers {
  Peers(Topology& net, std::uint16_t open, const std::vector<std::uint16_t>& silent) {
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
      const auto socket = [&](std::uint16_t port) {
        return net.server().in([&] { return UdpSocket(net.server_address(family), port); });
      };
      servers.push_back(std::make_unique<UdpServer>(socket(open), UdpServer::echo));
      for (const std::uint16_t port : silent) sockets.push_back(socket(port));
    }
  }
  std::vector<std::unique_ptr<UdpServer>> servers{};
  std::vector<UdpSocket> sockets{};
};

class ScanUdpSilence : public testing::Test {
 protected:
  void SetUp() override { REQUIRE_NAMESPACES(); }

  static constexpr Topology::Settings limited{.routers = 0, .icmp_limits = true};
  TempDir dir_{};
  std::string copy_ = copy_for_anybody(dir_);
};

TEST_F(ScanUdpSilence, EveryStateIsNmapsToo) {
  REQUIRE_PROGRAM("nmap");
  Topology net;
  const Peers peers(net, 70, {75});
  net.refuse_port(1, "prohibit", "udp", 72);
  net.refuse_port(2, "unreachable", "udp", 73);
  net.refuse_port(1, "blackhole", "udp", 74);
  const States expected = {{70, "open"},     {71, "closed"},        {72, "filtered"},
                           {73, "filtered"}, {74, "open|filtered"}, {75, "open|filtered"}};
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const std::string target = net.server_address(family);
    const Outcome ours =
        run({copy_, "connect", "-zu", "--json", "--all", "-n", "-w", "300ms", target, "70-75"},
            as_nobody(net.client()));
    EXPECT_EQ(ours.status, 0) << ours.err;
    EXPECT_EQ(states_of(ours.out), expected);
    for (const json::Value& port : json::events(ours.out, "port")) {
      const std::string text = port.text();
      const auto number = port["port"].integer();
      const std::string router = Topology::address(number == 72 ? 1 : 2, family);
      if (number == 72 || number == 73) EXPECT_NE(text.find("said by " + router), std::string::npos) << text;
    }
    Words nmap = {"nmap", "-sU", "-Pn", "-n", "-T4", "-p70-75", target};
    if (family == IpFamily::v6) nmap.emplace_back("-6");
    EXPECT_EQ(states_of_nmap(net.client().run(nmap).out), expected);
  }
}

// Linux as it comes: six ICMP messages at once, then one a second.
TEST_F(ScanUdpSilence, EveryPortIsProvedThoughIcmpIsLimited) {
  Topology net(limited);
  const Peers peers(net, 100, {101, 102});
  const auto scan = [&](IpFamily family) {
    return Program({copy_, "connect", "-zu", "--json", "--all", net.server_address(family), "1-12,100-102"},
                   as_nobody(net.client()));
  };
  Program programs[] = {scan(IpFamily::v4), scan(IpFamily::v6)};
  for (Program& program : programs) {
    const Outcome outcome = program.wait(std::chrono::seconds(60));
    States expected = {{100, "open"}, {101, "open|filtered"}, {102, "open|filtered"}};
    for (int port = 1; port <= 12; ++port) expected[port] = "closed";
    EXPECT_EQ(states_of(outcome.out), expected) << outcome.err;
    const json::Value summary = json::events(outcome.out, "summary").at(0);
    EXPECT_EQ(summary["closed"].integer(), 12);
    EXPECT_EQ(summary["open_filtered"].integer(), 2);
    EXPECT_FALSE(summary["icmp_rate_limited"].boolean()) << "all is proved";
  }
}

TEST_F(ScanUdpSilence, ALimitIsToldAndADeadlineEndsItsWait) {
  Topology net(limited);
  const std::string target = net.server_address(IpFamily::v4);
  const Outcome outcome =
      run({copy_, "connect", "-zu", "--deadline", "5", target, "1-40"}, as_nobody(net.client()));
  EXPECT_EQ(outcome.status, 3) << "nobody is proved absent, and nobody answered";
  EXPECT_TRUE(
      std::regex_search(outcome.err, std::regex("note: " + target +
                                                " answers about one ICMP message a second: [23][0-9] ports "
                                                "left will take some [23][0-9] s; --deadline bounds it\n")))
      << outcome.err;
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("0 open, [0-9]+ closed, [23][0-9] open\\|filtered")))
      << outcome.out;
}

TEST_F(ScanUdpSilence, WhatASignalLeavesUnprovedIsSaidToBe) {
  Topology net(limited);
  Program program({copy_, "connect", "-zu", net.server_address(IpFamily::v4), "1-40"},
                  as_nobody(net.client()));
  program.read_until(Stream::err, "note");
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 128 + SIGINT);
  std::smatch counts;
  ASSERT_TRUE(
      std::regex_search(outcome.out, counts, std::regex("0 open, (\\d+) closed, (\\d+) open\\|filtered")))
      << outcome.out;
  EXPECT_EQ(std::stoi(counts[1]) + std::stoi(counts[2]), 40);
  EXPECT_NE(outcome.out.find("ICMP answers may be limited"), std::string::npos) << outcome.out;
}

TEST_F(ScanUdpSilence, ManySilentPortsTakeNoLongerThanOne) {
  Namespace ns;
  ns.blackhole("192.0.2.1");
  const Outcome outcome =
      run({copy_, "connect", "-zu", "--json", "-w", "500ms", "192.0.2.1", "1-1000"}, as_nobody(ns));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  const json::Value summary = json::events(outcome.out, "summary").at(0);
  EXPECT_EQ(summary["open_filtered"].integer(), 1000);
  EXPECT_FALSE(summary["icmp_rate_limited"].boolean());
  EXPECT_GE(summary["duration_ms"].number(), 1500);
  EXPECT_LT(summary["duration_ms"].number(), 10000) << "one after the other they take 1500 s";
}

TEST(ScanUdp, ARealNameServerAnswersItsQuestion) {
  REQUIRE_NAMESPACES();
  REQUIRE_PROGRAM("nsd");
  Namespace ns;
  const NameServer server = NameServer::nsd(
      {ns}, {{"example.test", "@ 300 IN SOA ns host 1 2 3 4 5\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n"}});
  const Outcome outcome = ns.run(nettool("connect", "-zu", "-w", "5", "127.0.0.1", "52-54"));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(
      std::regex_search(outcome.out, std::regex("127\\.0\\.0\\.1 +53/udp +open +domain +[0-9.]+ ms\n")))
      << outcome.out;
  EXPECT_NE(outcome.out.find("1 open, 2 closed of 3 ports in "), std::string::npos) << outcome.out;
}

TEST(ScanUdp, StatusIsOfTheBestPort) {
  const UdpServer open(UdpSocket(), UdpServer::echo);
  const UdpSocket silent;
  const std::string closed = std::to_string(closed_port(SOCK_DGRAM));
  EXPECT_EQ(scan({"-u", "-w", "5", "127.0.0.1", open.port_text() + "," + closed}).status, 0);
  EXPECT_EQ(scan({"-u", "127.0.0.1", closed}).status, 1);
  EXPECT_EQ(scan({"-u", "-w", "50ms", "127.0.0.1", silent.port_text()}).status, 3);
}

TEST(ScanUdp, IsAskedFromTheAddressAndPortAskedFor) {
  const std::uint16_t source = closed_port(SOCK_DGRAM, "127.0.0.5");
  const UdpServer open(UdpSocket(), [source](UdpSocket& socket, const Datagram& asked) {
    if (asked.address == "127.0.0.5" && asked.port == source) socket.reply(asked, "yes");
  });
  const std::string port = std::to_string(source);
  EXPECT_EQ(scan({"-u", "-w", "5", "-s", "127.0.0.5", "-p", port, "127.0.0.1", open.port_text()}).status, 0);
  EXPECT_EQ(scan({"-u", "-w", "50ms", "127.0.0.1", open.port_text()}).status, 3);
}

// From its ephemeral port the scan meets itself there.
TEST(ScanUdp, NoPortOfItsOwnIsOpen) {
  REQUIRE_NAMESPACES();
  const Namespace ns;
  const Outcome outcome = ns.run(nettool("connect", "-zu", "--json", "127.0.0.1", "32768-60999"));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  const json::Value summary = json::events(outcome.out, "summary").at(0);
  EXPECT_EQ(summary["open"].integer(), 0);
  EXPECT_EQ(summary["closed"].integer(), 60999 - 32768 + 1);
}

}  // namespace
}  // namespace test
