#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <system_error>

#include "net/base/fd.hh"
#include "net/loop/event.hh"
#include "net/loop/reactor.hh"

namespace net {

/// Thousands of descriptors that one task looks after, each known by a number: an epoll(7) instance of its
/// own, which the Reactor watches as one descriptor. Edge-triggered like a Watch: read or write until EAGAIN.
class ReadySet {
 public:
  explicit ReadySet(Reactor& reactor);

  /// Watches `fd` for reading and writing, until it is closed.
  [[nodiscard]] std::error_code add(int fd, std::uint32_t number);
  /// The numbers of some that became ready, each once; none when all were told: then ready() is reset. They
  /// are valid until the next call. A number may be that of a descriptor that was closed meanwhile.
  [[nodiscard]] std::span<const std::uint32_t> take();
  /// Set while take() may have more.
  [[nodiscard]] Event& ready() { return in_; }

 private:
  Fd epoll_;
  Event in_;
  Event out_;
  Watch watch_;
  std::array<std::uint32_t, 256> numbers_{};
};

}  // namespace net
