#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace net {

/// The path MTU that the kernel knows of for a connected socket, in bytes (ip(7) IP_MTU, ipv6(7) IPV6_MTU),
/// or nothing for a socket that has none.
[[nodiscard]] std::optional<std::uint32_t> path_mtu(int fd);

/// How many bytes of data fit into one UDP datagram that is not to be fragmented on such a path.
[[nodiscard]] std::size_t udp_payload_limit(std::uint32_t mtu, int family);

}  // namespace net
