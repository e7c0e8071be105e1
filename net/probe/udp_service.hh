#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "net/base/bytes.hh"

/// The table behind udp_question(); nobody else includes it.
namespace net {

struct UdpService {
  std::uint16_t port;
  std::string_view name;
  Buffer (*question)();        ///< with zeros where the token will stand
  std::size_t token = 0;       ///< its offset
  std::size_t token_size = 0;  ///< 0: answers repeat nothing
};

/// In the order of ports.
[[nodiscard]] std::span<const UdpService> udp_services();

}  // namespace net
