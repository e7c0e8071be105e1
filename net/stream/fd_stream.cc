#include "net/stream/fd_stream.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <string>

namespace net {
namespace {

Io io_result(ssize_t moved) {
  if (moved < 0) return std::unexpected(errno_code());
  return static_cast<std::size_t>(moved);
}

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

}  // namespace

FdStream::FdStream(Reactor& reactor, Socket socket)
    : owned_(std::move(socket).release()),
      fd_(owned_.get()),
      access_(Access::message),
      splice_(SpliceKind::socket),
      type_(SOCK_STREAM),
      terminal_(false),
      in_(reactor),
      out_(reactor),
      watch_(reactor, fd_, in_, out_) {}

FdStream::FdStream(Reactor& reactor, Plan plan)
    : owned_(std::move(plan.owned)),
      fd_(plan.fd),
      access_(plan.access),
      splice_(plan.splice),
      type_(plan.type),
      terminal_(plan.terminal),
      in_(reactor),
      out_(reactor),
      watch_(reactor, fd_, in_, out_) {}

bool FdStream::reopen(Plan& plan) {
  const std::string path = "/proc/self/fd/" + std::to_string(plan.fd);
  const int mode = fcntl(plan.fd, F_GETFL) & O_ACCMODE;
  Fd copy(::open(path.c_str(), mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!copy.valid()) return false;
  plan.fd = copy.get();
  plan.owned = std::move(copy);
  return true;
}

FdStream::Plan FdStream::plan_for(int fd) {
  Plan plan;
  plan.fd = fd;
  struct stat status{};
  if (fstat(fd, &status) < 0) return plan;
  if (S_ISFIFO(status.st_mode)) {
    plan.access = Access::nowait;
    plan.splice = SpliceKind::pipe;
  } else if (S_ISSOCK(status.st_mode)) {
    socklen_t length = sizeof plan.type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &plan.type, &length);
    plan.access = Access::message;
  } else if (S_ISREG(status.st_mode)) {
    plan.splice = SpliceKind::file;
  } else if (is_null_device(status)) {
    plan.splice = SpliceKind::sink;
  } else if (S_ISCHR(status.st_mode)) {
    plan.terminal = isatty(fd) != 0;
    // Devices that epoll refuses never block for long; the others, terminals first, must not be waited in.
    // Opening /dev/ptmx again makes another pair instead.
    if (status.st_rdev == makedev(5, 2) || !reopen(plan)) plan.access = Access::careful;
  }
  return plan;
}

Result<std::unique_ptr<FdStream>> FdStream::standard(Reactor& reactor, int fd) {
  std::unique_ptr<FdStream> stream(new FdStream(reactor, plan_for(fd)));
  // EPERM: always ready. Anything else (out of memory, too many watches) would make us spin.
  const std::error_code error = stream->watch_.error();
  if (error && error.value() != EPERM) return fail("watch", "descriptor " + std::to_string(fd), error);
  return stream;
}

std::unique_ptr<FdStream> FdStream::pipe_end(Reactor& reactor, Fd end) {
  Plan plan;
  plan.splice = SpliceKind::pipe;
  plan.fd = end.get();
  plan.owned = std::move(end);
  return std::unique_ptr<FdStream>(new FdStream(reactor, std::move(plan)));
}

bool FdStream::polls(short events) const {
  pollfd entry{fd_, events, 0};
  return ::poll(&entry, 1, 0) > 0;
}

bool FdStream::gives_up_nowait(const std::error_code& code) {
  if (access_ != Access::nowait || code.value() != EOPNOTSUPP) return false;
  access_ = Access::careful;
  return true;
}

Io FdStream::try_read(std::span<std::byte> into) {
  iovec part{into.data(), into.size()};
  switch (access_) {
    case Access::message:
      return io_result(recv(fd_, into.data(), into.size(), MSG_DONTWAIT));
    case Access::nowait:
      return io_result(preadv2(fd_, &part, 1, -1, RWF_NOWAIT));
    case Access::careful:
      if (!polls(POLLIN)) return std::unexpected(errno_code(EAGAIN));
      return io_result(::read(fd_, into.data(), into.size()));
    case Access::plain:
      break;
  }
  return io_result(::read(fd_, into.data(), into.size()));
}

Io FdStream::try_write(std::span<const std::byte> from) {
  iovec part{const_cast<std::byte*>(from.data()), from.size()};
  switch (access_) {
    case Access::message:
      return io_result(send(fd_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    case Access::nowait:
      return io_result(pwritev2(fd_, &part, 1, -1, RWF_NOWAIT));
    case Access::careful:
      if (!polls(POLLOUT)) return std::unexpected(errno_code(EAGAIN));
      return io_result(::write(fd_, from.data(), std::min<std::size_t>(from.size(), PIPE_BUF)));
    case Access::plain:
      break;
  }
  return io_result(::write(fd_, from.data(), from.size()));
}

Io FdStream::read(std::span<std::byte> into) {
  for (;;) {
    const Io got = try_read(into);
    if (got) return got;
    if (would_block(got.error())) in_.reset();
    // A terminal whose other side is gone has ended, as a pipe would have.
    if (terminal_ && got.error().value() == EIO) return 0;
    if (got.error().value() != EINTR && !gives_up_nowait(got.error())) return got;
  }
}

Io FdStream::write(std::span<const std::byte> from) {
  for (;;) {
    const Io put = try_write(from);
    if (put) return put;
    if (would_block(put.error())) out_.reset();
    if (put.error().value() != EINTR && !gives_up_nowait(put.error())) return put;
  }
}

std::error_code FdStream::take_error() {
  int value = 0;
  socklen_t length = sizeof value;
  if (access_ != Access::message || getsockopt(fd_, SOL_SOCKET, SO_ERROR, &value, &length) < 0) return {};
  return value == 0 ? std::error_code{} : errno_code(value);
}

std::error_code FdStream::finish() {
  // Descriptors that are not ours stay as they are.
  if (access_ != Access::message || !owned_.valid()) return {};
  return ::shutdown(fd_, SHUT_WR) < 0 ? errno_code() : std::error_code{};
}

}  // namespace net
