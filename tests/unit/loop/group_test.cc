#include "net/loop/group.hh"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/loop/reactor.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

class GroupTest : public testing::Test {
 protected:
  HandClock clock_;
  Reactor reactor_{clock_};
};

Task<std::string> name_after(Reactor& reactor, Duration span, std::string name) {
  co_await reactor.sleep(span);
  co_return name;
}

Task<std::string> name_now(std::string name) {
  co_return name;
}

Task<std::string> throw_after(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
  throw std::runtime_error("broken");
}

Task<std::vector<std::string>> collect(Group<std::string>& group) {
  std::vector<std::string> names;
  while (!group.empty()) {
    std::string name = co_await group.next();
    names.push_back(std::move(name));
  }
  co_return names;
}

TEST_F(GroupTest, GivesResultsAsTheyFinish) {
  Group<std::string> group(reactor_);
  group.add(name_after(reactor_, 3s, "3"));
  group.add(name_after(reactor_, 1s, "1"));
  group.add(name_now("0"));
  group.add(name_after(reactor_, 2s, "2"));
  EXPECT_EQ(group.size(), 4U);
  const std::vector<std::string> expect{"0", "1", "2", "3"};
  EXPECT_EQ(reactor_.run(collect(group)), expect);
  EXPECT_TRUE(group.empty());
}

TEST_F(GroupTest, TakesMoreWhileOthersRun) {
  Group<std::string> group(reactor_);
  group.add(name_after(reactor_, 1s, "1"));
  EXPECT_EQ(reactor_.run(group.next()), "1");
  group.add(name_after(reactor_, 5s, "6"));
  group.add(name_after(reactor_, 2s, "3"));
  const std::vector<std::string> expect{"3", "6"};
  EXPECT_EQ(reactor_.run(collect(group)), expect);
}

// Each starts when it is added, not when somebody asks for its result.
Task<> mark(bool& started) {
  started = true;
  co_return;
}

TEST_F(GroupTest, StartsAtOnce) {
  bool started = false;
  Group<> group(reactor_);
  group.add(mark(started));
  EXPECT_TRUE(started);
  EXPECT_EQ(group.size(), 1U);
  reactor_.run(group.next());
  EXPECT_TRUE(group.empty());
}

TEST_F(GroupTest, AnExceptionComesWithItsTurn) {
  Group<std::string> group(reactor_);
  group.add(name_after(reactor_, 1s, "1"));
  group.add(throw_after(reactor_, 2s));
  group.add(name_after(reactor_, 3s, "3"));
  EXPECT_EQ(reactor_.run(group.next()), "1");
  EXPECT_THROW(reactor_.run(group.next()), std::runtime_error);
  // The others are not harmed.
  EXPECT_EQ(reactor_.run(group.next()), "3");
  EXPECT_TRUE(group.empty());
}

/// Counts those alive.
struct Counted {
  explicit Counted(int& to) : count(to) { ++count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count; }
  int& count;
};

Task<int> hold_for(Reactor& reactor, Duration span, int& alive) {
  const Counted counted(alive);
  co_await reactor.sleep(span);
  co_return 1;
}

Task<int> first_of_three(Reactor& reactor, int& alive) {
  Group<int> group(reactor);
  group.add(hold_for(reactor, 3s, alive));
  group.add(hold_for(reactor, 1s, alive));
  group.add(hold_for(reactor, forever, alive));
  const int first = co_await group.next();
  co_return first * 10 + alive;
}

TEST_F(GroupTest, LeavingTheScopeCancelsTheRest) {
  int alive = 0;
  const TimePoint start = clock_.now();
  // Two were alive when the first had finished; none is after the scope.
  EXPECT_EQ(reactor_.run(first_of_three(reactor_, alive)), 12);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(clock_.now(), start + 1s);
}

TEST_F(GroupTest, FinishedResultsNobodyTookGoToo) {
  Group<std::unique_ptr<int>> group(reactor_);
  struct Make {
    static Task<std::unique_ptr<int>> one() { co_return std::make_unique<int>(1); }
  };
  group.add(Make::one());
  group.add(Make::one());
  // LeakSanitizer would tell.
  EXPECT_EQ(group.size(), 2U);
}

TEST_F(GroupTest, WithDeadlineGivesTheResultInTime) {
  const auto name = reactor_.run(with_deadline(reactor_, clock_.now() + 2s, name_after(reactor_, 1s, "1")));
  EXPECT_EQ(name, std::optional<std::string>("1"));
}

TEST_F(GroupTest, WithDeadlineCancelsWhatIsLate) {
  int alive = 0;
  const TimePoint start = clock_.now();
  const auto late = reactor_.run(with_deadline(reactor_, start + 2s, hold_for(reactor_, 5s, alive)));
  EXPECT_FALSE(late.has_value());
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(clock_.now(), start + 2s);
}

// A result that is there is given, however late it is.
TEST_F(GroupTest, WithDeadlineThatHasPassed) {
  const auto name = reactor_.run(with_deadline(reactor_, clock_.now() - 1s, name_now("ready")));
  EXPECT_EQ(name, std::optional<std::string>("ready"));
  const auto none = reactor_.run(with_deadline(reactor_, clock_.now(), name_after(reactor_, 1s, "1")));
  EXPECT_FALSE(none.has_value());
}

TEST_F(GroupTest, WithDeadlinePassesExceptionsOn) {
  EXPECT_THROW(reactor_.run(with_deadline(reactor_, clock_.now() + 2s, throw_after(reactor_, 1s))),
               std::runtime_error);
}

Task<> set_after(Reactor& reactor, Duration span, Event& event) {
  co_await reactor.sleep(span);
  event.set();
}

TEST_F(GroupTest, WaitUntil) {
  Event event(reactor_);
  Group<> group(reactor_);
  group.add(set_after(reactor_, 3s, event));
  const TimePoint start = clock_.now();
  EXPECT_FALSE(reactor_.run(wait_until(reactor_, event, start + 1s)));
  EXPECT_EQ(clock_.now(), start + 1s);
  EXPECT_TRUE(reactor_.run(wait_until(reactor_, event, start + 10s)));
  EXPECT_EQ(clock_.now(), start + 3s);
  // Set already, so not even a time that has passed matters.
  EXPECT_TRUE(reactor_.run(wait_until(reactor_, event, start)));
}

}  // namespace
}  // namespace net
