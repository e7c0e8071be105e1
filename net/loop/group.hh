#pragma once

#include <exception>
#include <list>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "net/loop/reactor.hh"

namespace net {

/// Many tasks at once: each starts when added, next() gives the results in the order in which they finish,
/// and leaving the scope cancels what still runs. Everything concurrent here is built on it.
template <class T = void>
class Group {
 public:
  explicit Group(Reactor& reactor) : finished_(reactor) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() = default;

  void add(Task<T> task) {
    Entry& entry = running_.emplace_back();
    entry.place = std::prev(running_.end());
    entry.runner.emplace(run(entry, std::move(task)));
    entry.runner->start();
  }

  /// Tasks whose results were not taken yet, finished or not.
  [[nodiscard]] std::size_t size() const { return running_.size() + done_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// True when next() gives a result at once.
  [[nodiscard]] bool ready() const { return !done_.empty(); }

  /// The next result. Never returns when the group is empty.
  Task<T> next() {
    while (done_.empty()) {
      finished_.reset();
      co_await finished_.wait();
    }
    std::list<Entry> taken;
    taken.splice(taken.begin(), done_, done_.begin());
    if (taken.front().exception) std::rethrow_exception(taken.front().exception);
    if constexpr (!std::is_void_v<T>) co_return std::move(*taken.front().result);
  }

 private:
  struct Entry {
    std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> result{};
    std::exception_ptr exception;
    std::list<Entry>::iterator place;
    std::optional<Task<>> runner;
  };

  Task<> run(Entry& entry, Task<T> task) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await task;
      } else {
        entry.result.emplace(co_await task);
      }
    } catch (...) {
      entry.exception = std::current_exception();
    }
    done_.splice(done_.end(), running_, entry.place);
    finished_.set();
  }

  Event finished_;
  std::list<Entry> running_;
  std::list<Entry> done_;
};

namespace detail {

template <class T>
Task<std::optional<T>> as_optional(Task<T> task) {
  co_return co_await task;
}

template <class T>
Task<std::optional<T>> nothing_at(Reactor& reactor, TimePoint when) {
  co_await reactor.sleep_until(when);
  co_return std::nullopt;
}

inline Task<bool> true_after(Event& event) {
  co_await event.wait();
  co_return true;
}

inline Task<bool> false_at(Reactor& reactor, TimePoint when) {
  co_await reactor.sleep_until(when);
  co_return false;
}

}  // namespace detail

/// The task's result, or nothing if it was not there at `when` (the task is cancelled then).
template <class T>
Task<std::optional<T>> with_deadline(Reactor& reactor, TimePoint when, Task<T> task) {
  Group<std::optional<T>> race(reactor);
  race.add(detail::as_optional(std::move(task)));
  race.add(detail::nothing_at<T>(reactor, when));
  co_return co_await race.next();
}

/// Waits for `event`, until `when` at most; true if it was set by then.
inline Task<bool> wait_until(Reactor& reactor, Event& event, TimePoint when) {
  Group<bool> race(reactor);
  race.add(detail::true_after(event));
  race.add(detail::false_at(reactor, when));
  co_return co_await race.next();
}

}  // namespace net
