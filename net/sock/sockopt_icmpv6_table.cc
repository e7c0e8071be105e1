// IPPROTO_ICMPV6 (RFC 3542): data only.
#include "net/sock/sockopt_tables.hh"

namespace net {

std::span<const SocketOption> icmpv6_options() {
  return {};
}

}  // namespace net
