#pragma once

#include "net/base/error.hh"
#include "net/base/fd.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_read.hh"

namespace net {

/// What a descriptor says of its socket, read in a few system calls.
struct SocketFacts {
  SocketKind kind{};
  Endpoint local{};  ///< no address for families that Endpoint does not know
  Endpoint peer{};   ///< no address when there is none
  /// As the kernel numbers TCP's (kern::SocketState has names); of others LISTEN, ESTABLISHED or CLOSE.
  std::uint8_t state = 0;
  bool bound = false;  ///< it has a name: a port, an address, a path
  bool listening = false;
  bool connected = false;
  bool used = false;               ///< TCP: segments were sent or received, whatever it is now
  std::uint32_t buffer_lock = 0;   ///< SO_BUF_LOCK: which buffers were set by hand
  std::uint64_t netns_cookie = 0;  ///< SO_NETNS_COOKIE: which network namespace; 0 before kernel 5.14
};

/// ENOTSOCK for what is no socket.
[[nodiscard]] Result<SocketFacts> socket_facts(int fd);

/// A socket that nobody has touched, of the same kind and in the same role as another one: what its options
/// would be by themselves. Listening and connected ones live on loopback, or are plain ones where there is no
/// loopback. `netns` is a descriptor of the network namespace to make it in (/proc/PID/ns/net), whose sysctls
/// give the defaults; -1, or one that may not be entered, for our own.
struct FreshSocket {
  Fd socket{};
  Fd other{};  ///< the end that keeps it connected
};
[[nodiscard]] Result<FreshSocket> fresh_socket_like(const SocketFacts& facts, int netns = -1);

}  // namespace net
