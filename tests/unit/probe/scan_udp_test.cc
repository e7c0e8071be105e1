#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/loop/group.hh"
#include "net/probe/scan.hh"
#include "tests/support/net.hh"
#include "tests/support/udp_server.hh"
#include "tests/unit/hand_clock.hh"
#include "tests/unit/probe/scan_support.hh"

// The UDP scan on loopback; a clock turned by hand measures what waits for nothing but time.
namespace net {
namespace {

using namespace std::chrono_literals;
using test::UdpServer;
using Words = std::vector<std::string>;

kern::PortRange only(std::uint16_t port) {
  return {port, port};
}

ScanOptions options_for(std::vector<kern::PortRange> ports) {
  ScanOptions options;
  options.ports = std::move(ports);
  options.all = true;
  return options;
}

struct Scanned {
  KeptResults results;
  ScanFigures figures;
  std::optional<Error> error;
  Duration took{};
};

void run(Reactor& reactor, const ScanOptions& options, const Words& hosts, Scanned& into) {
  ListedHosts source(hosts);
  const auto scan = make_udp_scan(reactor, options, source, into.results);
  const TimePoint began = reactor.now();
  const auto ended = reactor.run(scan->run());
  if (!ended) into.error = ended.error();
  into.took = reactor.now() - began;
  into.figures = scan->figures();
}

std::unique_ptr<Scanned> scanned(ScanOptions options, const Words& hosts) {
  auto into = std::make_unique<Scanned>();
  Reactor reactor;
  options.timeout = 200ms;
  run(reactor, options, hosts, *into);
  return into;
}

std::unique_ptr<Scanned> scanned_by_hand(const ScanOptions& options, const Words& hosts) {
  auto into = std::make_unique<Scanned>();
  HandClock clock;
  Reactor reactor(clock);
  run(reactor, options, hosts, *into);
  return into;
}

std::string line(const std::string& address, std::uint16_t port, const std::string& state) {
  return Endpoint::parse_ip(address, port)->text() + " " + state;
}

TEST(UdpScan, ABroadcastAddressMayBeAsked) {
  const auto scan = scanned(options_for({only(9)}), {"127.255.255.255"});
  EXPECT_EQ(scan->results.failures, Words());
  EXPECT_EQ(scan->results.lines, (Words{line("127.255.255.255", 9, "open|filtered")}));
}

TEST(UdpScan, TellsOpenClosedAndSilentPortsInTheirOrder) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const test::UdpSocket silent(address);
    const UdpServer open(test::UdpSocket(address), UdpServer::echo);
    const std::uint16_t closed = test::closed_port(SOCK_DGRAM, address);
    const auto scan = scanned(options_for({only(silent.port()), only(open.port()), only(closed)}), {address});
    EXPECT_EQ(scan->results.lines,
              (Words{line(address, silent.port(), "open|filtered"), line(address, open.port(), "open"),
                     line(address, closed, "closed")}));
    EXPECT_TRUE(scan->results.errors.at(0).starts_with("no answer in "));
    EXPECT_TRUE(scan->results.errors.at(2).starts_with("connection refused: port unreachable (ICMP"));
    EXPECT_EQ(scan->figures.silent, 0U);
    EXPECT_FALSE(scan->figures.icmp_rate_limited);
    EXPECT_TRUE(scan->results.limits.empty());
    EXPECT_FALSE(scan->error);
  }
}

TEST(UdpScan, AsksTheSilentThriceAllAtOnce) {
  const test::UdpSocket silent;
  auto options = options_for({only(silent.port())});
  options.timeout = 2s;
  // Of 127/8 every address is this host, and the socket is of one: the others refuse.
  const auto one = scanned_by_hand(options, {"127.0.0.1"});
  EXPECT_EQ(one->figures.sent, 3U);
  EXPECT_GE(one->took, 6s);
  EXPECT_LT(one->took, 6s + 200ms);
  const auto many = scanned_by_hand(options, Words(1000, "127.0.0.1"));
  EXPECT_EQ(many->figures.open_filtered, 1000U);
  EXPECT_EQ(many->figures.sent, 3000U);
  EXPECT_LT(many->took, 6s + 200ms);
}

TEST(UdpScan, FindsThousandsOfClosedPortsWithoutWaiting) {
  const auto scan = scanned_by_hand(options_for({{20000, 24000}}), {"127.0.0.77"});
  EXPECT_GE(scan->figures.closed, 3990U) << "but for those that other tests have on all addresses";
  EXPECT_LT(scan->took, 8s);
}

