#include "net/serve/child_process.hh"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

namespace net {
namespace {

using namespace std::chrono_literals;

pid_t fork_child(const std::function<int()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  return pid;
}

/// A child that has set itself up when this returns.
pid_t fork_ready_child(void (*handler)(int)) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t pid = fork_child([&] {
    setpgid(0, 0);
    std::signal(SIGTERM, handler);
    static_cast<void>(write(ends[1], "x", 1));
    for (;;) pause();
    return 0;
  });
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  close(ends[1]);
  return pid;
}

bool is_reaped(pid_t pid) {
  return waitpid(pid, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

TEST(ChildProcess, ItsStatus) {
  Reactor reactor;
  ChildProcess child(reactor, fork_child([] { return 3; }), false);
  const Exited exited = reactor.run(child.ended());
  EXPECT_EQ(exited.pid, child.pid());
  EXPECT_EQ(exited.status, 3);
  EXPECT_TRUE(is_reaped(child.pid()));
}

TEST(ChildProcess, KilledBySignal) {
  Reactor reactor;
  ChildProcess child(reactor, fork_ready_child(SIG_DFL), false);
  child.signal(SIGUSR1);
  EXPECT_EQ(reactor.run(child.ended()).status, 128 + SIGUSR1);
}

TEST(ChildProcess, TermIsEnough) {
  Reactor reactor;
  ChildProcess child(reactor, fork_ready_child(SIG_DFL), true);
  EXPECT_EQ(reactor.run(child.terminate(60s)).status, 128 + SIGTERM);
}

TEST(ChildProcess, KillWhereTermIsNot) {
  Reactor reactor;
  ChildProcess child(reactor, fork_ready_child(SIG_IGN), true);
  EXPECT_EQ(reactor.run(child.terminate(20ms)).status, 128 + SIGKILL);
}

TEST(ChildProcess, GoesWithItsOwner) {
  const pid_t pid = fork_ready_child(SIG_IGN);
  {
    Reactor reactor;
    const ChildProcess child(reactor, pid, false);
  }
  EXPECT_TRUE(is_reaped(pid));
}

}  // namespace
}  // namespace net
