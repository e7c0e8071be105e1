// SOL_RAW (raw(7)): data only.
#include "net/sock/sockopt_tables.hh"

namespace net {

std::span<const SocketOption> raw_options() {
  return {};
}

}  // namespace net