TEST(UdpScan, HasNoMoreUnderWayThanWasAskedFor) {
  const test::UdpSocket silent;
  auto options = options_for({only(silent.port())});
  options.concurrency = 1;
  const auto scan = scanned_by_hand(options, Words(3, "127.0.0.1"));
  EXPECT_EQ(scan->figures.open_filtered, 3U);
  EXPECT_GE(scan->took, 9s);
  EXPECT_LT(scan->took, 10s);
}

// Memory is bounded by what is under way, not by what there is to scan.
TEST(UdpScan, BeginsNoMoreThanItCanAskAgain) {
  const test::UdpSocket silent;
  auto options = options_for({only(silent.port())});
  options.concurrency = 10;
  HandClock clock;
  Reactor reactor(clock);
  ListedHosts hosts(Words(200, "127.0.0.1"));
  KeptResults results;
  const TimePoint began = reactor.now();
  std::size_t begun = 0;
  Duration first{};
  results.taken = [&] {
    if (results.lines.size() > 1) return;
    begun = hosts.given;
    first = reactor.now() - began;
  };
  const auto scan = make_udp_scan(reactor, options, hosts, results);
  EXPECT_TRUE(reactor.run(scan->run()));
  EXPECT_EQ(results.lines.size(), 200U);
  EXPECT_LE(begun, 21U);
  EXPECT_LT(first, 3500ms) << "new hosts went before those that had to be asked again";
}

TEST(UdpScan, KeepsToTheRate) {
  const test::UdpSocket silent;
  auto options = options_for({only(silent.port())});
  options.rate = 100;
  const auto scan = scanned_by_hand(options, Words(150, "127.0.0.1"));
  EXPECT_EQ(scan->figures.sent, 450U);
  EXPECT_GE(scan->took, 4490ms);
  EXPECT_LT(scan->took, 7s);
}

TEST(UdpScan, ItsOwnDatagramProvesNothing) {
  const std::uint16_t own = test::closed_port(SOCK_DGRAM);
  auto options = options_for({only(own)});
  options.dial.source_port = own;
  for (const std::string address : {"127.0.0.1", "127.0.0.9", "::1", "0.0.0.0"}) {
    const auto scan = scanned(options, {address});
    EXPECT_EQ(scan->results.lines, Words{line(address, own, "closed")});
  }
}

// The same number at another address is another port.
TEST(UdpScan, APortOfItsOwnNumberElsewhereMayBeOpen) {
  const UdpServer open(test::UdpSocket("127.0.0.9"), UdpServer::echo);
  auto options = options_for({only(open.port())});
  options.dial.source = *Endpoint::parse_ip("127.0.0.8", 0);
  options.dial.source_port = open.port();
  EXPECT_EQ(scanned(options, {"127.0.0.9"})->figures.open, 1U);
}

struct StrangerCase {
  std::string name;
  UdpServer::Answer answer;
};
class UdpScanStranger : public testing::TestWithParam<StrangerCase> {};

TEST_P(UdpScanStranger, ProvesNothing) {
  const UdpServer server(test::UdpSocket(), GetParam().answer);
  const auto scan = scanned(options_for({only(server.port())}), {"127.0.0.1"});
  EXPECT_EQ(scan->results.lines, Words{line("127.0.0.1", server.port(), "open|filtered")});
}

const StrangerCase strangers[] = {
    {"of_another_port",
     [](test::UdpSocket&, const test::Datagram& asked) {
       test::UdpSocket().send_to("hello", asked.address, asked.port);
     }},
    {"of_another_address",
     [](test::UdpSocket& socket, const test::Datagram& asked) {
       test::UdpSocket("127.0.0.2", socket.port()).send_to("hello", asked.address, asked.port);
     }},
    // What a TFTP server would send counts only where TFTP was asked.
    {"like_tftp",
     [](test::UdpSocket&, const test::Datagram& asked) {
       test::UdpSocket().send_to(std::string("\0\5\0\1no\0", 7), asked.address, asked.port);
     }},
};
INSTANTIATE_TEST_SUITE_P(Answers, UdpScanStranger, testing::ValuesIn(strangers),
                         [](const auto& info) { return info.param.name; });

