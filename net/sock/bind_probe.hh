#pragma once

#include <cstdint>
#include <system_error>

#include "net/base/error.hh"
#include "net/sock/socket.hh"

namespace net {

/// What bind(2) answers for one address: no error where it succeeds.
struct BindAnswer {
  std::error_code plain{};
  std::error_code reuse{};  ///< with SO_REUSEADDR
  bool untried = false;     ///< `reuse` could not be tried without danger to others, and is taken to fail
};

/// Whether a port of TCP or UDP could be bound at this moment.
struct BindProbe {
  BindAnswer ipv4{};  ///< 0.0.0.0
  BindAnswer ipv6{};  ///< [::], IPv6 alone
  /// All addresses of both families, as `Listener` without an address binds them: [::] for IPv4 too, or
  /// 0.0.0.0 where there is no IPv6.
  BindAnswer both{};
};

/// Binds the port and closes at once, plain and with SO_REUSEADDR. No connection and no datagram of others
/// ever gets to the sockets that it makes: those of TCP do not listen (for one that binds listen(2) succeeds
/// too, unless somebody else comes first), and those of UDP are tied to an interface that does not exist, as
/// otherwise one that shares a port with SO_REUSEADDR would take its datagrams. To the kernel such a socket
/// is in the way of all others but those that are tied to another interface: `tied_sockets` says that the
/// port has such. Then the probe is made as everybody else would, too, but only where the hidden one has just
/// shown that no untied socket is there: those that are tied come before it on their interface, and on others
/// there is nobody. Where tied and untied ones share the port the answer with SO_REUSEADDR is `untried`.
/// EMFILE and the like are a failure.
[[nodiscard]] Result<BindProbe> probe_bind(Transport transport, std::uint16_t port,
                                           bool tied_sockets = false);

}  // namespace net
