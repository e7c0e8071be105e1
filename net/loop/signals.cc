#include "net/loop/signals.hh"

#include <sys/signalfd.h>
#include <unistd.h>

#include <system_error>

namespace net {
namespace {

/// Blocks those of `numbers` that are not ignored and opens a descriptor on which they arrive.
Fd open_signalfd(std::initializer_list<int> numbers, sigset_t& before) {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : numbers) {
    struct sigaction current{};
    if (sigaction(number, nullptr, &current) == 0 && current.sa_handler != SIG_IGN) {
      sigaddset(&taken, number);
    }
  }
  sigprocmask(SIG_BLOCK, &taken, &before);
  Fd fd(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd.valid()) throw std::system_error(errno_code(), "signalfd");
  return fd;
}

}  // namespace

Signals::Signals(Reactor& reactor, std::initializer_list<int> numbers)
    : fd_(open_signalfd(numbers, before_)),
      in_(reactor),
      out_(reactor),
      watch_(reactor, fd_.get(), in_, out_) {}

Signals::~Signals() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Task<int> Signals::next() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) != sizeof info) {
    in_.reset();
    co_await in_.wait();
  }
  co_return static_cast<int>(info.ssi_signo);
}

}  // namespace net
