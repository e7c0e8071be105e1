#include "net/stream/splice.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace net {
namespace {

// What a pipe holds at most without privileges (pipe(7), pipe-max-size); larger moves gain nothing.
constexpr std::size_t chunk = std::size_t{1} << 20U;
constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

bool polls(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace

std::optional<Splice> Splice::between(SpliceEnd from, SpliceEnd to) {
  if (from.kind == SpliceKind::none || from.kind == SpliceKind::sink || to.kind == SpliceKind::none) {
    return std::nullopt;
  }
  if (from.kind == SpliceKind::pipe || to.kind == SpliceKind::pipe) return Splice(from, to, Way::direct);
  if (from.kind == SpliceKind::file && to.kind == SpliceKind::socket) return Splice(from, to, Way::sendfile);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) < 0) return std::nullopt;
  Splice through(from, to, Way::through_pipe);
  through.pipe_read_ = Fd(ends[0]);
  through.pipe_write_ = Fd(ends[1]);
  // Refused beyond the user's share of pipe pages: a smaller pipe works as well.
  fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(chunk));
  return through;
}

Splice::Step Splice::failed(bool reading) const {
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return {Outcome::unsupported};
  return {reading ? Outcome::read_failed : Outcome::write_failed, 0, errno_code()};
}

Splice::Step Splice::direct() {
  for (;;) {
    const ssize_t moved = way_ == Way::sendfile ? ::sendfile(to_.fd, from_.fd, nullptr, chunk)
                                                : ::splice(from_.fd, nullptr, to_.fd, nullptr, chunk, flags);
    if (moved > 0) return {Outcome::moved, static_cast<std::size_t>(moved)};
    if (moved == 0) return {Outcome::end};
    if (errno == EINTR) continue;
    // From a socket to a pipe, only EPIPE is the pipe's; towards a socket everything is the socket's.
    if (errno != EAGAIN) return failed(from_.kind == SpliceKind::socket && errno != EPIPE);
    if (way_ == Way::sendfile) return {Outcome::output_full};
    // EAGAIN does not say which end has to wait.
    if (!polls(to_.fd, POLLOUT)) return {Outcome::output_full};
    if (!polls(from_.fd, POLLIN)) return {Outcome::input_empty};
  }
}

Splice::Step Splice::fill_pipe() {
  ssize_t got = 0;
  do {
    got = ::splice(from_.fd, nullptr, pipe_write_.get(), nullptr, chunk, flags);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {Outcome::end};
  if (got < 0) return errno == EAGAIN ? Step{Outcome::input_empty} : failed(true);
  held_ = static_cast<std::size_t>(got);
  return {Outcome::moved};
}

Splice::Step Splice::drain_pipe() {
  ssize_t put = 0;
  do {
    put = ::splice(pipe_read_.get(), nullptr, to_.fd, nullptr, held_, flags);
  } while (put < 0 && errno == EINTR);
  if (put < 0) return errno == EAGAIN ? Step{Outcome::output_full} : failed(false);
  held_ -= static_cast<std::size_t>(put);
  return {Outcome::moved, static_cast<std::size_t>(put)};
}

Splice::Step Splice::step() {
  if (way_ != Way::through_pipe) return direct();
  if (held_ == 0) {
    const Step filled = fill_pipe();
    if (filled.outcome != Outcome::moved) return filled;
  }
  return drain_pipe();
}

Io Splice::take_held(std::span<std::byte> into) {
  const ssize_t got = ::read(pipe_read_.get(), into.data(), std::min(into.size(), held_));
  if (got < 0) return std::unexpected(errno_code());
  held_ -= static_cast<std::size_t>(got);
  return static_cast<std::size_t>(got);
}

}  // namespace net
