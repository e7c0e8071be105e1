#pragma once

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "tests/support/fd.hh"
#include "tests/support/forked.hh"
#include "tests/support/wait.hh"

/// What stands on test::Forked: processes that are looked at, and those that look.
namespace test {

inline constexpr uid_t nobody = 65534;

/// Takes that user and its group for good, as servers do: it is not dumpable from then on.
inline void become(uid_t user) {
  if (setgroups(0, nullptr) != 0 || setgid(user) != 0 || setuid(user) != 0) fail_errno("setuid");
}

/// A pipe from a forked process to the test.
struct Line {
  Line() {
    int ends[2];
    if (pipe(ends) != 0) fail_errno("pipe");
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
  void say(const std::string& text) const {
    if (write(writer.get(), text.data(), text.size()) != std::ssize(text)) fail_errno("write");
  }
  Fd reader;
  Fd writer;
};

/// A process that ran `prepare` and then only waits. It has the descriptors of the test, and ends with this
/// object.
class Waiting {
 public:
  explicit Waiting(const std::function<void()>& prepare = [] {}) {
    Line line;
    child_ = std::make_unique<Forked>([&] {
      prepare();
      // Another user has made the kernel forget it.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      line.say("r");
      while (true) pause();
      return 0;
    });
    line.writer.close();
    char ready = 0;
    if (read(line.reader.get(), &ready, 1) != 1) fail("the child ended before it was ready");
  }

  [[nodiscard]] pid_t pid() const { return child_->pid(); }
  void end() {
    child_->kill();
    child_->wait();
  }

 private:
  std::unique_ptr<Forked> child_;
};

/// What `work` returns when a forked process runs it, or what it throws.
inline std::string said_by_child(const std::function<std::string()>& work) {
  Line line;
  const Forked child([&] {
    std::string said;
    try {
      said = work();
    } catch (const std::exception& error) {
      said = error.what();
    }
    line.say(said);
    return 0;
  });
  line.writer.close();
  std::string said;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(line.reader.get(), buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(got));
  }
  return said;
}

}  // namespace test
