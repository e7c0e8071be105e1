#pragma once

#include <cstdint>

#include "net/sock/fresh_socket.hh"

namespace net {

/// How far a socket has come, as far as its options care. One that nothing is known of has come nowhere.
struct SocketStage {
  SocketKind kind{};
  bool bound = false;  ///< it has a name: a port, an address, a path
  bool listening = false;
  bool connected = false;
  bool connected_since = false;     ///< it had no peer then, and has one now
  std::int64_t receive_buffer = 0;  ///< SO_RCVBUF where it was set by hand (SO_BUF_LOCK), else 0

  [[nodiscard]] bool known() const { return kind.family != 0; }
  /// As it was when it was new.
  [[nodiscard]] SocketStage before_all() const;
};

/// Asks the kernel, and changes nothing.
[[nodiscard]] SocketStage socket_stage(int fd);

}  // namespace net
