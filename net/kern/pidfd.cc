#include "net/kern/pidfd.hh"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/kern/ptrace_access.hh"

namespace net::kern {
namespace {

std::string subject_of(pid_t pid, int fd) {
  return "pid " + std::to_string(pid) + ", fd " + std::to_string(fd);
}

Error refusal(std::string_view call, pid_t pid, int fd) {
  std::error_code code = errno_code();
  // Kernels differ in what they say of a number that is a thread's, or nobody's.
  const bool no_process = call == "pidfd_open" && (code == errno_code(EINVAL) || code == errno_code(ENOENT));
  if (no_process) code = errno_code(ESRCH);
  Error error("borrow", subject_of(pid, fd), code);
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

Result<Fd> borrow_socket(const HeldSocket& socket) {
  auto copy = borrow_descriptor(socket.process.pid, socket.fd);
  if (!copy) return copy;
  struct stat status{};
  if (::fstat(copy->get(), &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == socket.inode) {
    return copy;
  }
  Error error("borrow", subject_of(socket.process.pid, socket.fd), errno_code(EBADF));
  error.detail = "the process has closed that socket meanwhile";
  return std::unexpected(error);
}

}  // namespace net::kern
