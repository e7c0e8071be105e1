#include "net/loop/event.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/loop/group.hh"
#include "net/loop/reactor.hh"

namespace net {
namespace {

using Log = std::vector<std::string>;

Task<> wait_and_note(Event& event, Log& log, std::string name) {
  co_await event.wait();
  log.push_back(std::move(name));
}

Task<> take_all(Group<>& group) {
  while (!group.empty()) co_await group.next();
}

TEST(Event, LastsUntilReset) {
  Reactor reactor;
  Event event(reactor);
  EXPECT_FALSE(event.is_set());
  event.set();
  EXPECT_TRUE(event.is_set());
  Log log;
  // Set already: both go on at once.
  reactor.run(wait_and_note(event, log, "first"));
  reactor.run(wait_and_note(event, log, "second"));
  EXPECT_EQ(log, (Log{"first", "second"}));
  EXPECT_TRUE(event.is_set());
  event.reset();
  EXPECT_FALSE(event.is_set());
}

TEST(Event, WakesAllInOrderAndNeverAtOnce) {
  Reactor reactor;
  Event event(reactor);
  Log log;
  Group<> group(reactor);
  group.add(wait_and_note(event, log, "a"));
  group.add(wait_and_note(event, log, "b"));
  group.add(wait_and_note(event, log, "c"));
  event.set();
  // Only the reactor resumes: nobody ran inside set().
  EXPECT_TRUE(log.empty());
  reactor.run(take_all(group));
  EXPECT_EQ(log, (Log{"a", "b", "c"}));
}

// A wake-up is not lost by a reset that follows: those who waited are on their way.
TEST(Event, ResetDoesNotCallBack) {
  Reactor reactor;
  Event event(reactor);
  Log log;
  Group<> group(reactor);
  group.add(wait_and_note(event, log, "a"));
  event.set();
  event.reset();
  group.add(wait_and_note(event, log, "late"));
  reactor.run(group.next());
  EXPECT_EQ(log, Log{"a"});
  EXPECT_EQ(group.size(), 1U);
}

TEST(Event, OneCancelledWaiterLeavesTheOthers) {
  Reactor reactor;
  Event event(reactor);
  Log log;
  Group<> staying(reactor);
  staying.add(wait_and_note(event, log, "a"));
  {
    Group<> leaving(reactor);
    leaving.add(wait_and_note(event, log, "cancelled"));
    staying.add(wait_and_note(event, log, "b"));
  }
  event.set();
  reactor.run(take_all(staying));
  EXPECT_EQ(log, (Log{"a", "b"}));
}

Task<> set_twice(Event& event, Reactor& reactor) {
  event.set();
  co_await reactor.yield();
  event.set();
}

TEST(Event, SettingASetEventWakesNobodyTwice) {
  Reactor reactor;
  Event event(reactor);
  Log log;
  Group<> group(reactor);
  group.add(wait_and_note(event, log, "a"));
  group.add(set_twice(event, reactor));
  reactor.run(take_all(group));
  EXPECT_EQ(log, Log{"a"});
}

}  // namespace
}  // namespace net
