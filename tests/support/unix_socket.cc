#include "tests/support/unix_socket.hh"

#include <poll.h>
#include <sys/un.h>

#include <cerrno>

#include "tests/support/address.hh"

namespace test {
namespace {

Fd new_socket(int type) {
  Fd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!fd.valid()) fail_errno("socket");
  return fd;
}

}  // namespace

UnixServer::UnixServer(const std::string& path, int type, int backlog) : fd_(new_socket(type)), path_(path) {
  Address where = unix_address(path);
  if (bind(fd(), where.raw(), where.length) < 0) fail_errno("bind " + path);
  if (type != SOCK_DGRAM && listen(fd(), backlog) < 0) fail_errno("listen on " + path);
}

Peer UnixServer::accept(Duration timeout) {
  if (!poll_one(fd(), POLLIN, Deadline(timeout))) fail("nobody connected to " + path_);
  Fd accepted(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!accepted.valid()) fail_errno("accept");
  return Peer(std::move(accepted));
}

UnixServer::Message UnixServer::recv(Duration timeout) {
  if (!poll_one(fd(), POLLIN, Deadline(timeout))) fail("nothing came to " + path_);
  Message result;
  result.bytes.resize(262144);
  Address from;
  ssize_t n = recvfrom(fd(), result.bytes.data(), result.bytes.size(), 0, from.raw(), &from.length);
  if (n < 0) fail_errno("receive");
  result.bytes.resize(static_cast<size_t>(n));
  if (from.length > sizeof(sa_family_t)) result.from = from.text();
  return result;
}

void UnixServer::send_to(std::string_view bytes, const std::string& path) {
  Address where = unix_address(path);
  if (sendto(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL, where.raw(), where.length) < 0) {
    fail_errno("send to " + path);
  }
}

Peer connect_unix(const std::string& path, int type, Duration timeout) {
  Fd fd = new_socket(type);
  if (type == SOCK_DGRAM) {
    sa_family_t family = AF_UNIX;  // a family without a path: the kernel chooses the name
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&family), sizeof family) < 0) fail_errno("bind");
  }
  Address where = unix_address(path);
  Deadline deadline(timeout);
  // A full backlog: connect() to a Unix socket blocks, or waits as long as SO_SNDTIMEO says.
  timeval limit = {deadline.poll_ms() / 1000, (deadline.poll_ms() % 1000) * 1000};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0) fail_errno("SO_SNDTIMEO");
  if (connect(fd.get(), where.raw(), where.length) < 0) fail_errno("connect " + path);
  return Peer(std::move(fd));
}

}  // namespace test
