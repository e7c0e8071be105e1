#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "net/probe/scan.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/hand_clock.hh"
#include "tests/unit/probe/scan_support.hh"

// The scan on loopback; a clock turned by hand measures what waits for nothing but time.
namespace net {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

kern::PortRange only(std::uint16_t port) {
  return {port, port};
}

struct Scanned {
  KeptResults results;
  ScanFigures figures;
  std::optional<Error> error;
  Duration took{};
};

void run(Reactor& reactor, const ScanOptions& options, const std::vector<std::string>& hosts, Scanned& into) {
  ListedHosts source(hosts);
  const auto scan = make_tcp_scan(reactor, options, source, into.results);
  const TimePoint began = reactor.now();
  const auto ended = reactor.run(scan->run());
  if (!ended) into.error = ended.error();
  into.took = reactor.now() - began;
  into.figures = scan->figures();
}

/// By the real clock.
std::unique_ptr<Scanned> scanned(const ScanOptions& options, const std::vector<std::string>& hosts) {
  auto into = std::make_unique<Scanned>();
  Reactor reactor;
  run(reactor, options, hosts, *into);
  return into;
}

/// By a clock that stands still until there is nothing to do but wait.
std::unique_ptr<Scanned> scanned_by_hand(const ScanOptions& options, const std::vector<std::string>& hosts) {
  auto into = std::make_unique<Scanned>();
  HandClock clock;
  Reactor reactor(clock);
  run(reactor, options, hosts, *into);
  return into;
}

ScanOptions options_for(std::vector<kern::PortRange> ports) {
  ScanOptions options;
  options.ports = std::move(ports);
  options.all = true;
  return options;
}

/// The same host so many times.
std::vector<std::string> times(std::size_t count) {
  return std::vector<std::string>(count, "127.0.0.1");
}

TEST(TcpScan, TellsOpenClosedAndSilentPortsInTheirOrder) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const test::SilentPort silent(address);
    const test::TcpServer open(address);
    const std::uint16_t closed = test::closed_port(SOCK_STREAM, address);
    const auto scan =
        scanned_by_hand(options_for({only(silent.port()), only(open.port()), only(closed)}), {address});
    const std::string host = address == "::1" ? "[::1]" : address;
    EXPECT_EQ(scan->results.lines, (Words{host + ":" + std::to_string(silent.port()) + " filtered",
                                          host + ":" + std::to_string(open.port()) + " open",
                                          host + ":" + std::to_string(closed) + " closed"}));
    EXPECT_EQ(scan->results.errors, (Words{"no answer in 1 s", "", "connection refused"}));
    EXPECT_EQ(scan->figures.sent, 3U);
    EXPECT_EQ(scan->figures.silent, 1U);
    EXPECT_FALSE(scan->error);
  }
}

TEST(TcpScan, TakesOneTimeoutForAsManySilentPortsAsTheWindowHolds) {
  const test::SilentPort silent;
  auto options = options_for({only(silent.port())});
  options.timeout = 2s;
  options.concurrency = 50;
  const auto scan = scanned_by_hand(options, times(50));
  EXPECT_EQ(scan->figures.filtered, 50U);
  EXPECT_GE(scan->took, 2s);
  EXPECT_LT(scan->took, 2s + 50ms);
}

TEST(TcpScan, HasNoMoreUnderWayThanWasAskedFor) {
  const test::SilentPort silent;
  auto options = options_for({only(silent.port())});
  options.concurrency = 2;
  const auto scan = scanned_by_hand(options, times(5));
  EXPECT_EQ(scan->figures.filtered, 5U);
  EXPECT_GE(scan->took, 3s);
  EXPECT_LT(scan->took, 3s + 50ms);
}

TEST(TcpScan, UnaskedLetsTheSilentWaitBesideTheWindow) {
  const test::SilentPort silent;
  const auto scan = scanned_by_hand(options_for({only(silent.port())}), times(1000));
  EXPECT_EQ(scan->figures.filtered, 1000U);
  // 512 at once, the others when those are 100 ms old.
  EXPECT_GE(scan->took, 1100ms);
  EXPECT_LT(scan->took, 1200ms);
}

TEST(TcpScan, OneSilentPortDelaysNoOther) {
  const test::SilentPort silent;
  const test::TcpServer open;
  auto options = options_for({only(silent.port()), only(open.port())});
  options.concurrency = 2;
  const auto scan = scanned_by_hand(options, times(100));
  EXPECT_EQ(scan->figures.open, 100U);
  // Two places, and a silent one keeps its own for a second.
  EXPECT_LT(scan->took, 51s);
}

TEST(TcpScan, KeepsToItsRate) {
  auto options = options_for({only(test::closed_port(SOCK_STREAM))});
  options.rate = 100;
  const auto scan = scanned_by_hand(options, times(200));
  EXPECT_EQ(scan->figures.closed, 200U);
  EXPECT_GE(scan->took, 1900ms);
  EXPECT_LT(scan->took, 2100ms);
}

/// Some open ports, and all that are scanned between them.
void find_open_among_many() {
  const std::vector<test::TcpServer> servers(20);
  std::vector<std::uint16_t> ports;
  for (const auto& server : servers) ports.push_back(server.port());
  std::ranges::sort(ports);
  Words expected;
  for (const std::uint16_t port : ports) expected.push_back("127.0.0.1:" + std::to_string(port) + " open");
  ScanOptions options;
  options.ports = {{1, 65535}};
  const auto scan = scanned(options, {"127.0.0.1"});
  EXPECT_EQ(scan->results.lines, expected);
  EXPECT_EQ(scan->figures.open, 20U);
  EXPECT_EQ(scan->figures.closed, 65515U);
}

TEST(TcpScan, FindsEveryOpenPortAmongAll) {
  REQUIRE_NAMESPACES();
  // Where no other test listens, which would take us for its client.
  const test::Namespace ns;
  ns.in(find_open_among_many);
}

TEST(TcpScan, AHostThatCannotBeAskedIsLeftOut) {
  const test::TcpServer open;
  auto options = options_for({only(open.port()), {1, 100}});
  // No interface, so no way to a link-local address.
  const auto scan = scanned_by_hand(options, {"fe80::1", "127.0.0.1"});
  EXPECT_EQ(scan->results.failures, Words{"fe80::1 EINVAL"});
  EXPECT_EQ(scan->figures.skipped, 101U);
  EXPECT_EQ(scan->figures.failed_hosts, 1U);
  EXPECT_EQ(scan->figures.hosts, 1U);
  EXPECT_EQ(scan->figures.decided(), 101U);
  EXPECT_FALSE(scan->error);
}

TEST(TcpScan, ASourceThatIsNotOursEndsIt) {
  auto options = options_for({{1, 100}});
  options.dial.source = *Endpoint::parse_ip("192.0.2.1", 0);
  const auto scan = scanned_by_hand(options, {"127.0.0.1", "127.0.0.2"});
  ASSERT_TRUE(scan->error);
  EXPECT_EQ(scan->error->symbol(), "EADDRNOTAVAIL");
  EXPECT_EQ(scan->figures.sent, 0U);
}

TEST(TcpScan, EndsWhenNobodyWantsMore) {
  const test::TcpServer open;
  KeptResults results;
  results.wants_more = false;
  ListedHosts source(times(100000));
  Reactor reactor;
  const auto scan = make_tcp_scan(reactor, options_for({only(open.port())}), source, results);
  EXPECT_TRUE(reactor.run(scan->run()));
  EXPECT_LT(source.given, 100000U);
}

}  // namespace
}  // namespace net
