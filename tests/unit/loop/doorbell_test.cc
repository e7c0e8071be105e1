#include "net/loop/doorbell.hh"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/loop/group.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

TEST(Doorbell, WakesALoopFromAnotherThread) {
  Reactor reactor;
  Doorbell bell(reactor);
  std::atomic<int> written = 0;
  std::jthread other([&] {
    written = 7;
    bell.ring();
  });
  reactor.run(bell.rung());
  EXPECT_EQ(written, 7);
}

TEST(Doorbell, RungBeforeAnybodyWaits) {
  Reactor reactor;
  Doorbell bell(reactor);
  bell.ring();
  reactor.run(bell.rung());
}

Task<bool> rings_within(Reactor& reactor, Doorbell& bell, Duration span) {
  Group<bool> first(reactor);
  first.add(detail::false_at(reactor, reactor.now() + span));
  struct Ringing {
    static Task<bool> of(Doorbell& which) {
      co_await which.rung();
      co_return true;
    }
  };
  first.add(Ringing::of(bell));
  co_return co_await first.next();
}

// It says that there is news, not how many.
TEST(Doorbell, ManyRingsAreOne) {
  Reactor reactor;
  Doorbell bell(reactor);
  for (int i = 0; i < 3; ++i) bell.ring();
  EXPECT_TRUE(reactor.run(rings_within(reactor, bell, 10s)));
  EXPECT_FALSE(reactor.run(rings_within(reactor, bell, 20ms)));
  bell.ring();
  EXPECT_TRUE(reactor.run(rings_within(reactor, bell, 10s)));
}

}  // namespace
}  // namespace net
