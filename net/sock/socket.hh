#pragma once

#include <string>
#include <string_view>

#include "net/base/error.hh"
#include "net/base/fd.hh"
#include "net/sock/endpoint.hh"

namespace net {

/// IPPROTO_MPTCP, which is not in every libc.
inline constexpr int mptcp_protocol = 262;

/// Which kind of conversation: TCP, UDP, or one of the three Unix ones.
struct Transport {
  bool unix_domain = false;
  int type = SOCK_STREAM;
  int protocol = 0;  ///< of an IP socket: 0 for the usual one of its type, else IPPROTO_MPTCP or UDP-Lite

  /// "tcp", "udp", "mptcp", "udplite", "unix", "unix-dgram", "unix-seqpacket".
  [[nodiscard]] std::string_view name() const;
  /// True where one write is one message (UDP, Unix datagrams and seqpacket).
  [[nodiscard]] bool keeps_boundaries() const { return type != SOCK_STREAM; }
  /// True where there is a connection, and so an end of it.
  [[nodiscard]] bool has_connection() const { return type != SOCK_DGRAM; }
};

/// "192.0.2.1:80/tcp", or a Unix path alone: how a failure names what it concerns.
[[nodiscard]] std::string subject_text(const Endpoint& endpoint, Transport transport);

/// A socket, and the system calls on it as verbs. Always non-blocking and close-on-exec.
class Socket {
 public:
  /// socket(2).
  static Result<Socket> open(int family, int type, int protocol = 0);
  /// Takes over a descriptor that came from elsewhere, if it is a socket of that family and type; sets
  /// O_NONBLOCK, which a shared open file description shows to its other holders.
  static Result<Socket> adopt(Fd fd, int family, int type);

  /// bind(2). EADDRINUSE and EADDRNOTAVAIL name the address.
  [[nodiscard]] Result<void> bind(const Endpoint& address) const;
  /// connect(2) as far as it goes at once: true when connected, false when it goes on (wait for writability,
  /// then take_error()).
  [[nodiscard]] Result<bool> connect(const Endpoint& address) const;
  [[nodiscard]] Result<void> listen(int backlog) const;
  /// accept4(2); the error code says would_block when nobody waits.
  [[nodiscard]] std::expected<Socket, std::error_code> accept(Endpoint& peer) const;
  /// shutdown(2) with SHUT_RD, SHUT_WR or SHUT_RDWR.
  [[nodiscard]] std::error_code shutdown(int how) const;
  /// SO_ERROR, which reading clears.
  [[nodiscard]] std::error_code take_error() const;

  [[nodiscard]] Endpoint local() const;
  /// The peer, or no address when not connected.
  [[nodiscard]] Endpoint peer() const;

  /// An option whose value is an int, for the few that the core itself needs; all others go through the
  /// option table.
  [[nodiscard]] Result<void> set_int(int level, int name, int value, std::string_view what) const;
  /// SO_BINDTODEVICE.
  [[nodiscard]] Result<void> bind_to_device(std::string_view interface) const;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] Fd release() && { return std::move(fd_); }

 private:
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace net
