#include "net/loop/task.hh"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "net/loop/event.hh"
#include "net/loop/reactor.hh"

namespace net {
namespace {

Task<int> seven() {
  co_return 7;
}

Task<int> twice(Task<int> inner) {
  const int value = co_await inner;
  co_return 2 * value;
}

Task<> note(std::vector<std::string>& log, std::string what) {
  log.push_back(std::move(what));
  co_return;
}

TEST(Task, GivesItsValue) {
  Reactor reactor;
  EXPECT_EQ(reactor.run(seven()), 7);
  EXPECT_EQ(reactor.run(twice(twice(seven()))), 28);
}

TEST(Task, IsLazy) {
  std::vector<std::string> log;
  Reactor reactor;
  {
    auto never = note(log, "never");
    EXPECT_TRUE(log.empty());
  }
  auto task = note(log, "begun");
  EXPECT_FALSE(task.done());
  reactor.run(std::move(task));
  EXPECT_EQ(log, std::vector<std::string>{"begun"});
}

Task<std::unique_ptr<int>> boxed(int value) {
  co_return std::make_unique<int>(value);
}

Task<std::unique_ptr<int>> boxed_again(Task<std::unique_ptr<int>> inner) {
  std::unique_ptr<int> box = co_await inner;
  ++*box;
  co_return box;
}

TEST(Task, CarriesWhatOnlyMoves) {
  Reactor reactor;
  const std::unique_ptr<int> box = reactor.run(boxed_again(boxed(4)));
  ASSERT_NE(box, nullptr);
  EXPECT_EQ(*box, 5);
}

Task<int> throws_at_once() {
  throw std::runtime_error("at once");
  co_return 0;
}

Task<int> throws_later(Reactor& reactor) {
  co_await reactor.yield();
  throw std::runtime_error("later");
}

Task<std::string> what_it_throws(Task<int> inner) {
  try {
    co_await inner;
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
  co_return "nothing";
}

TEST(Task, ExceptionsReachTheAwaiter) {
  Reactor reactor;
  EXPECT_EQ(reactor.run(what_it_throws(throws_at_once())), "at once");
  EXPECT_EQ(reactor.run(what_it_throws(throws_later(reactor))), "later");
  EXPECT_EQ(reactor.run(what_it_throws(seven())), "nothing");
}

TEST(Task, ExceptionsReachTheCallerOfRun) {
  Reactor reactor;
  EXPECT_THROW(reactor.run(throws_at_once()), std::runtime_error);
  EXPECT_THROW(reactor.run(twice(twice(throws_later(reactor)))), std::runtime_error);
}

/// Tells when it goes.
struct Witness {
  Witness(std::vector<std::string>& to, std::string who) : log(to), name(std::move(who)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { log.push_back(name); }

  std::vector<std::string>& log;
  std::string name;
};

Task<> wait_with_witness(Event& event, std::vector<std::string>& log) {
  const Witness inner(log, "inner");
  co_await event.wait();
  log.emplace_back("resumed");
}

Task<> hold_inner(Event& event, std::vector<std::string>& log) {
  const Witness outer(log, "outer");
  co_await wait_with_witness(event, log);
}

// Destroyed is cancelled: both frames go, innermost first, and the event forgets them.
TEST(Task, DestroyedWhileSuspended) {
  Reactor reactor;
  Event event(reactor);
  std::vector<std::string> log;
  {
    auto task = hold_inner(event, log);
    task.start();
    EXPECT_TRUE(log.empty());
  }
  EXPECT_EQ(log, (std::vector<std::string>{"inner", "outer"}));
  event.set();
  reactor.run(seven());
  EXPECT_EQ(log.size(), 2U);
}

// Set, so on its way to being resumed, and then destroyed: it must leave the list of the ready.
TEST(Task, DestroyedWhileReady) {
  Reactor reactor;
  Event event(reactor);
  std::vector<std::string> log;
  {
    auto task = hold_inner(event, log);
    task.start();
    event.set();
  }
  EXPECT_EQ(log, (std::vector<std::string>{"inner", "outer"}));
  reactor.run(twice(seven()));
  EXPECT_EQ(log.size(), 2U);
}

TEST(Task, DestroyedBeforeItBegan) {
  std::vector<std::string> log;
  Reactor reactor;
  Event event(reactor);
  {
    const auto task = hold_inner(event, log);
  }
  EXPECT_TRUE(log.empty());
}

TEST(Task, AssignmentDestroysTheOldOne) {
  Reactor reactor;
  Event event(reactor);
  std::vector<std::string> log;
  auto task = hold_inner(event, log);
  task.start();
  task = note(log, "new");
  EXPECT_EQ(log, (std::vector<std::string>{"inner", "outer"}));
  reactor.run(std::move(task));
  EXPECT_EQ(log.back(), "new");
}

Task<long> sum_of_many(int count) {
  long sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await seven();
  co_return sum;
}

// One that ends at once resumes its awaiter without a frame of the stack for each.
TEST(Task, ManyInARowNeedNoStack) {
  Reactor reactor;
  EXPECT_EQ(reactor.run(sum_of_many(200'000)), 1'400'000);
}

Task<int> nested(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await nested(depth - 1);
  co_return below + 1;
}

TEST(Task, DeepNesting) {
  Reactor reactor;
  EXPECT_EQ(reactor.run(nested(1000)), 1000);
}

}  // namespace
}  // namespace net
