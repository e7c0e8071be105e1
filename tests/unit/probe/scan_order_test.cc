#include "net/probe/scan_order.hh"

#include <gtest/gtest.h>

#include <utility>

#include "net/loop/group.hh"
#include "tests/unit/hand_clock.hh"
#include "tests/unit/probe/scan_support.hh"

namespace net {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

ScanTarget target(const std::shared_ptr<const ScanHost>& host, std::uint16_t port) {
  return {host, port};
}

std::shared_ptr<const ScanHost> host(const std::string& address) {
  return std::make_shared<const ScanHost>(ScanHost{address, *Endpoint::parse_ip(address, 0)});
}

/// The order under test, and what gets out of it.
struct Fixture {
  explicit Fixture(bool all = true) : order(reactor, options(all), sink) {}
  static ScanOptions options(bool all) {
    ScanOptions options;
    options.all = all;
    return options;
  }
  /// What is handed over as far as it can be.
  Words handed() {
    static_cast<void>(reactor.run(with_deadline(reactor, reactor.now() + 1s, order.deliver())));
    return std::exchange(sink.lines, {});
  }

  HandClock clock;
  Reactor reactor{clock};
  KeptResults sink;
  ScanOrder order;
};

TEST(ScanOrder, KeepsTheOrderOfTheTargets) {
  Fixture fixture;
  const auto one = host("192.0.2.1");
  const auto two = host("192.0.2.2");
  const auto first = fixture.order.begin(target(one, 1));
  const auto second = fixture.order.begin(target(one, 2));
  const auto third = fixture.order.begin(target(two, 1));
  fixture.order.decide(third, PortState::open, 1ms);
  fixture.order.decide(second, PortState::closed, 1ms);
  EXPECT_EQ(fixture.handed(), Words{}) << "the first is not decided";
  fixture.order.decide(first, PortState::filtered, 1s);
  EXPECT_EQ(fixture.handed(), (Words{"192.0.2.1:1 filtered", "192.0.2.1:2 closed", "192.0.2.2:1 open"}));
  EXPECT_EQ(fixture.order.figures().hosts, 2U);
}

TEST(ScanOrder, GivesTheOpenOnesUnlessAllAreAskedFor) {
  Fixture fixture(false);
  const auto one = host("192.0.2.1");
  constexpr PortState states[] = {PortState::closed, PortState::open, PortState::filtered,
                                  PortState::open_filtered, PortState::closed};
  std::uint16_t port = 0;
  for (const PortState state : states) {
    fixture.order.decide(fixture.order.begin(target(one, port++)), state, 1ms,
                         Error("connect", "it", errno_code(EPERM)), {});
  }
  EXPECT_EQ(fixture.handed(), Words{"192.0.2.1:1 open"});
  EXPECT_EQ(fixture.sink.errors, Words{""});
  const ScanFigures& figures = fixture.order.figures();
  EXPECT_EQ(figures.open, 1U);
  EXPECT_EQ(figures.closed, 2U);
  EXPECT_EQ(figures.filtered, 1U);
  EXPECT_EQ(figures.open_filtered, 1U);
  EXPECT_EQ(figures.decided(), 5U);
}

TEST(ScanOrder, WhatIsSaidGoesWithItsPort) {
  Fixture fixture;
  const auto one = host("192.0.2.1");
  const auto first = fixture.order.begin(target(one, 1));
  const auto second = fixture.order.begin(target(one, 2));
  fixture.order.decide(second, PortState::open, 1ms, std::nullopt, "hello");
  fixture.order.decide(first, PortState::closed, 1ms, Error("connect", "it", errno_code(ECONNREFUSED)), {});
  static_cast<void>(fixture.handed());
  EXPECT_EQ(fixture.sink.errors, (Words{"connection refused", ""}));
  EXPECT_EQ(fixture.sink.banners, (Words{"", "hello"}));
}

TEST(ScanOrder, WhatIsDroppedIsNotCounted) {
  Fixture fixture;
  const auto one = host("192.0.2.1");
  const auto first = fixture.order.begin(target(one, 1));
  fixture.order.decide(fixture.order.begin(target(one, 2)), PortState::open, 1ms);
  fixture.order.drop(first);
  EXPECT_EQ(fixture.handed(), Words{"192.0.2.1:2 open"});
  EXPECT_EQ(fixture.order.figures().decided(), 1U);
}

TEST(ScanOrder, IsBounded) {
  Fixture fixture(false);
  const auto one = host("192.0.2.1");
  const auto oldest = fixture.order.begin(target(one, 1));
  std::size_t begun = 1;
  for (; !fixture.order.full(); ++begun) {
    ASSERT_LT(begun, 1'000'000U);
    fixture.order.decide(fixture.order.begin(target(one, 2)), PortState::closed, 1ms);
  }
  EXPECT_EQ(fixture.handed(), Words{});
  EXPECT_TRUE(fixture.order.full());
  fixture.order.room().reset();
  fixture.order.decide(oldest, PortState::filtered, 1s);
  EXPECT_EQ(fixture.handed(), Words{});
  EXPECT_FALSE(fixture.order.full());
  EXPECT_TRUE(fixture.order.room().is_set());
}

TEST(ScanOrder, WhatIsSaidIsBoundedMoreNarrowly) {
  Fixture fixture(false);
  const auto one = host("192.0.2.1");
  static_cast<void>(fixture.order.begin(target(one, 1)));
  std::size_t begun = 1;
  for (; !fixture.order.full(); ++begun) {
    fixture.order.decide(fixture.order.begin(target(one, 2)), PortState::open, 1ms, std::nullopt, "hello");
  }
  EXPECT_LT(begun, 10000U);
}

TEST(ScanOrder, EndsOnceAllIsHandedOver) {
  Fixture fixture;
  const auto ticket = fixture.order.begin(target(host("192.0.2.1"), 1));
  fixture.order.end();
  const auto deliver = [&] {
    return fixture.reactor.run(
        with_deadline(fixture.reactor, fixture.reactor.now() + 1s, fixture.order.deliver()));
  };
  EXPECT_FALSE(deliver());
  fixture.order.decide(ticket, PortState::open, 1ms);
  EXPECT_TRUE(deliver());
}

TEST(ScanOrder, EndsWhenNobodyWantsMore) {
  Fixture fixture;
  fixture.sink.wants_more = false;
  fixture.order.decide(fixture.order.begin(target(host("192.0.2.1"), 1)), PortState::open, 1ms);
  EXPECT_TRUE(fixture.reactor.run(
      with_deadline(fixture.reactor, fixture.reactor.now() + 1s, fixture.order.deliver())));
}

TEST(ScanOrder, AfterAnInterruptionGivesWhatIsDecided) {
  Fixture fixture;
  const auto one = host("192.0.2.1");
  static_cast<void>(fixture.order.begin(target(one, 1)));
  const auto second = fixture.order.begin(target(one, 2));
  static_cast<void>(fixture.order.begin(target(one, 3)));
  fixture.order.decide(second, PortState::open, 1ms);
  fixture.order.hand_over_rest();
  EXPECT_EQ(fixture.sink.lines, Words{"192.0.2.1:2 open"});
  EXPECT_EQ(fixture.order.figures().decided(), 1U);
}

}  // namespace
}  // namespace net
