#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "net/base/fd.hh"
#include "net/loop/group.hh"
#include "net/loop/reactor.hh"
#include "tests/support/files.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

/// Two connected descriptors: a pipe (reader first) or a pair of sockets.
struct Ends {
  static Ends pipe() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe2(fds.data(), O_NONBLOCK | O_CLOEXEC), 0);
    return Ends(fds);
  }
  static Ends sockets() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    return Ends(fds);
  }
  explicit Ends(const std::array<int, 2>& fds) : first(fds[0]), second(fds[1]) {}
  Fd first;
  Fd second;
};

Task<> wait_for(Event& event) {
  co_await event.wait();
}

Task<> turn_once(Reactor& reactor) {
  co_await reactor.yield();
}

/// Everything that the kernel has to say by now has been said.
void settle(Reactor& reactor) {
  reactor.run(turn_once(reactor));
}

struct Watched {
  Watched(Reactor& reactor, int fd) : in(reactor), out(reactor), watch(reactor, fd, in, out) {}
  Event in;
  Event out;
  Watch watch;
};

TEST(Watch, PipeBecomesReadable) {
  Reactor reactor;
  const Ends pipe = Ends::pipe();
  Watched reader(reactor, pipe.first.get());
  EXPECT_TRUE(reader.watch.pollable());
  EXPECT_FALSE(reader.watch.error());
  settle(reactor);
  EXPECT_FALSE(reader.in.is_set());
  ASSERT_EQ(::write(pipe.second.get(), "x", 1), 1);
  reactor.run(wait_for(reader.in));
  EXPECT_FALSE(reader.watch.gone().is_set());
}

TEST(Watch, IsEdgeTriggered) {
  Reactor reactor;
  const Ends pipe = Ends::pipe();
  Watched reader(reactor, pipe.first.get());
  ASSERT_EQ(::write(pipe.second.get(), "xy", 2), 2);
  settle(reactor);
  EXPECT_TRUE(reader.in.is_set());
  // Unread bytes alone are no news.
  reader.in.reset();
  settle(reactor);
  EXPECT_FALSE(reader.in.is_set());
  ASSERT_EQ(::write(pipe.second.get(), "z", 1), 1);
  settle(reactor);
  EXPECT_TRUE(reader.in.is_set());
}

TEST(Watch, FullPipeBecomesWritable) {
  Reactor reactor;
  const Ends pipe = Ends::pipe();
  Watched writer(reactor, pipe.second.get());
  settle(reactor);
  EXPECT_TRUE(writer.out.is_set());
  const std::string block(4096, 'x');
  while (::write(pipe.second.get(), block.data(), block.size()) > 0) {
  }
  ASSERT_EQ(errno, EAGAIN);
  writer.out.reset();
  settle(reactor);
  EXPECT_FALSE(writer.out.is_set());
  std::string drained(1U << 20U, ' ');
  while (::read(pipe.first.get(), drained.data(), drained.size()) > 0) {
  }
  reactor.run(wait_for(writer.out));
}

TEST(Watch, GoneWhenTheReaderClosed) {
  Reactor reactor;
  Ends pipe = Ends::pipe();
  Watched writer(reactor, pipe.second.get());
  settle(reactor);
  writer.out.reset();
  EXPECT_FALSE(writer.watch.gone().is_set());
  pipe.first.close();
  reactor.run(wait_for(writer.watch.gone()));
  // Whoever waits to read or write finds out by trying.
  EXPECT_TRUE(writer.in.is_set());
  EXPECT_TRUE(writer.out.is_set());
}

TEST(Watch, ReaderSeesTheEndOfAPipe) {
  Reactor reactor;
  Ends pipe = Ends::pipe();
  Watched reader(reactor, pipe.first.get());
  settle(reactor);
  pipe.second.close();
  reactor.run(wait_for(reader.in));
}

// A half-closed peer has ended; it is not gone.
TEST(Watch, HalfCloseIsReadableNotGone) {
  Reactor reactor;
  const Ends sockets = Ends::sockets();
  Watched watched(reactor, sockets.first.get());
  settle(reactor);
  ASSERT_EQ(::shutdown(sockets.second.get(), SHUT_WR), 0);
  reactor.run(wait_for(watched.in));
  EXPECT_FALSE(watched.watch.gone().is_set());
  ASSERT_EQ(::shutdown(sockets.first.get(), SHUT_WR), 0);
  reactor.run(wait_for(watched.watch.gone()));
}

TEST(Watch, WhatEpollRefusesIsAlwaysReady) {
  Reactor reactor;
  const test::TempDir directory;
  test::write_file(directory / "file", "text");
  for (const std::string& path : {directory / "file", std::string("/dev/null")}) {
    const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(fd.valid()) << path;
    Watched watched(reactor, fd.get());
    EXPECT_FALSE(watched.watch.pollable()) << path;
    EXPECT_EQ(watched.watch.error().value(), EPERM) << path;
    reactor.run(wait_for(watched.in));
    reactor.run(wait_for(watched.out));
    EXPECT_FALSE(watched.watch.gone().is_set()) << path;
  }
}

TEST(Watch, TellsWhyABadDescriptorIsNotWatched) {
  Reactor reactor;
  const Watched watched(reactor, -1);
  EXPECT_FALSE(watched.watch.pollable());
  EXPECT_EQ(watched.watch.error().value(), EBADF);
}

TEST(Watch, LeavesEpollWhenItGoes) {
  Reactor reactor;
  const Ends pipe = Ends::pipe();
  {
    const Watched first(reactor, pipe.first.get());
    // Twice at once is refused, which shows that the first is there.
    const Watched twice(reactor, pipe.first.get());
    EXPECT_EQ(twice.watch.error().value(), EEXIST);
  }
  Watched again(reactor, pipe.first.get());
  EXPECT_TRUE(again.watch.pollable());
  ASSERT_EQ(::write(pipe.second.get(), "x", 1), 1);
  reactor.run(wait_for(again.in));
}

Task<> read_when_ready(int fd, Event& in, std::string& into) {
  char byte = 0;
  while (::read(fd, &byte, 1) != 1) {
    in.reset();
    co_await in.wait();
  }
  into += byte;
}

TEST(Watch, ManyDescriptorsEachWakesItsOwn) {
  Reactor reactor;
  // More than one epoll_wait(2) of the reactor gives at once.
  constexpr std::size_t count = 300;
  std::vector<Ends> pipes;
  std::deque<Watched> watched;
  std::string got;
  Group<> group(reactor);
  for (std::size_t i = 0; i < count; ++i) {
    pipes.push_back(Ends::pipe());
    watched.emplace_back(reactor, pipes.back().first.get());
    group.add(read_when_ready(pipes.back().first.get(), watched.back().in, got));
  }
  ASSERT_EQ(::write(pipes.back().second.get(), "z", 1), 1);
  reactor.run(group.next());
  EXPECT_EQ(got, "z");
  for (std::size_t i = 0; i + 1 < count; ++i) ASSERT_EQ(::write(pipes[i].second.get(), "a", 1), 1);
  while (!group.empty()) reactor.run(group.next());
  EXPECT_EQ(got, "z" + std::string(count - 1, 'a'));
}

}  // namespace
}  // namespace net
