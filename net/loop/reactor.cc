#include "net/loop/reactor.hh"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace net {

void Event::set() {
  set_ = true;
  reactor_.wake_all(waiters_);
}

Reactor::Reactor(Clock& clock) : clock_(clock), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.valid()) throw std::system_error(errno_code(), "epoll_create1");
}

Reactor::Sleep::~Sleep() {
  if (armed_ && !waiter_.linked()) reactor_.timers_.erase(place_);
}

void Reactor::Sleep::await_suspend(std::coroutine_handle<> self) {
  waiter_.handle = self;
  place_ = reactor_.timers_.emplace(when_, &waiter_);
  armed_ = true;
}

Duration Reactor::until_next_timer() const {
  if (timers_.empty() || timers_.begin()->first == TimePoint::max()) return forever;
  const TimePoint next = timers_.begin()->first;
  const TimePoint present = now();
  return next <= present ? Duration::zero() : next - present;
}

void Reactor::fire_timers() {
  if (timers_.empty()) return;
  const TimePoint present = now();
  while (!timers_.empty() && timers_.begin()->first <= present) {
    // Linked into the ready list is how Sleep knows that its place in the map is gone.
    wake(*timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
}

void Reactor::resume_ready() {
  // Only those ready now: one that wakes another, or itself, must not keep descriptors and timers waiting.
  Waiter batch;
  batch.take_all(ready_);
  while (batch.linked()) {
    Waiter& next = batch.next();
    next.unlink();
    next.handle.resume();
  }
}

void Reactor::turn() {
  Duration wait = ready_.linked() ? Duration::zero() : until_next_timer();
  if (wait > Duration::zero() && wait != forever && clock_.jump_to(timers_.begin()->first)) {
    wait = Duration::zero();
  }
  std::array<epoll_event, 256> events;  // NOLINT: filled by the kernel
  timespec limit{};
  if (wait != forever) {
    limit.tv_sec = static_cast<time_t>(wait / std::chrono::seconds(1));
    limit.tv_nsec = static_cast<long>((wait % std::chrono::seconds(1)).count());
  }
  const int count = epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 wait == forever ? nullptr : &limit, nullptr);
  if (count < 0 && errno != EINTR) throw std::system_error(errno_code(), "epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    static_cast<Watch*>(events[static_cast<std::size_t>(i)].data.ptr)
        ->notify(events[static_cast<std::size_t>(i)].events);
  }
  fire_timers();
  resume_ready();
}

Watch::Watch(Reactor& reactor, int fd, Event& in, Event& out)
    : reactor_(reactor), fd_(fd), in_(in), out_(out), gone_(reactor) {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  interest.data.ptr = this;
  if (epoll_ctl(reactor_.epoll_.get(), EPOLL_CTL_ADD, fd_, &interest) == 0) return;
  error_ = errno_code();
  // Ready for good: a read or write will tell the truth about a descriptor that epoll does not take.
  in_.set();
  out_.set();
}

Watch::~Watch() {
  if (pollable()) epoll_ctl(reactor_.epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
}

void Watch::notify(unsigned events) {
  constexpr unsigned gone = EPOLLHUP | EPOLLERR;
  if ((events & gone) != 0) gone_.set();
  if ((events & (EPOLLIN | EPOLLRDHUP | gone)) != 0) in_.set();
  if ((events & (EPOLLOUT | gone)) != 0) out_.set();
}

}  // namespace net
