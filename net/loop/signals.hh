#pragma once

#include <csignal>
#include <initializer_list>

#include "net/base/fd.hh"
#include "net/loop/reactor.hh"

namespace net {

/// Takes signals as events (signalfd(2)), so that a report can still be written. Blocks them for the process
/// while it lives. A signal that was ignored when we began (nohup, a shell's `&`) stays ignored.
class Signals {
 public:
  Signals(Reactor& reactor, std::initializer_list<int> numbers);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// The number of the next one.
  Task<int> next();

 private:
  sigset_t before_{};
  Fd fd_;
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
