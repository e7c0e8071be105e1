#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace test {

using Duration = std::chrono::milliseconds;
using namespace std::chrono_literals;

/// How long a helper waits for something that must happen. Never a delay: it is only spent when a test fails.
inline constexpr Duration patience = 20s;

/// A point in time that several waits share.
class Deadline {
 public:
  explicit Deadline(Duration span) : end_(std::chrono::steady_clock::now() + span) {}
  [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= end_; }
  /// What is left, rounded up and never negative, as poll(2) takes it.
  [[nodiscard]] int poll_ms() const;

 private:
  std::chrono::steady_clock::time_point end_;
};

/// Measures from its construction.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Waits for one descriptor with poll(2); false when the deadline passed first.
[[nodiscard]] bool poll_one(int fd, short events, const Deadline& deadline);

/// Asks `condition` again and again until it is true. For what no descriptor announces (a line of /proc, a
/// file that appears); throws with `what` when it never is.
void wait_until(const std::string& what, const std::function<bool()>& condition, Duration timeout = patience);

/// Throws std::runtime_error("what: strerror(error)"); without `error` that of errno.
[[noreturn]] void fail_errno(const std::string& what);
[[noreturn]] void fail_errno(const std::string& what, int error);
[[noreturn]] void fail(const std::string& what);

/// What `work` throws, in words; "(nothing was thrown)" if nothing. For tests of what must fail.
[[nodiscard]] std::string message_of(const std::function<void()>& work);

}  // namespace test
