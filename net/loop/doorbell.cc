#include "net/loop/doorbell.hh"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <system_error>

#include "net/base/error.hh"

namespace net {
namespace {

Fd open_eventfd() {
  Fd fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd.valid()) throw std::system_error(errno_code(), "eventfd");
  return fd;
}

}  // namespace

Doorbell::Doorbell(Reactor& reactor)
    : fd_(open_eventfd()), in_(reactor), out_(reactor), watch_(reactor, fd_.get(), in_, out_) {}

void Doorbell::ring() const {
  const std::uint64_t one = 1;
  // It cannot fail but for a count near 2^64.
  static_cast<void>(::write(fd_.get(), &one, sizeof one));
}

Task<> Doorbell::rung() {
  std::uint64_t count = 0;
  while (::read(fd_.get(), &count, sizeof count) != sizeof count) {
    in_.reset();
    co_await in_.wait();
  }
}

}  // namespace net
