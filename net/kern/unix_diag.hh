#pragma once

#include <vector>

#include "net/kern/sock_diag.hh"

namespace net::kern {

/// A Unix socket, and of which type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.
struct UnixSocket {
  SocketEntry entry;
  int type = 0;
};

/// The Unix sockets of this host that match the query, whose protocols are not looked at. The kernel has no
/// filter for them but the state.
[[nodiscard]] Result<std::vector<UnixSocket>> list_unix_sockets(const SocketQuery& query);

}  // namespace net::kern
