#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "cmd/app.hh"
#include "cmd/output.hh"

namespace {

/// A closed descriptor 0, 1 or 2 would go to the next socket, and data with it: fill the gap with one that
/// fails or ends as a closed one would.
void fill_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // Reading /dev/null ends at once; writing to a descriptor for reading is EBADF, as to a closed one.
    if (open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd) return;
  }
}

/// Ends by the signal itself, so that a shell or make sees it.
void raise_again(int number) {
  std::signal(number, SIG_DFL);
  sigset_t just_this;
  sigemptyset(&just_this);
  sigaddset(&just_this, number);
  sigprocmask(SIG_UNBLOCK, &just_this, nullptr);
  static_cast<void>(std::raise(number));
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  // Ignored, as some parents leave it, children would be reaped before we have their status.
  std::signal(SIGCHLD, SIG_DFL);
  try {
    const int status = cmd::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
    if (status > 128) raise_again(status - 128);
    return status;
  } catch (const std::bad_alloc&) {
    std::fputs("nettool: out of memory\n", stderr);
  } catch (const std::system_error& error) {
    // What the loop itself cannot do without (epoll, signalfd): no descriptors, most likely.
    cmd::Output(cmd::OutputOptions{}).error(net::Error("start", "", error.code(), net::Blame::local));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nettool: internal error: %s\n", error.what());
  }
  return cmd::status_local;
}
