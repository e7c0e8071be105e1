#include "net/loop/ready_set.hh"

#include <sys/epoll.h>

#include <cerrno>

#include "net/base/error.hh"

namespace net {

ReadySet::ReadySet(Reactor& reactor)
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      in_(reactor),
      out_(reactor),
      watch_(reactor, epoll_.get(), in_, out_) {
  if (!epoll_.valid()) throw std::system_error(errno_code(), "epoll_create1");
}

std::error_code ReadySet::add(int fd, std::uint32_t number) {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  interest.data.u32 = number;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &interest) < 0 ? errno_code() : std::error_code{};
}

std::span<const std::uint32_t> ReadySet::take() {
  std::array<epoll_event, 256> events;  // NOLINT: filled by the kernel
  // Before the kernel is asked: what happens after that sets it again.
  in_.reset();
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  if (count <= 0) {
    if (count < 0 && errno == EINTR) in_.set();
    return {};
  }
  const auto told = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < told; ++i) numbers_.at(i) = events.at(i).data.u32;
  in_.set();
  return std::span(numbers_).first(told);
}

}  // namespace net
