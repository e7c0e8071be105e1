#include "net/loop/reactor.hh"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "net/base/fd.hh"
#include "net/loop/group.hh"

namespace net {
namespace {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

/// Time passes only when nothing else can happen, and then all at once.
class HandClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] bool jump_to(TimePoint when) override {
    now_ = when;
    ++jumps;
    return true;
  }
  int jumps = 0;

 private:
  TimePoint now_ = TimePoint(1000s);
};

Task<> note_at(Reactor& reactor, TimePoint when, Log& log, std::string name) {
  co_await reactor.sleep_until(when);
  log.push_back(std::move(name));
}

Task<> take_all(Group<>& group) {
  while (!group.empty()) co_await group.next();
}

TEST(Reactor, TimersGoOffInOrderOfTime) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  Group<> group(reactor);
  const TimePoint start = clock.now();
  group.add(note_at(reactor, start + 3s, log, "3"));
  group.add(note_at(reactor, start + 1s, log, "1a"));
  group.add(note_at(reactor, start + 2s, log, "2"));
  group.add(note_at(reactor, start + 1s, log, "1b"));
  reactor.run(take_all(group));
  EXPECT_EQ(log, (Log{"1a", "1b", "2", "3"}));
  EXPECT_EQ(clock.now(), start + 3s);
  // Straight from one timer to the next.
  EXPECT_EQ(clock.jumps, 3);
}

TEST(Reactor, ATimeThatHasPassedIsNow) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  const TimePoint start = clock.now();
  reactor.run(note_at(reactor, start - 1h, log, "late"));
  reactor.run(note_at(reactor, start, log, "just"));
  EXPECT_EQ(log.size(), 2U);
  EXPECT_EQ(clock.now(), start);
}

Task<> sleep_for(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
}

TEST(Reactor, SleepMeasuresFromNow) {
  HandClock clock;
  Reactor reactor(clock);
  const TimePoint start = clock.now();
  reactor.run(sleep_for(reactor, 250ms));
  reactor.run(sleep_for(reactor, 1ns));
  EXPECT_EQ(clock.now(), start + 250ms + 1ns);
}

// No limit is no timer: it neither goes off nor makes the clock jump to the end of time.
TEST(Reactor, SleepUntilMaxNeverEnds) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  Group<> group(reactor);
  group.add(note_at(reactor, TimePoint::max(), log, "never"));
  group.add(sleep_for(reactor, forever));
  group.add(note_at(reactor, clock.now() + 5s, log, "soon"));
  reactor.run(group.next());
  EXPECT_EQ(log, Log{"soon"});
  EXPECT_EQ(group.size(), 2U);
  EXPECT_LT(clock.now(), TimePoint(2000s));
}

TEST(Reactor, ACancelledTimerDoesNotGoOff) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  const TimePoint start = clock.now();
  {
    Group<> group(reactor);
    group.add(note_at(reactor, start + 1s, log, "cancelled"));
  }
  reactor.run(note_at(reactor, start + 2s, log, "2"));
  EXPECT_EQ(log, Log{"2"});
  EXPECT_EQ(clock.jumps, 1);
}

Task<> cancel_sibling(Reactor& reactor, TimePoint when, std::optional<Group<>>& siblings, Log& log) {
  co_await reactor.sleep_until(when);
  // Both were due at the same instant; the other is ready to be resumed, and must not be.
  siblings.reset();
  log.emplace_back("cancelled it");
}

TEST(Reactor, CancelledAtTheMomentItIsDue) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  const TimePoint due = clock.now() + 1s;
  std::optional<Group<>> siblings(std::in_place, reactor);
  Group<> group(reactor);
  group.add(cancel_sibling(reactor, due, siblings, log));
  siblings->add(note_at(reactor, due, log, "sibling"));
  reactor.run(take_all(group));
  reactor.run(note_at(reactor, due + 1s, log, "after"));
  EXPECT_EQ(log, (Log{"cancelled it", "after"}));
}

Task<> yield_and_note(Reactor& reactor, Log& log, std::string name, int times) {
  for (int i = 0; i < times; ++i) {
    co_await reactor.yield();
    log.push_back(name);
  }
}

Task<> note_when_readable(Event& in, Log& log) {
  co_await in.wait();
  log.emplace_back("readable");
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
  Fd read;
  Fd write;
};

TEST(Reactor, YieldLetsDescriptorsAndTimersGoFirst) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  const Pipe pipe;
  Event in(reactor);
  Event out(reactor);
  const Watch watch(reactor, pipe.read.get(), in, out);
  Group<> group(reactor);
  group.add(yield_and_note(reactor, log, "yielded", 2));
  group.add(note_when_readable(in, log));
  ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1);
  reactor.run(take_all(group));
  EXPECT_EQ(log, (Log{"readable", "yielded", "yielded"}));
}

TEST(Reactor, YieldersTakeTurns) {
  HandClock clock;
  Reactor reactor(clock);
  Log log;
  Group<> group(reactor);
  group.add(yield_and_note(reactor, log, "a", 3));
  group.add(yield_and_note(reactor, log, "b", 3));
  const TimePoint start = clock.now();
  reactor.run(take_all(group));
  EXPECT_EQ(log, (Log{"a", "b", "a", "b", "a", "b"}));
  EXPECT_EQ(clock.now(), start);
}

Task<> ping_pong(Event& wait_for, Event& set, int& rounds) {
  for (;;) {
    co_await wait_for.wait();
    wait_for.reset();
    ++rounds;
    set.set();
  }
}

// Two that wake each other for ever keep no timer from going off.
TEST(Reactor, WakersDoNotStarveTimers) {
  Reactor reactor;
  Event ping(reactor);
  Event pong(reactor);
  int rounds = 0;
  Log log;
  Group<> group(reactor);
  group.add(ping_pong(ping, pong, rounds));
  group.add(ping_pong(pong, ping, rounds));
  group.add(note_at(reactor, reactor.now() + 5ms, log, "timer"));
  ping.set();
  reactor.run(group.next());
  EXPECT_EQ(log, Log{"timer"});
  EXPECT_GT(rounds, 0);
}

TEST(Reactor, TheRealClockWaits) {
  Reactor reactor;
  const TimePoint start = reactor.now();
  reactor.run(sleep_for(reactor, 20ms));
  EXPECT_GE(reactor.now() - start, 20ms);
}

}  // namespace
}  // namespace net
