#pragma once

#include <sys/types.h>

#include "net/base/fd.hh"
#include "net/loop/event.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"
#include "net/serve/client.hh"

namespace net {

/// A child of ours that runs (fork(2), posix_spawn(3)). Its end is waited for on the loop (pidfd_open(2)), so
/// none stays a zombie; if this goes before it, it is killed.
class ChildProcess {
 public:
  /// `leads_group`: signals go to its whole process group, which it is the leader of.
  ChildProcess(Reactor& reactor, pid_t pid, bool leads_group);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Waits for its end and reaps it.
  Task<Exited> ended();
  /// Sends SIGTERM and, if it is still there after `patience`, SIGKILL; returns once it was reaped.
  Task<Exited> terminate(Duration patience);
  /// Its end, which terminate() brings about if `stop` is set before.
  Task<Exited> ended_or_stopped(Event& stop, Duration patience);
  void signal(int number) const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  [[nodiscard]] bool reap();

  Reactor& reactor_;
  pid_t pid_;
  bool leads_group_;
  bool reaped_ = false;
  Exited exited_{};
  Fd fd_;
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
