#pragma once

#include <span>

#include "net/sock/sockopt.hh"

namespace net {

// The rows of each level, in the order of their names; option_table() puts them together and fills in the
// level. Numbers come from the kernel's headers; what those of Debian 12 lack is given by number.

[[nodiscard]] std::span<const SocketOption> socket_options();
[[nodiscard]] std::span<const SocketOption> ip_options();
[[nodiscard]] std::span<const SocketOption> ipv6_options();
[[nodiscard]] std::span<const SocketOption> tcp_options();
[[nodiscard]] std::span<const SocketOption> udp_options();
[[nodiscard]] std::span<const SocketOption> udplite_options();
[[nodiscard]] std::span<const SocketOption> mptcp_options();
[[nodiscard]] std::span<const SocketOption> raw_options();
[[nodiscard]] std::span<const SocketOption> icmpv6_options();

}  // namespace net
