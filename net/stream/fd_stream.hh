#pragma once

#include <cstdint>
#include <memory>

#include "net/base/fd.hh"
#include "net/loop/reactor.hh"
#include "net/sock/socket.hh"
#include "net/stream/stream.hh"

namespace net {

/// A Stream over a descriptor.
///
/// Descriptors 0-2 are shared with the shell that started us, so O_NONBLOCK is never set on them: pipes are
/// read and written with RWF_NOWAIT, a terminal through a private re-opening of it, and where neither works
/// at most PIPE_BUF bytes are moved when poll(2) says that they fit.
class FdStream final : public Stream {
 public:
  /// A connected stream socket.
  FdStream(Reactor& reactor, Socket socket);
  /// One of the descriptors that we were started with; it stays open when the stream goes.
  static Result<std::unique_ptr<FdStream>> standard(Reactor& reactor, int fd);
  /// A non-blocking end of a pipe that is nobody else's; it is closed when the stream goes, which is how the
  /// other end learns that no more comes.
  static std::unique_ptr<FdStream> pipe_end(Reactor& reactor, Fd end);

  [[nodiscard]] Io read(std::span<std::byte> into) override;
  [[nodiscard]] Io write(std::span<const std::byte> from) override;
  [[nodiscard]] std::error_code finish() override;
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return watch_.gone(); }
  [[nodiscard]] std::error_code take_error() override;
  [[nodiscard]] SpliceEnd splice_end() const override { return {fd_, splice_}; }
  [[nodiscard]] bool keeps_boundaries() const override { return type_ != SOCK_STREAM; }
  [[nodiscard]] bool has_end() const override { return type_ != SOCK_DGRAM; }

  [[nodiscard]] int fd() const { return fd_; }

 private:
  /// How a read or write is kept from blocking.
  enum class Access : std::uint8_t {
    plain,    ///< the descriptor is non-blocking, or never blocks
    message,  ///< a socket: MSG_DONTWAIT
    nowait,   ///< a pipe: RWF_NOWAIT
    careful,  ///< anything else: poll, then at most PIPE_BUF bytes
  };
  struct Plan {
    Access access = Access::plain;
    SpliceKind splice = SpliceKind::none;
    int type = SOCK_STREAM;  ///< of a socket
    bool terminal = false;
    Fd owned{};  ///< a private re-opening
    int fd = -1;
  };
  FdStream(Reactor& reactor, Plan plan);
  static Plan plan_for(int fd);
  static bool reopen(Plan& plan);

  Io try_read(std::span<std::byte> into);
  Io try_write(std::span<const std::byte> from);
  /// RWF_NOWAIT is not for this descriptor on this kernel: poll from now on.
  bool gives_up_nowait(const std::error_code& code);
  [[nodiscard]] bool polls(short events) const;

  Fd owned_;
  int fd_;
  Access access_;
  SpliceKind splice_;
  int type_;
  bool terminal_;
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
