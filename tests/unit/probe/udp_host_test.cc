#include "net/probe/udp_host.hh"

#include <gtest/gtest.h>

#include "tests/unit/probe/udp_target.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr auto ports = UdpTarget::ports;

UdpTarget::Ports both(UdpTarget::Ports a, const UdpTarget::Ports& b) {
  a.insert(b.begin(), b.end());
  return a;
}

/// Ports by the thousand are made when they are asked, and not as each program of the unit tests starts.
struct Case {
  std::string_view name;
  UdpTarget (*make_target)();
  UdpTarget::Ports (*make_asked)();
  Duration timeout;
  double least_seconds;
  double most_seconds;
  std::size_t most_sent;
};
class UdpHostModel : public testing::TestWithParam<Case> {};

TEST_P(UdpHostModel, ProvesEveryPort) {
  const Case& test = GetParam();
  const UdpTarget target = test.make_target();
  const UdpTarget::Ports asked = test.make_asked();
  UdpSimulation simulation(target, test.timeout);
  simulation.run(asked);
  for (const std::uint16_t port : asked) {
    const PortState expected = target.open.contains(port)         ? PortState::open
                               : target.closed.contains(port)     ? PortState::closed
                               : target.prohibited.contains(port) ? PortState::filtered
                                                                  : PortState::open_filtered;
    ASSERT_TRUE(simulation.seen.contains(port)) << port;
    EXPECT_EQ(name_of(simulation.seen.at(port).state), name_of(expected)) << port;
  }
  EXPECT_GE(simulation.seconds(), test.least_seconds);
  EXPECT_LE(simulation.seconds(), test.most_seconds);
  EXPECT_LE(simulation.sent, test.most_sent);
  EXPECT_FALSE(simulation.host().left_unproved());
  RecordProperty("seconds", std::to_string(simulation.seconds()));
}

UdpTarget limited(Duration interval, int burst = 6) {
  UdpTarget target;
  target.self = IcmpSender("192.0.2.1", burst, interval);
  return target;
}

UdpTarget with(UdpTarget target, const UdpTarget::Ports& open, const UdpTarget::Ports& closed,
               const UdpTarget::Ports& prohibited = {}) {
  target.open = open;
  target.closed = closed;
  target.prohibited = prohibited;
  return target;
}

UdpTarget far(UdpTarget target) {
  target.round_trip = 180ms;
  return target;
}

