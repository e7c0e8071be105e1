#include "net/loop/signals.hh"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "net/loop/group.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

bool is_blocked(int number) {
  sigset_t mask;
  sigemptyset(&mask);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

bool is_pending(int number) {
  sigset_t waiting;
  sigemptyset(&waiting);
  sigpending(&waiting);
  return sigismember(&waiting, number) == 1;
}

/// A disposition for as long as it lives.
class Disposition {
 public:
  Disposition(int number, void (*handler)(int)) : number_(number) {
    struct sigaction action{};
    action.sa_handler = handler;
    sigaction(number, &action, &before_);
  }
  Disposition(const Disposition&) = delete;
  Disposition& operator=(const Disposition&) = delete;
  ~Disposition() { sigaction(number_, &before_, nullptr); }

 private:
  int number_;
  struct sigaction before_{};
};

TEST(Signals, BlocksAndRestores) {
  Reactor reactor;
  ASSERT_FALSE(is_blocked(SIGUSR1));
  {
    const Signals signals(reactor, {SIGUSR1, SIGUSR2});
    EXPECT_TRUE(is_blocked(SIGUSR1));
    EXPECT_TRUE(is_blocked(SIGUSR2));
    EXPECT_FALSE(is_blocked(SIGTERM));
  }
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_FALSE(is_blocked(SIGUSR2));
}

TEST(Signals, LeavesBlockedWhatWasBlocked) {
  Reactor reactor;
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  {
    const Signals signals(reactor, {SIGUSR1});
  }
  EXPECT_TRUE(is_blocked(SIGUSR1));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(Signals, GivesWhatWasSentBefore) {
  Reactor reactor;
  Signals signals(reactor, {SIGUSR1, SIGUSR2});
  ASSERT_EQ(::kill(getpid(), SIGUSR2), 0);
  EXPECT_EQ(reactor.run(signals.next()), SIGUSR2);
  EXPECT_FALSE(is_pending(SIGUSR2));
}

Task<std::optional<int>> raise_later(Reactor& reactor, int number) {
  co_await reactor.yield();
  std::raise(number);
  co_return std::nullopt;
}

Task<std::optional<int>> next_of(Signals& signals) {
  co_return co_await signals.next();
}

Task<int> signal_among(Reactor& reactor, Signals& signals, int number) {
  Group<std::optional<int>> group(reactor);
  group.add(next_of(signals));
  group.add(raise_later(reactor, number));
  for (;;) {
    const std::optional<int> got = co_await group.next();
    if (got) co_return *got;
  }
}

TEST(Signals, WakesAWaiter) {
  Reactor reactor;
  Signals signals(reactor, {SIGUSR1, SIGUSR2});
  EXPECT_EQ(reactor.run(signal_among(reactor, signals, SIGUSR1)), SIGUSR1);
  // And again: the edge of the first does not hide the second.
  EXPECT_EQ(reactor.run(signal_among(reactor, signals, SIGUSR2)), SIGUSR2);
}

TEST(Signals, GivesTwoOneAfterTheOther) {
  Reactor reactor;
  Signals signals(reactor, {SIGUSR1, SIGUSR2});
  std::raise(SIGUSR2);
  std::raise(SIGUSR1);
  // The kernel gives the lower number first.
  EXPECT_EQ(reactor.run(signals.next()), SIGUSR1);
  EXPECT_EQ(reactor.run(signals.next()), SIGUSR2);
}

// nohup and a shell's `&` ignore signals for us.
TEST(Signals, WhatIsIgnoredStaysIgnored) {
  Reactor reactor;
  const Disposition ignored(SIGUSR1, SIG_IGN);
  Signals signals(reactor, {SIGUSR1, SIGUSR2});
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_TRUE(is_blocked(SIGUSR2));
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  EXPECT_EQ(reactor.run(signals.next()), SIGUSR2);
  const auto nothing = reactor.run(with_deadline(reactor, reactor.now() + 1ms, signals.next()));
  EXPECT_FALSE(nothing.has_value());
}

}  // namespace
}  // namespace net
