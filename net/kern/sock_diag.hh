#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "net/base/error.hh"
#include "net/sock/socket.hh"

namespace net::kern {

/// TCP states as the kernel numbers them (include/net/tcp_states.h); UDP sockets are `established` or
/// `close`.
enum class SocketState : std::uint8_t {
  established = 1,
  time_wait = 6,
  close = 7,  ///< for TCP: bound and neither listening nor connected
  listen = 10,
};

/// One socket of this host as sock_diag(7) tells it.
struct SocketEntry {
  Endpoint local;
  SocketState state = SocketState::close;
  std::uint64_t inode = 0;  ///< 0 when no process holds it (TIME_WAIT)
  uid_t uid = 0;
};

/// Every TCP or UDP socket whose local port is `port`, TIME_WAIT and (kernel 6.8 on) bound-only ones
/// included.
[[nodiscard]] Result<std::vector<SocketEntry>> sockets_on_port(Transport transport, std::uint16_t port);

/// The Unix sockets bound to a path or abstract name.
[[nodiscard]] Result<std::vector<SocketEntry>> sockets_on_path(const Endpoint& path);

}  // namespace net::kern