// clang-format off: a target a line.
const Case cases[] = {
    {"silent", [] { return with({}, {}, {}); }, [] { return ports(1, 1000); }, 1s, 3, 3.2, 3000},
    {"unlimited", [] { return with(limited(0s), {5000}, ports(1, 4000)); }, [] { return ports(1, 5010); }, 1s, 3, 3.6, 9000},
    {"unlimited_all_closed", [] { return with(limited(0s), {}, ports(1, 4000)); }, [] { return ports(1, 4000); }, 1s, 0, 0.2, 4000},
    {"linux", [] { return with(limited(1s), {100}, ports(1, 12)); }, [] { return both(ports(1, 12), ports(100, 102)); }, 1s, 6, 12, 70},
    {"linux_impatient", [] { return with(limited(1s), {100}, ports(1, 12)); }, [] { return both(ports(1, 12), ports(100, 102)); }, 200ms, 6, 12, 70},
    {"linux_patient", [] { return with(limited(1s), {100}, ports(1, 12)); }, [] { return both(ports(1, 12), ports(100, 102)); }, 3s, 6, 25, 70},
    {"linux_far", [] { return with(far(limited(1s)), {100}, ports(1, 12)); }, [] { return both(ports(1, 12), ports(100, 102)); }, 1s, 6, 15, 70},
    {"linux_many", [] { return with(limited(1s), {}, ports(1, 200)); }, [] { return ports(1, 200); }, 1s, 193, 215, 1200},
    {"linux_few_closed", [] { return with(limited(1s), {}, ports(1, 20)); }, [] { return ports(1, 1000); }, 1s, 14, 60, 9000},
    {"ipv6_lan", [] { return with(limited(250ms), {}, ports(1, 200)); }, [] { return ports(1, 200); }, 1s, 48, 60, 1200},
    {"ipv6_default_route", [] { return with(limited(62500us), {}, ports(1, 400)); }, [] { return ports(1, 400); }, 1s, 24, 40, 2400},
    {"bsd", [] { return with(limited(5ms, 200), {}, ports(1, 2000)); }, [] { return ports(1, 2000); }, 1s, 8, 30, 20000},
    {"slow", [] { return with(limited(4s), {}, ports(1, 16)); }, [] { return ports(1, 20); }, 1s, 40, 90, 200},
    {"burst_of_one", [] { return with(limited(2s, 1), {}, ports(1, 8)); }, [] { return ports(1, 10); }, 1s, 13, 45, 120},
    {"router", [] { return with(limited(1s), {}, {}, ports(1, 10)); }, [] { return ports(1, 13); }, 1s, 4, 12, 80},
    {"router_and_target", [] { return with(limited(1s), {50}, ports(1, 10), ports(20, 29)); }, [] { return ports(1, 60); }, 1s, 4, 30, 600},
};
// clang-format on
INSTANTIATE_TEST_SUITE_P(Targets, UdpHostModel, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

class UdpHostGap : public testing::TestWithParam<int> {};

// A rate of the user's own, slower or faster than the host's.
TEST_P(UdpHostGap, MakesNoDifferenceToWhatIsFound) {
  UdpSimulation simulation(with(limited(1s), {100}, ports(1, 40)), 1s);
  simulation.run(both(ports(1, 40), ports(100, 103)), std::chrono::milliseconds(GetParam()));
  EXPECT_EQ(simulation.count(PortState::closed), 40U);
  EXPECT_EQ(simulation.count(PortState::open), 1U);
  EXPECT_EQ(simulation.count(PortState::open_filtered), 3U);
  EXPECT_FALSE(simulation.host().left_unproved());
  EXPECT_LE(simulation.seconds(), 80 + 200 * GetParam() / 1000);
}
INSTANTIATE_TEST_SUITE_P(Milliseconds, UdpHostGap,
                         testing::Values(1, 20, 100, 300, 500, 900, 1000, 1500, 3000));

TEST(UdpHostLoss, IsNotTakenForALimitForLong) {
  UdpTarget target = with(limited(0s), {500}, ports(1, 100));
  target.loss = 0.03;
  UdpSimulation simulation(target, 1s);
  simulation.run(both(ports(1, 100), ports(500, 510)));
  EXPECT_EQ(simulation.count(PortState::closed), 100U);
  EXPECT_EQ(simulation.count(PortState::open), 1U);
  EXPECT_EQ(simulation.count(PortState::open_filtered), 10U);
  EXPECT_LE(simulation.seconds(), 15);
}

TEST(UdpHostLimit, IsMeasured) {
  for (const Duration interval : std::initializer_list<Duration>{50ms, 250ms, 1s, 3s}) {
    UdpSimulation simulation(with(limited(interval), {}, ports(1, 60)), 1s);
    simulation.run(ports(1, 60));
    ASSERT_TRUE(simulation.host().icmp_interval());
    EXPECT_NEAR(to_ms(*simulation.host().icmp_interval()), to_ms(interval), to_ms(interval) / 10);
  }
  UdpSimulation free(with(limited(0s), {}, ports(1, 60)), 1s);
  free.run(ports(1, 70));
  EXPECT_FALSE(free.host().icmp_interval());
}

TEST(UdpHostUnreachable, IsToldOfEveryPortThoughTheRouterSaysItOfFew) {
  UdpTarget target;
  target.unreachable = true;
  UdpSimulation simulation(target, 1s);
  simulation.run(ports(1, 50));
  EXPECT_EQ(simulation.count(PortState::filtered), 50U);
  EXPECT_LE(simulation.seconds(), 3.3);
  for (const auto port : std::initializer_list<std::uint16_t>{1, 50}) {
    const auto& error = simulation.seen.at(port).error;
    ASSERT_TRUE(error);
    EXPECT_EQ(error->subject, "192.0.2.1:" + std::to_string(port) + "/udp");
    EXPECT_EQ(error->said_by, "198.51.100.1");
  }
}

// Then "host unreachable" concerns that port alone, and a lack of messages may hide more of it.
TEST(UdpHostUnreachable, IsNotBelievedOfAHostThatAnswersItself) {
  UdpTarget target = with({}, {100}, {});
  target.prohibited = ports(1, 4);
  target.prohibition = 1;
  UdpSimulation simulation(target, 1s);
  simulation.run(both(ports(100, 100), ports(1, 8)));
  EXPECT_EQ(simulation.count(PortState::open), 1U);
  EXPECT_EQ(simulation.count(PortState::filtered), 4U);
  EXPECT_EQ(simulation.count(PortState::open_filtered), 4U);
}

TEST(UdpHostSilence, OfAHostThatStopsAnsweringEndsTheWait) {
  UdpTarget target = with(limited(1s), {}, ports(1, 100));
  target.dies = TimePoint(1010s);
  UdpSimulation simulation(target, 1s);
  simulation.run(ports(1, 100));
  EXPECT_GE(simulation.count(PortState::closed), 10U);
  EXPECT_GE(simulation.count(PortState::open_filtered), 80U);
  EXPECT_TRUE(simulation.host().left_unproved());
  EXPECT_GE(simulation.seconds(), 25);
  EXPECT_LE(simulation.seconds(), 60);
}

TEST(UdpHostEnd, LeavesOpenWhatIsNotProved) {
  UdpHost host(std::make_shared<const ScanHost>(ScanHost{"target", *Endpoint::parse_ip("192.0.2.1", 0)}),
               {.timeout = 1s});
  UdpHost::Probe probe{};
  ASSERT_TRUE(host.ask(7, 1, TimePoint(1s), probe));
  EXPECT_EQ(probe.bytes.size(), 16U);
  EXPECT_FALSE(host.ask(7, 2, TimePoint(1s), probe)) << "it is asked already";
  EXPECT_EQ(host.in_flight(), 1U);
  host.give_up(TimePoint(1100ms));
  const auto verdicts = host.take_verdicts();
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].state, PortState::open_filtered);
  EXPECT_EQ(verdicts[0].time, 100ms);
  EXPECT_EQ(host.in_flight(), 0U);
  EXPECT_FALSE(host.left_unproved()) << "no limit was seen";
}

