#include "tests/support/net.hh"

#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "tests/support/address.hh"

namespace test {
namespace {

Fd new_socket(int family, int type) {
  Fd fd(socket(family, type | SOCK_CLOEXEC, 0));
  if (!fd.valid()) fail_errno("socket");
  return fd;
}

void set_option(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) < 0) fail_errno("setsockopt");
}

void bind_to(const Fd& fd, const std::string& address, std::uint16_t port) {
  // "::" beside a "0.0.0.0" of the same port: each family by itself.
  Address where = ip_address(address, port);
  if (where.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (bind(fd.get(), where.raw(), where.length) < 0)
    fail_errno("bind " + address + " " + std::to_string(port));
}

/// Starts a connection without waiting for it; the errno, or 0.
int start_connect(const Fd& fd, const Address& where) {
  if (connect(fd.get(), where.raw(), where.length) == 0) return 0;
  return errno;
}

int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) fail_errno("SO_ERROR");
  return error;
}

/// Connects within the deadline; 0 or the errno. The socket is left blocking.
int try_connect(Fd& fd, const std::string& address, std::uint16_t port, const Deadline& deadline) {
  Address where = ip_address(address, port);
  fd = new_socket(where.family(), SOCK_STREAM | SOCK_NONBLOCK);
  int error = start_connect(fd, where);
  if (error == EINPROGRESS) {
    if (!poll_one(fd.get(), POLLOUT, deadline)) return ETIMEDOUT;
    error = socket_error(fd.get());
  }
  int off = 0;
  if (ioctl(fd.get(), FIONBIO, &off) < 0) fail_errno("FIONBIO");
  return error;
}

}  // namespace

std::string Peer::local_address() const {
  return test::local_address(fd()).text();
}
std::uint16_t Peer::local_port() const {
  return test::local_address(fd()).port();
}
std::string Peer::peer_address() const {
  return test::peer_address(fd()).text();
}
std::uint16_t Peer::peer_port() const {
  return test::peer_address(fd()).port();
}

void Peer::send_all(std::string_view bytes, Duration timeout) {
  Deadline deadline(timeout);
  size_t size = bytes.size();
  do {  // once even for nothing: an empty datagram
    ssize_t n = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EAGAIN && errno != EINTR) {
      fail_errno("send, after " + std::to_string(size - bytes.size()) + " bytes");
    } else if (!poll_one(fd(), POLLOUT, deadline)) {
      fail("the peer took only " + std::to_string(size - bytes.size()) + " of " + std::to_string(size) +
           " bytes");
    }
  } while (!bytes.empty());
}

std::string Peer::recv_some(Duration timeout) {
  if (!poll_one(fd(), POLLIN, Deadline(timeout))) fail("the peer sent nothing");
  std::string buffer(262144, '\0');
  ssize_t n = recv(fd(), buffer.data(), buffer.size(), 0);
  if (n < 0) fail_errno("receive");
  buffer.resize(static_cast<size_t>(n));
  return buffer;
}

std::string Peer::recv_exact(size_t bytes, Duration timeout) {
  Deadline deadline(timeout);
  std::string result(bytes, '\0');
  for (size_t done = 0; done < bytes;) {
    std::string so_far = " after " + std::to_string(done) + " of " + std::to_string(bytes) + " bytes";
    if (!poll_one(fd(), POLLIN, deadline)) fail("the peer stalled" + so_far);
    ssize_t n = recv(fd(), result.data() + done, bytes - done, 0);
    if (n < 0) fail_errno("receive" + so_far);
    if (n == 0) fail("the peer ended" + so_far);
    done += static_cast<size_t>(n);
  }
  return result;
}

std::string Peer::recv_until(std::string_view text, Duration timeout) {
  Deadline deadline(timeout);
  std::string result;
  while (!result.ends_with(text)) {
    char byte = 0;
    if (!poll_one(fd(), POLLIN, deadline)) fail("the peer stalled after: " + result);
    ssize_t n = recv(fd(), &byte, 1, 0);
    if (n < 0) fail_errno("receive, after: " + result);
    if (n == 0) fail("the peer ended after: " + result);
    result.push_back(byte);
  }
  return result;
}

std::string Peer::recv_until_eof(Duration timeout) {
  Deadline deadline(timeout);
  std::string result;
  for (;;) {
    std::string more;
    try {
      more = recv_some(Duration(deadline.poll_ms()));
    } catch (const std::exception& exception) {
      fail(std::string(exception.what()) + ", after " + std::to_string(result.size()) + " bytes");
    }
    if (more.empty()) return result;
    result += more;
  }
}

