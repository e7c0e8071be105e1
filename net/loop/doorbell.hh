#pragma once

#include "net/base/fd.hh"
#include "net/loop/event.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"

namespace net {

/// How one thread wakes a coroutine of another's Reactor (eventfd(2)): the only thing of a Reactor that may
/// be touched from outside. What it is about lies in memory that both know, written before ring().
class Doorbell {
 public:
  explicit Doorbell(Reactor& reactor);
  /// From any thread.
  void ring() const;
  /// Goes on once it was rung since the last time, however often. In the Reactor's thread.
  Task<> rung();

 private:
  Fd fd_;
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
