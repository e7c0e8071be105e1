#pragma once

#include <coroutine>

namespace net {

class Reactor;

/// One suspended coroutine in a list: of an Event, or of those that the Reactor resumes next. It leaves
/// whatever list it is in when it is destroyed, which is how a cancelled coroutine is never resumed.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { unlink(); }

  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }
  void link_before(Waiter& head) {
    unlink();
    previous_ = head.previous_;
    next_ = &head;
    previous_->next_ = this;
    head.previous_ = this;
  }
  [[nodiscard]] bool linked() const { return next_ != this; }
  [[nodiscard]] Waiter& next() const { return *next_; }
  /// Moves every waiter of the list behind `head` to the end of this one, in order.
  void take_all(Waiter& head) {
    while (head.linked()) head.next().link_before(*this);
  }

  std::coroutine_handle<> handle;

 private:
  Waiter* previous_ = this;
  Waiter* next_ = this;
};

/// A flag to wait for. set() wakes every waiter, through the Reactor and never at once, and lasts until
/// reset(). A Watch sets one when a descriptor becomes ready; whoever finds that it is not (EAGAIN) resets
/// it.
class Event {
 public:
  explicit Event(Reactor& reactor) : reactor_(reactor) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() = default;

  void set();
  void reset() { set_ = false; }
  [[nodiscard]] bool is_set() const { return set_; }

  class Wait {
   public:
    explicit Wait(Event& event) : event_(event) {}
    [[nodiscard]] bool await_ready() const noexcept { return event_.set_; }
    void await_suspend(std::coroutine_handle<> self) noexcept {
      waiter_.handle = self;
      waiter_.link_before(event_.waiters_);
    }
    void await_resume() const noexcept {}

   private:
    Event& event_;
    Waiter waiter_;
  };
  /// Returns once the flag is set, at once if it is.
  [[nodiscard]] Wait wait() { return Wait(*this); }

 private:
  Reactor& reactor_;
  Waiter waiters_;
  bool set_ = false;
};

}  // namespace net