bool Peer::ends_by_reset(Duration timeout) {
  Deadline deadline(timeout);
  char buffer[65536];
  for (;;) {
    if (!poll_one(fd(), POLLIN, deadline)) fail("the connection did not end");
    ssize_t n = recv(fd(), buffer, sizeof buffer, 0);
    if (n == 0) return false;
    if (n < 0 && (errno == ECONNRESET || errno == EPIPE)) return true;
    if (n < 0 && errno != EINTR) fail_errno("receive");
  }
}

bool Peer::silent_for(Duration span) {
  return !poll_one(fd(), POLLIN, Deadline(span));
}

void Peer::shutdown_write() {
  if (shutdown(fd(), SHUT_WR) < 0) fail_errno("shutdown");
}

void Peer::reset() {
  linger now = {1, 0};
  if (setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now) < 0) fail_errno("SO_LINGER");
  fd_.close();
}

TcpServer::TcpServer(const std::string& address, Settings settings)
    : fd_(new_socket(ip_address(address, 0).family(), SOCK_STREAM)) {
  set_option(fd(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (settings.receive_buffer > 0) set_option(fd(), SOL_SOCKET, SO_RCVBUF, settings.receive_buffer);
  bind_to(fd_, address, settings.port);
  if (listen(fd(), settings.backlog) < 0) fail_errno("listen");
  port_ = local_address(fd()).port();
}

Peer TcpServer::accept(Duration timeout) {
  if (!poll_one(fd(), POLLIN, Deadline(timeout))) fail("nobody connected");
  Fd accepted(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!accepted.valid()) fail_errno("accept");
  return Peer(std::move(accepted));
}

bool TcpServer::nobody_for(Duration span) {
  return !poll_one(fd(), POLLIN, Deadline(span));
}

Peer connect_tcp(const std::string& address, std::uint16_t port, Duration timeout) {
  Fd fd;
  int error = try_connect(fd, address, port, Deadline(timeout));
  if (error != 0) fail_errno("connect " + address + " " + std::to_string(port), error);
  return Peer(std::move(fd));
}

Peer connect_tcp_soon(const std::string& address, std::uint16_t port, Duration timeout) {
  Deadline deadline(timeout);
  Fd fd;
  wait_until(
      "something listens on " + address + " " + std::to_string(port),
      [&] { return try_connect(fd, address, port, deadline) == 0; }, timeout);
  return Peer(std::move(fd));
}

UdpSocket::UdpSocket(const std::string& address, std::uint16_t port)
    : fd_(new_socket(ip_address(address, 0).family(), SOCK_DGRAM)) {
  bind_to(fd_, address, port);
  port_ = local_address(fd()).port();
}

void UdpSocket::connect(const std::string& address, std::uint16_t port) {
  int error = start_connect(fd_, ip_address(address, port));
  if (error != 0) fail_errno("connect " + address, error);
}

void UdpSocket::send(std::string_view bytes) {
  if (::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) fail_errno("send");
}

void UdpSocket::send_to(std::string_view bytes, const std::string& address, std::uint16_t port) {
  Address where = ip_address(address, port);
  if (sendto(fd(), bytes.data(), bytes.size(), 0, where.raw(), where.length) < 0) {
    fail_errno("send to " + address);
  }
}

Datagram UdpSocket::recv(Duration timeout) {
  if (!poll_one(fd(), POLLIN, Deadline(timeout))) fail("no datagram came");
  Datagram result;
  result.bytes.resize(65536);
  Address from;
  ssize_t n = recvfrom(fd(), result.bytes.data(), result.bytes.size(), 0, from.raw(), &from.length);
  if (n < 0) fail_errno("receive");
  result.bytes.resize(static_cast<size_t>(n));
  result.address = from.text();
  result.port = from.port();
  return result;
}

bool UdpSocket::silent_for(Duration span) {
  return !poll_one(fd(), POLLIN, Deadline(span));
}

std::uint16_t closed_port(int type, const std::string& address) {
  Fd fd = new_socket(ip_address(address, 0).family(), type);
  bind_to(fd, address, 0);
  return local_address(fd.get()).port();
}

SilentPort::SilentPort(const std::string& address) : server_(address, {.backlog = 0}) {
  Address where = ip_address(address, server_.port());
  // Linux takes backlog + 1 clients and drops the SYNs of all others; two that stay unanswered are proof.
  for (int silent = 0; silent < 2;) {
    if (queue_.size() > 64) fail("the listener's queue does not fill");
    Fd client = new_socket(where.family(), SOCK_STREAM | SOCK_NONBLOCK);
    int error = start_connect(client, where);
    if (error != 0 && error != EINPROGRESS) fail_errno("fill the queue", error);
    bool answered = error == 0 || poll_one(client.get(), POLLOUT, Deadline(50ms));
    silent = answered ? 0 : silent + 1;
    if (answered) queue_.push_back(std::move(client));
  }
}

void SilentPort::open() {
  while (!server_.nobody_for(0ms)) server_.accept().close();
  queue_.clear();
}

}  // namespace test
