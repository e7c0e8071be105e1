#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace net::kern {

/// The number that a sysctl ("net.ipv4.ip_unprivileged_port_start") has now.
[[nodiscard]] std::optional<std::int64_t> sysctl_number(std::string_view name);

}  // namespace net::kern
