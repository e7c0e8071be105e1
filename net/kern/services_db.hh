#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace net::kern {

/// The port of a service by name or alias (getservbyname(3)), in host order; `protocol` is "tcp" or "udp".
[[nodiscard]] std::optional<std::uint16_t> service_port(std::string_view name, std::string_view protocol);

}  // namespace net::kern
