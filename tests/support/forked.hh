#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

namespace test {

/// Who a forked process becomes; as root only.
struct Identity {
  uid_t uid = 65534;
  gid_t gid = 65534;
  std::vector<gid_t> groups{};
};

/// A piece of the test in a process of its own, forked: it ends with what `work` returns (0-125), or with 126
/// if it threw or could not become `who`. It is killed if it still runs when this object goes.
class Forked {
 public:
  explicit Forked(const std::function<int()>& work) : Forked(work, nullptr) {}
  Forked(const std::function<int()>& work, const Identity& who) : Forked(work, &who) {}
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  ~Forked();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits for its end: its status, or 128 + the signal that ended it.
  int wait();
  void kill();

 private:
  Forked(const std::function<int()>& work, const Identity* who);

  pid_t pid_ = -1;
  int status_ = -1;
};

}  // namespace test
