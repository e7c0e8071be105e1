// SOL_MPTCP: data only.
#include "net/sock/sockopt_tables.hh"

namespace net {

std::span<const SocketOption> mptcp_options() {
  return {};
}

}  // namespace net
