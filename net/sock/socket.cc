#include "net/sock/socket.hh"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace net {

std::string_view Transport::name() const {
  if (!unix_domain && type == SOCK_DGRAM) return protocol == IPPROTO_UDPLITE ? "udplite" : "udp";
  if (!unix_domain) return protocol == mptcp_protocol ? "mptcp" : "tcp";
  if (type == SOCK_DGRAM) return "unix-dgram";
  return type == SOCK_SEQPACKET ? "unix-seqpacket" : "unix";
}

std::string subject_text(const Endpoint& endpoint, Transport transport) {
  if (endpoint.is_unix()) return endpoint.text();
  return endpoint.text() + "/" + std::string(transport.name());
}

Result<Socket> Socket::open(int family, int type, int protocol) {
  Fd fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return fail("socket");
  return Socket(std::move(fd));
}

Result<Socket> Socket::adopt(Fd fd, int family, int type) {
  int is_family = 0;
  int is_type = 0;
  socklen_t length = sizeof(int);
  if (getsockopt(fd.get(), SOL_SOCKET, SO_DOMAIN, &is_family, &length) < 0 ||
      getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &is_type, &length) < 0) {
    return fail("adopt");
  }
  if (is_family != family || is_type != type) return fail("adopt", {}, errno_code(EPROTOTYPE));
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0 ||
      fcntl(fd.get(), F_SETFD, FD_CLOEXEC) < 0) {
    return fail("adopt");
  }
  return Socket(std::move(fd));
}

Result<void> Socket::bind(const Endpoint& address) const {
  if (::bind(fd(), address.data(), address.size()) < 0) return fail("bind", address.text());
  return {};
}

Result<bool> Socket::connect(const Endpoint& address) const {
  if (::connect(fd(), address.data(), address.size()) == 0) return true;
  // Interrupted, it goes on by itself, as EINPROGRESS says of a non-blocking one.
  if (errno == EINPROGRESS || errno == EINTR) return false;
  return fail("connect", address.text());
}

Result<void> Socket::listen(int backlog) const {
  if (::listen(fd(), backlog) < 0) return fail("listen", local().text());
  return {};
}

std::expected<Socket, std::error_code> Socket::accept(Endpoint& peer) const {
  sockaddr_storage storage{};
  for (;;) {
    socklen_t length = sizeof storage;
    Fd client(accept4(fd(), reinterpret_cast<sockaddr*>(&storage), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.valid()) {
      peer = Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&storage), length);
      return Socket(std::move(client));
    }
    // A client that reset before it was accepted is no business of the next one (accept(2)).
    if (errno != EINTR && errno != ECONNABORTED) return std::unexpected(errno_code());
  }
}

std::error_code Socket::shutdown(int how) const {
  return ::shutdown(fd(), how) < 0 ? errno_code() : std::error_code{};
}

std::error_code Socket::take_error() const {
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &value, &length) < 0) return errno_code();
  return value == 0 ? std::error_code{} : errno_code(value);
}

Endpoint Socket::local() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd(), reinterpret_cast<sockaddr*>(&storage), &length) < 0) return {};
  return Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&storage), length);
}

Endpoint Socket::peer() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getpeername(fd(), reinterpret_cast<sockaddr*>(&storage), &length) < 0) return {};
  return Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&storage), length);
}

Result<void> Socket::set_int(int level, int name, int value, std::string_view what) const {
  if (setsockopt(fd(), level, name, &value, sizeof value) < 0) return fail("setsockopt", std::string(what));
  return {};
}

Result<void> Socket::bind_to_device(std::string_view interface) const {
  if (setsockopt(fd(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                 static_cast<socklen_t>(interface.size())) < 0) {
    return fail("bind to interface", std::string(interface));
  }
  return {};
}

}  // namespace net
