#pragma once

#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <string>

#include "tests/support/fd.hh"
#include "tests/support/wait.hh"

/// Processes of other users, made by fork() from a test that is root.
namespace test {

inline constexpr uid_t nobody = 65534;

/// Takes that user and its group for good, capabilities gone. It is not dumpable from then on.
inline void become(uid_t user) {
  if (setgroups(0, nullptr) != 0 || setgid(user) != 0 || setuid(user) != 0) fail_errno("setuid");
}

/// A process that ran `prepare` and then only waits. It has the descriptors of the test, and ends with this
/// object.
class Waiting {
 public:
  explicit Waiting(const std::function<void()>& prepare = [] {}) {
    int ends[2];
    if (pipe(ends) != 0) fail_errno("pipe");
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    pid_ = fork();
    if (pid_ < 0) fail_errno("fork");
    if (pid_ == 0) wait_in_child(prepare, writer.get());
    writer.close();
    char ready = 0;
    if (read(reader.get(), &ready, 1) != 1) fail("the child ended before it was ready");
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { end(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  [[noreturn]] static void wait_in_child(const std::function<void()>& prepare, int ready) {
    try {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      prepare();
      if (write(ready, "r", 1) == 1) {
        while (true) pause();
      }
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(1);
  }
  pid_t pid_ = -1;
};

/// What `work` returns when a child process runs it.
inline std::string said_by_child(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe(ends) != 0) fail_errno("pipe");
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  const pid_t child = fork();
  if (child < 0) fail_errno("fork");
  if (child == 0) {
    std::string said;
    try {
      said = work();
    } catch (const std::exception& error) {
      said = error.what();
    }
    _exit(write(writer.get(), said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  writer.close();
  std::string said;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(reader.get(), buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(got));
  }
  waitpid(child, nullptr, 0);
  return said;
}

}  // namespace test
