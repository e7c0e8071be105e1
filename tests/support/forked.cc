#include "tests/support/forked.hh"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace test {
namespace {

constexpr int failed = 126;

bool become(const Identity& who) {
  return setgroups(who.groups.size(), who.groups.data()) == 0 && setresgid(who.gid, who.gid, who.gid) == 0 &&
         setresuid(who.uid, who.uid, who.uid) == 0;
}

[[noreturn]] void run_child(const std::function<int()>& work, const Identity* who) {
  if (who != nullptr && !become(*who)) _exit(failed);
  // It must not outlive the test, whatever becomes of that; another user would make the kernel forget this.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(failed);
  try {
    _exit(work());
  } catch (...) {
    _exit(failed);
  }
}

}  // namespace

Forked::Forked(const std::function<int()>& work, const Identity* who) : pid_(fork()) {
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) run_child(work, who);
}

Forked::~Forked() {
  if (status_ >= 0) return;
  kill();
  wait();
}

int Forked::wait() {
  if (status_ >= 0) return status_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

void Forked::kill() {
  ::kill(pid_, SIGKILL);
}

}  // namespace test
