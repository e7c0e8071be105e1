#include "net/kern/pidfd.hh"

#include <sys/syscall.h>
#include <unistd.h>

#include "net/kern/ptrace_access.hh"

namespace net::kern {
namespace {

Error refusal(std::string_view call, pid_t pid, int fd) {
  std::error_code code = errno_code();
  // Kernels differ in what they say of a number that is a thread's, or nobody's.
  const bool no_process = call == "pidfd_open" && (code == errno_code(EINVAL) || code == errno_code(ENOENT));
  if (no_process) code = errno_code(ESRCH);
  Error error("borrow", "pid " + std::to_string(pid) + ", fd " + std::to_string(fd), code);
  if (const auto thread = no_process ? credentials_of(pid) : std::nullopt) {
    error.detail = "that is a thread of pid " + std::to_string(thread->leader);
  }
  if (code == errno_code(ENOSYS)) {
    error.detail = "this kernel has no " + std::string(call) +
                   "(2): reading another process's sockets takes "
                   "Linux 5.6";
  }
  return error;
}

}  // namespace

Result<Fd> borrow_descriptor(pid_t pid, int fd) {
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
  if (!process.valid()) return std::unexpected(refusal("pidfd_open", pid, fd));
  // Both calls set close-on-exec.
  Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), fd, 0U)));
  if (!copy.valid()) return std::unexpected(refusal("pidfd_getfd", pid, fd));
  return copy;
}

}  // namespace net::kern
