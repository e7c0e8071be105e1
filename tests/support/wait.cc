#include "tests/support/wait.hh"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace test {

int Deadline::poll_ms() const {
  auto left = std::chrono::ceil<Duration>(end_ - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, 3'600'000));
}

bool poll_one(int fd, short events, const Deadline& deadline) {
  for (;;) {
    pollfd entry = {fd, events, 0};
    int ready = poll(&entry, 1, deadline.poll_ms());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) fail_errno("poll");
    if (ready == 0 && deadline.passed()) return false;
  }
}

void wait_until(const std::string& what, const std::function<bool()>& condition, Duration timeout) {
  Deadline deadline(timeout);
  while (!condition()) {
    if (deadline.passed()) fail("never came true: " + what);
    std::this_thread::sleep_for(1ms);  // between two looks, not instead of one
  }
}

void fail(const std::string& what) {
  throw std::runtime_error(what);
}

void fail_errno(const std::string& what, int error) {
  fail(what + ": " + std::strerror(error));
}

void fail_errno(const std::string& what) {
  fail_errno(what, errno);
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& exception) {
    return exception.what();
  }
  return "(nothing was thrown)";
}

}  // namespace test
