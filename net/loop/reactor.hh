#pragma once

#include <cstddef>
#include <map>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/base/fd.hh"
#include "net/loop/event.hh"
#include "net/loop/task.hh"

namespace net {

/// The loop: epoll(7), timers and the coroutines that are ready to go on. It belongs to one thread.
/// Coroutines are only ever resumed from here, so that no one is destroyed or resumed inside another's call.
class Reactor {
 public:
  explicit Reactor(Clock& clock = monotonic_clock());
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor() = default;

  [[nodiscard]] TimePoint now() const { return clock_.now(); }

  /// Runs until `task` is done and gives its result.
  template <class T>
  T run(Task<T> task) {
    task.start();
    while (!task.done()) turn();
    return task.take();
  }

  class Sleep {
   public:
    Sleep(Reactor& reactor, TimePoint when) : reactor_(reactor), when_(when) {}
    Sleep(const Sleep&) = delete;
    Sleep& operator=(const Sleep&) = delete;
    ~Sleep();
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self);
    void await_resume() noexcept { armed_ = false; }

   private:
    Reactor& reactor_;
    TimePoint when_;
    Waiter waiter_;
    std::multimap<TimePoint, Waiter*>::iterator place_{};
    bool armed_ = false;
  };
  /// Goes on at `when`, or never if that is TimePoint::max().
  [[nodiscard]] Sleep sleep_until(TimePoint when) { return {*this, when}; }
  [[nodiscard]] Sleep sleep(Duration span) { return {*this, saturating_add(now(), span)}; }
  /// Lets everything else that is ready go first: descriptors, timers and signals too.
  [[nodiscard]] Sleep yield() { return {*this, TimePoint::min()}; }

  /// Resumes `waiter` on the next turn.
  void wake(Waiter& waiter) { waiter.link_before(ready_); }
  void wake_all(Waiter& head) { ready_.take_all(head); }

 private:
  friend class Watch;

  /// Waits for events if nothing is ready, then resumes what is.
  void turn();
  void fire_timers();
  void resume_ready();
  [[nodiscard]] Duration until_next_timer() const;

  Clock& clock_;
  Fd epoll_;
  std::multimap<TimePoint, Waiter*> timers_;
  Waiter ready_;
};

/// Registers a descriptor with the Reactor for as long as it lives: `in` is set whenever a read may have
/// become possible, or the peer is gone; `out` likewise for writing. It is edge-triggered, so read or write
/// until EAGAIN, reset the Event, wait. What epoll refuses (regular files, /dev/null) is always ready: both
/// Events are set for good. Destroy the Watch before the descriptor is closed.
class Watch {
 public:
  Watch(Reactor& reactor, int fd, Event& in, Event& out);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// False when the descriptor is always ready.
  [[nodiscard]] bool pollable() const { return error_.value() == 0; }
  /// Why epoll does not watch it (EPERM when it never could: always ready), or nothing.
  [[nodiscard]] std::error_code error() const { return error_; }
  /// Set once the kernel said that both directions are over, a pipe's reader is gone, or an error is pending
  /// (EPOLLHUP, EPOLLERR).
  [[nodiscard]] Event& gone() { return gone_; }

 private:
  friend class Reactor;
  void notify(unsigned events);

  Reactor& reactor_;
  int fd_;
  Event& in_;
  Event& out_;
  Event gone_;
  std::error_code error_;
};

}  // namespace net
