#include "net/serve/child_process.hh"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "net/loop/group.hh"

namespace net {
namespace {

// Where no pidfd is to be had (out of descriptors): how often to look.
constexpr Duration look_again = std::chrono::milliseconds(20);

Task<bool> false_after(Task<Exited> ended) {
  co_await ended;
  co_return false;
}

}  // namespace

ChildProcess::ChildProcess(Reactor& reactor, pid_t pid, bool leads_group)
    : reactor_(reactor),
      pid_(pid),
      leads_group_(leads_group),
      fd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))),
      in_(reactor),
      out_(reactor),
      watch_(reactor, fd_.get(), in_, out_) {}

ChildProcess::~ChildProcess() {
  if (reaped_) return;
  signal(SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::signal(int number) const {
  // Its number is its own until it is reaped.
  if (!reaped_) ::kill(leads_group_ ? -pid_ : pid_, number);
}

bool ChildProcess::reap() {
  int status = 0;
  const pid_t got = waitpid(pid_, &status, WNOHANG);
  if (got != pid_) return false;
  reaped_ = true;
  exited_.pid = pid_;
  exited_.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return true;
}

Task<Exited> ChildProcess::ended() {
  while (!reaped_ && !reap()) {
    if (watch_.pollable()) {
      in_.reset();
      co_await in_.wait();
    } else {
      co_await reactor_.sleep(look_again);
    }
  }
  co_return exited_;
}

Task<Exited> ChildProcess::terminate(Duration patience) {
  signal(SIGTERM);
  const auto end = co_await with_deadline(reactor_, saturating_add(reactor_.now(), patience), ended());
  if (end) co_return *end;
  signal(SIGKILL);
  co_return co_await ended();
}

Task<Exited> ChildProcess::ended_or_stopped(Event& stop, Duration patience) {
  bool stopped = false;
  {
    Group<bool> first(reactor_);
    first.add(detail::true_after(stop));
    first.add(false_after(ended()));
    stopped = co_await first.next();
  }
  if (stopped) co_return co_await terminate(patience);
  co_return co_await ended();
}

}  // namespace net