/// What an ICMP message says of port 53 of 192.0.2.1, and what becomes of the port.
struct HeardCase {
  std::string_view name;
  std::string_view from;
  std::uint8_t code;
  int error;
  std::string_view quoted;  ///< "all", "none", "else", or "header" of what was asked
  std::uint16_t port = 53;
  std::optional<PortState> state{};
};
class UdpHostHeard : public testing::TestWithParam<HeardCase> {};

TEST_P(UdpHostHeard, BelievesWhatRepeatsItsQuestion) {
  const HeardCase& test = GetParam();
  UdpHost host(std::make_shared<const ScanHost>(ScanHost{"target", *Endpoint::parse_ip("192.0.2.1", 0)}),
               {.timeout = 1s});
  UdpHost::Probe probe{};
  ASSERT_TRUE(host.ask(53, 1, TimePoint(1s), probe));
  IcmpReport report{errno_code(test.error), *Endpoint::parse_ip(test.from, 0), 3, test.code};
  report.destination = *Endpoint::parse_ip("192.0.2.1", test.port);
  const Buffer sent(probe.bytes.begin(), probe.bytes.end());
  if (test.quoted == "all") report.quoted = sent;
  if (test.quoted == "header") report.quoted.assign(sent.begin(), sent.begin() + 4);
  if (test.quoted == "else") report.quoted = udp_question(53).bytes;
  host.heard_icmp(report, TimePoint(1100ms));
  const auto verdicts = host.take_verdicts();
  ASSERT_EQ(verdicts.size(), test.state ? 1U : 0U);
  if (test.state) EXPECT_EQ(name_of(verdicts[0].state), name_of(*test.state));
}

const HeardCase heard[] = {
    {"the_target_closes", "192.0.2.1", 3, ECONNREFUSED, "all", 53, PortState::closed},
    {"it_may_repeat_little", "192.0.2.1", 3, ECONNREFUSED, "header", 53, PortState::closed},
    {"it_may_repeat_nothing", "192.0.2.1", 3, ECONNREFUSED, "none", 53, PortState::closed},
    {"another_question_is_nobodys", "192.0.2.1", 3, ECONNREFUSED, "else"},
    {"another_port_was_not_asked", "192.0.2.1", 3, ECONNREFUSED, "none", 54},
    {"a_router_filters", "198.51.100.1", 13, EHOSTUNREACH, "all", 53, PortState::filtered},
    {"a_router_closes_nothing", "198.51.100.1", 3, ECONNREFUSED, "all", 53, PortState::filtered},
    {"the_target_may_filter", "192.0.2.1", 13, EHOSTUNREACH, "all", 53, PortState::filtered},
    {"nobody_is_there", "198.51.100.1", 1, EHOSTUNREACH, "all", 53, PortState::filtered},
    {"too_big_is_no_answer", "198.51.100.1", 4, EMSGSIZE, "all"},
};
INSTANTIATE_TEST_SUITE_P(Messages, UdpHostHeard, testing::ValuesIn(heard),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace net
