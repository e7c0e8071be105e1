#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

#include "net/base/error.hh"
#include "net/loop/event.hh"
#include "net/sock/error_queue.hh"

namespace net {

/// What splice(2) and sendfile(2) can do with a descriptor.
enum class SpliceKind : std::uint8_t {
  none,    ///< nothing: copy
  pipe,    ///< either end of a pipe
  socket,  ///< a stream socket of ours (non-blocking)
  file,    ///< a regular file
  sink,    ///< takes everything: /dev/null
};

/// A descriptor that bytes may be spliced from or to.
struct SpliceEnd {
  int fd = -1;
  SpliceKind kind = SpliceKind::none;
};

/// Bytes in and bytes out, never blocking: a read or write that has to wait answers would_block and resets
/// in() or out(), which is set again when it is worth another try.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// At most `into.size()` bytes; 0 is the end.
  [[nodiscard]] virtual Io read(std::span<std::byte> into) = 0;
  /// As many bytes as it takes now, at least one.
  [[nodiscard]] virtual Io write(std::span<const std::byte> from) = 0;
  /// Says that no more bytes will come: SHUT_WR of a socket. Reading goes on.
  [[nodiscard]] virtual std::error_code finish() = 0;

  [[nodiscard]] virtual Event& in() = 0;
  [[nodiscard]] virtual Event& out() = 0;
  /// Set once nothing can be written any more because the other side is gone.
  [[nodiscard]] virtual Event& gone() = 0;

  /// The error that the kernel holds for the next call (SO_ERROR), taken; or nothing.
  [[nodiscard]] virtual std::error_code take_error() { return {}; }
  /// The ICMP message that caused the last failure, where the kernel kept it; or nothing.
  [[nodiscard]] virtual std::optional<IcmpReport> failure_report() const { return {}; }

  /// For Pump, which prefers splice to copying when both ends have one.
  [[nodiscard]] virtual SpliceEnd splice_end() const { return {}; }
  /// True where one read and one write is one message, whole or not at all.
  [[nodiscard]] virtual bool keeps_boundaries() const { return false; }
  /// False where a read of 0 bytes is an empty datagram, and there is no end.
  [[nodiscard]] virtual bool has_end() const { return true; }
};

}  // namespace net
