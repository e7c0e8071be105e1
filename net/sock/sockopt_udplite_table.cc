// IPPROTO_UDPLITE (udplite(7)): data only.
#include "net/sock/sockopt_tables.hh"

namespace net {

std::span<const SocketOption> udplite_options() {
  return {};
}

}  // namespace net
