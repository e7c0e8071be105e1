#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/bytes.hh"
#include "net/sock/endpoint.hh"

namespace net {

/// A field of a socket address as the kernel has it in memory.
struct SockaddrField {
  std::size_t offset;
  std::string_view name;  ///< "sin_port"
  Buffer bytes;
  std::string meaning;  ///< "8080, network order"
};

/// The fields of struct sockaddr_in or sockaddr_in6 in their order, without gaps between them; empty for
/// other families.
[[nodiscard]] std::vector<SockaddrField> sockaddr_layout(const Endpoint& endpoint);

/// "sockaddr_in", "sockaddr_in6"; empty for other families.
[[nodiscard]] std::string_view sockaddr_name(const Endpoint& endpoint);

}  // namespace net
