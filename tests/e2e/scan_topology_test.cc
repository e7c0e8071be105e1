// A scan through routers that say no, drop, or let through, as nobody: the states are nmap's.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <regex>

#include "tests/e2e/scan_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/support/topology.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

using States = std::map<int, std::string>;

/// A server with ports of every kind: what says no stands behind each.
class ScanTopologySilence : public testing::Test {
 protected:
  void SetUp() override { REQUIRE_NAMESPACES(); }

  static constexpr std::uint16_t open = 70;
  static constexpr std::uint16_t closed = 71;
  static constexpr std::uint16_t prohibited = 72;
  static constexpr std::uint16_t no_route = 73;
  static constexpr std::uint16_t dropped = 74;
  static constexpr std::uint16_t prohibited_there = 75;

  void make_ports() {
    net_.emplace();
    net_->refuse_port(1, "prohibit", "tcp", prohibited);
    net_->refuse_port(2, "unreachable", "tcp", no_route);
    net_->refuse_port(1, "blackhole", "tcp", dropped);
    net_->refuse_port(2, "prohibit", "tcp", prohibited_there);
    server_ = net_->server().in([] { return std::make_unique<OpenPort>(open); });
  }

  Outcome scan_as_nobody(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {copy_, "connect", "-z"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    Options options;
    options.before_exec = [enter = net_->client().enter_hook(), change = become(nobody)] {
      enter();
      change();
    };
    return run(argv, std::move(options));
  }

  std::optional<Topology> net_;
  std::unique_ptr<OpenPort> server_;
  TempDir dir_;
  std::string copy_ = copy_for_anybody(dir_);
};

States states_of(const std::vector<json::Value>& ports) {
  States states;
  for (const json::Value& port : ports) {
    states[static_cast<int>(port["port"].integer())] = port["state"].string();
  }
  return states;
}

/// "Ports: 70/open/tcp//gopher///, 71/closed/tcp//..."
States states_by_nmap(const std::string& out) {
  States states;
  const std::regex port("([0-9]+)/([a-z|]+)/tcp");
  for (std::sregex_iterator match(out.begin(), out.end(), port); match != std::sregex_iterator(); ++match) {
    states[std::stoi((*match)[1])] = (*match)[2];
  }
  return states;
}

TEST_F(ScanTopologySilence, EveryStateAndWhoSaidSo) {
  make_ports();
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const Outcome outcome =
        scan_as_nobody({"--json", "--all", "-w", "500ms", net_->server_address(family), "70-75"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const auto ports = json::events(outcome.out, "port");
    ASSERT_EQ(ports.size(), 6U) << outcome.out;
    EXPECT_EQ(states_of(ports), (States{{open, "open"},
                                        {closed, "closed"},
                                        {prohibited, "filtered"},
                                        {no_route, "filtered"},
                                        {dropped, "filtered"},
                                        {prohibited_there, "filtered"}}));
    const auto said = [&](std::size_t index) {
      const std::string message = ports[index]["error"]["message"].string();
      const std::size_t by = message.find("said by ");
      return by == std::string::npos ? std::string() : message.substr(by + 8);
    };
    EXPECT_EQ(said(1), "");
    EXPECT_EQ(said(2), Topology::address(1, family));
    EXPECT_EQ(said(3), Topology::address(2, family));
    EXPECT_EQ(said(4), "");
    EXPECT_EQ(said(5), Topology::address(2, family));
    EXPECT_EQ(ports[4]["error"]["code"].string(), "ETIMEDOUT");
  }
}

TEST_F(ScanTopologySilence, TheSummaryTellsSilenceApart) {
  make_ports();
  const std::string address = net_->server_address(IpFamily::v4);
  const Outcome both = scan_as_nobody({"-w", "100ms", address, "70-75"});
  EXPECT_NE(both.out.find("1 open, 1 closed, 4 filtered (1 without an answer) of 6 ports in "),
            std::string::npos)
      << both.out;
  const Outcome silent = scan_as_nobody({"-w", "100ms", address, "74"});
  EXPECT_EQ(silent.status, 3);
  EXPECT_NE(silent.out.find("0 open, 1 filtered (no answer) of 1 port in "), std::string::npos) << silent.out;
  const Outcome refused = scan_as_nobody({"-w", "100ms", address, "72"});
  EXPECT_EQ(refused.status, 1) << "a router answered";
  EXPECT_NE(refused.out.find("0 open, 1 filtered of 1 port in "), std::string::npos) << refused.out;
}

TEST_F(ScanTopologySilence, AgreesWithNmap) {
  REQUIRE_PROGRAM("nmap");
  make_ports();
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const std::string address = net_->server_address(family);
    std::vector<std::string> argv = {"nmap", "-sT", "-Pn",      "-n", "--max-retries", "1",
                                     "-oG",  "-",   "--reason", "-p", "70-75"};
    if (family == IpFamily::v6) argv.emplace_back("-6");
    argv.push_back(address);
    const Outcome nmap = net_->client().run(argv);
    ASSERT_EQ(nmap.status, 0) << nmap.err;
    const Outcome ours = scan_as_nobody({"--json", "--all", "-w", "500ms", address, "70-75"});
    EXPECT_EQ(states_of(json::events(ours.out, "port")), states_by_nmap(nmap.out)) << nmap.out;
  }
}

TEST_F(ScanTopologySilence, OptionsAndInterfaceAreThoseOfEverySocket) {
  make_ports();
  const std::string address = net_->server_address(IpFamily::v4);
  const Outcome near = scan_as_nobody({"--json", "--all", "-o", "ttl=1", address, "70-71"});
  EXPECT_EQ(near.status, 1);
  for (const json::Value& port : json::events(near.out, "port")) {
    EXPECT_EQ(port["state"].string(), "filtered");
    EXPECT_NE(port["error"]["message"].string().find(Topology::address(1, IpFamily::v4)), std::string::npos);
  }
  EXPECT_EQ(scan_as_nobody({"--interface", "down0", address, "70"}).status, 0);
  EXPECT_EQ(scan_as_nobody({"--interface", "lo", "-w", "100ms", address, "70"}).status, 3) << "a dead end";
}

TEST_F(ScanTopologySilence, OurOwnTableIsNoStateOfAPort) {
  make_ports();
  const std::string address = net_->server_address(IpFamily::v4);
  net_->refuse(0, "prohibit", address);
  const Outcome outcome = scan_as_nobody({address, "70-75"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_NE(outcome.err.find("(EACCES)"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("0 open of 0 ports"), std::string::npos) << outcome.out;
}

TEST_F(ScanTopologySilence, OurOwnTableMayBeAboutOnePort) {
  make_ports();
  const std::string address = net_->server_address(IpFamily::v4);
  net_->refuse_port(0, "prohibit", "tcp", 60);
  const Outcome outcome = scan_as_nobody({address, "60,70,71"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find(address + ":60/tcp: permission denied (EACCES)"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("dport 60"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("1 open, 1 closed of 2 ports in "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(", 1 port could not be asked\n"), std::string::npos) << outcome.out;
}

TEST_F(ScanTopologySilence, OverUdpTooAndThoseUnderWayGoOn) {
  make_ports();
  const std::string address = net_->server_address(IpFamily::v4);
  net_->refuse_port(0, "prohibit", "udp", 62);
  const Outcome outcome = scan_as_nobody({"-u", "-w", "100ms", address, "60-64"});
  EXPECT_EQ(outcome.status, 1) << "they are closed";
  EXPECT_NE(outcome.err.find(address + ":62/udp: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("0 open, 4 closed of 4 ports in "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(", 1 port could not be asked\n"), std::string::npos) << outcome.out;
}

TEST_F(ScanTopologySilence, ANetworkThatCannotBeAskedIsNotWalkedToItsEnd) {
  make_ports();
  const Outcome outcome = scan_as_nobody({"fe80::/64", "70-71"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_NE(outcome.err.find("fe80::/64: 64 hosts in a row could not be asked, the rest is left out"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.out.find(", the rest could not be asked\n"), std::string::npos) << outcome.out;
}

TEST_F(ScanTopologySilence, AThousandSilentPortsTakeLittleMoreThanOneTimeout) {
  net_.emplace();
  net_->refuse(1, "blackhole", net_->server_address(IpFamily::v4));
  const Stopwatch watch;
  const Outcome outcome = scan_as_nobody({"-w", "2", net_->server_address(IpFamily::v4), "1-1000"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_NE(outcome.out.find("0 open, 1000 filtered (no answer) of 1000 ports"), std::string::npos)
      << outcome.out;
  EXPECT_LT(watch.seconds(), 4) << "two of them would be one timeout after the other";
}

}  // namespace
}  // namespace test
