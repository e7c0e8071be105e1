#include "net/loop/ready_set.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "net/base/fd.hh"
#include "net/loop/group.hh"

namespace net {
namespace {

using namespace std::chrono_literals;
using Numbers = std::vector<std::uint32_t>;

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    here = Fd(fds[0]);
    there = Fd(fds[1]);
  }
  Fd here;
  Fd there;
};

/// All that is ready by now.
Numbers taken(ReadySet& set) {
  Numbers all;
  for (auto some = set.take(); !some.empty(); some = set.take())
    all.insert(all.end(), some.begin(), some.end());
  std::ranges::sort(all);
  return all;
}

TEST(ReadySet, TellsWhichBecameReady) {
  Reactor reactor;
  ReadySet set(reactor);
  const Pair one;
  const Pair two;
  EXPECT_FALSE(set.add(one.here.get(), 1));
  EXPECT_FALSE(set.add(two.here.get(), 2));
  EXPECT_EQ(taken(set), (Numbers{1, 2})) << "both can be written to";
  EXPECT_EQ(taken(set), Numbers{}) << "and that was told";
  ASSERT_EQ(write(two.there.get(), "x", 1), 1);
  EXPECT_TRUE(reactor.run(wait_until(reactor, set.ready(), reactor.now() + 20s)));
  EXPECT_EQ(taken(set), Numbers{2});
}

TEST(ReadySet, IsQuietWhenNothingHappens) {
  Reactor reactor;
  ReadySet set(reactor);
  const Pair pair;
  EXPECT_FALSE(set.add(pair.here.get(), 1));
  EXPECT_EQ(taken(set), Numbers{1});
  EXPECT_FALSE(reactor.run(wait_until(reactor, set.ready(), reactor.now() + 50ms)));
}

TEST(ReadySet, WhatIsClosedIsNotTold) {
  Reactor reactor;
  ReadySet set(reactor);
  Pair pair;
  EXPECT_FALSE(set.add(pair.here.get(), 1));
  pair.here.close();
  EXPECT_EQ(taken(set), Numbers{});
}

TEST(ReadySet, TellsOfMoreThanFitOneTurn) {
  Reactor reactor;
  ReadySet set(reactor);
  const std::vector<Pair> pairs(300);
  Numbers expected;
  for (std::uint32_t i = 0; i < pairs.size(); ++i) {
    EXPECT_FALSE(set.add(pairs[i].here.get(), i));
    expected.push_back(i);
  }
  EXPECT_EQ(taken(set), expected);
}

TEST(ReadySet, SaysWhatItCannotWatch) {
  Reactor reactor;
  ReadySet set(reactor);
  EXPECT_EQ(set.add(-1, 1).value(), EBADF);
}

}  // namespace
}  // namespace net