TEST(UdpScan, TftpAnswersFromAnotherPort) {
  const UdpServer server(
      test::UdpSocket("127.83.1.69", 69), [](test::UdpSocket&, const test::Datagram& asked) {
        EXPECT_EQ(asked.bytes, std::string("\0\1nettool-scan\0octet\0", 21));
        test::UdpSocket("127.83.1.69").send_to(std::string("\0\5\0\1no\0", 7), asked.address, asked.port);
      });
  EXPECT_EQ(scanned(options_for({only(69)}), {"127.83.1.69"})->figures.open, 1U);
}

TEST(UdpScan, AKnownServiceIsAskedItsQuestion) {
  const UdpServer server(test::UdpSocket("127.83.1.23", 123),
                         [](test::UdpSocket& socket, const test::Datagram& asked) {
                           EXPECT_EQ(asked.bytes.size(), 48U);
                           EXPECT_EQ(asked.bytes[0], 0x23);
                           socket.reply(asked, std::string(48, '\x24'));
                         });
  EXPECT_EQ(scanned(options_for({only(123)}), {"127.83.1.23"})->figures.open, 1U);
}

TEST(UdpScan, ResendsWhatWasLost) {
  int asked_before = 0;
  const UdpServer server(test::UdpSocket(), [&](test::UdpSocket& socket, const test::Datagram& asked) {
    if (++asked_before == 3) socket.reply(asked, "at last");
  });
  EXPECT_EQ(scanned(options_for({only(server.port())}), {"127.0.0.1"})->figures.open, 1U);
}

TEST(UdpScan, AHostThatCannotBeAskedIsLeftOut) {
  const std::uint16_t closed = test::closed_port(SOCK_DGRAM);
  auto options = options_for({only(closed), {1, 9}});
  // A broadcast address takes SO_BROADCAST (ip(7)), and who says "off" has it off.
  options.dial.options.push_back(*parse_option("SO_BROADCAST=0"));
  const auto scan = scanned(options, {"127.255.255.255", "127.0.0.1"});
  EXPECT_EQ(scan->results.failures, Words{"127.255.255.255 EACCES"});
  EXPECT_EQ(scan->figures.failed_hosts, 1U);
  EXPECT_EQ(scan->figures.skipped, 10U);
  EXPECT_EQ(scan->results.lines.at(0), line("127.0.0.1", closed, "closed"));
  EXPECT_FALSE(scan->error);
}

TEST(UdpScan, WithoutASocketThereIsNoScan) {
  auto options = options_for({{1, 9}});
  options.dial.source = *Endpoint::parse_ip("192.0.2.77", 0);
  const auto scan = scanned(options, {"127.0.0.1"});
  ASSERT_TRUE(scan->error);
  EXPECT_EQ(scan->error->op, "bind");
  EXPECT_EQ(scan->error->symbol(), "EADDRNOTAVAIL");
}

TEST(UdpScan, EndsWhenNobodyWantsItsResults) {
  Reactor reactor;
  ListedHosts hosts({"127.0.0.1"});
  KeptResults results;
  results.wants_more = false;
  const auto scan = make_udp_scan(reactor, options_for({{1, 9}}), hosts, results);
  EXPECT_TRUE(reactor.run(scan->run()));
}

Task<bool> cut_off(Reactor& reactor, Scan& scan) {
  Group<bool> race(reactor);
  race.add([](Scan& one) -> Task<bool> { co_return (co_await one.run()).has_value(); }(scan));
  race.add([](Reactor& loop) -> Task<bool> {
    co_await loop.sleep(500ms);
    co_return false;
  }(reactor));
  co_return co_await race.next();
}

TEST(UdpScan, CutOffHandsOverWhatIsNotProved) {
  const test::UdpSocket silent;
  const std::uint16_t closed = test::closed_port(SOCK_DGRAM);
  HandClock clock;
  Reactor reactor(clock);
  ListedHosts hosts({"127.0.0.1"});
  KeptResults results;
  const auto scan = make_udp_scan(reactor, options_for({only(silent.port()), only(closed)}), hosts, results);
  EXPECT_FALSE(reactor.run(cut_off(reactor, *scan)));
  EXPECT_TRUE(results.lines.empty()) << "the silent one comes first";
  scan->hand_over_rest();
  EXPECT_EQ(results.lines,
            (Words{line("127.0.0.1", silent.port(), "open|filtered"), line("127.0.0.1", closed, "closed")}));
  EXPECT_EQ(scan->figures().open_filtered, 1U);
  EXPECT_TRUE(scan->figures().icmp_rate_limited) << "a message may be owed yet";
}

}  // namespace
}  // namespace net
