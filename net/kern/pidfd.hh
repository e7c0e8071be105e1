#pragma once

#include <sys/types.h>

#include <string>

#include "net/base/error.hh"
#include "net/base/fd.hh"
#include "net/kern/process.hh"

namespace net::kern {

/// A copy of another process's descriptor (pidfd_open(2), pidfd_getfd(2), kernel 5.6). It shares the open
/// file description: an option set on it acts in the owner at once, and while it is held the owner's close()
/// sends no FIN. So hold it for microseconds, never change its file status flags, never shutdown(2) it.
///
/// The process may be of another network namespace; the socket stays in it. ESRCH: no such process, or a
/// thread; EBADF: it has no such descriptor; EPERM: see why_not_permitted(); ENOSYS: an older kernel. The
/// subject is "pid 812, fd 6".
[[nodiscard]] Result<Fd> borrow_descriptor(pid_t pid, int fd);

/// As borrow_descriptor, and makes sure that the descriptor is still that socket: since it was found the
/// process may have closed it and opened another, or have ended and left its number to another process. EBADF
/// when it is not.
[[nodiscard]] Result<Fd> borrow_socket(const HeldSocket& socket);

/// In words what is missing when the kernel refused to look into a process: it runs as another user; it is
/// ours but not dumpable (it changed its user, gained capabilities, or asked for it); Yama forbids it
/// (kernel.yama.ptrace_scope); root may, or CAP_SYS_PTRACE. Says only what /proc bears out.
[[nodiscard]] std::string why_not_permitted(pid_t pid);

}  // namespace net::kern
