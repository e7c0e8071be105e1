#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net::kern {

/// The text of a sysctl ("net.ipv4.tcp_allowed_congestion_control") without its newline, or nothing when
/// there is none of that name or it cannot be read. A tab between several numbers is kept.
[[nodiscard]] std::optional<std::string> sysctl_text(std::string_view name);

/// The number that a sysctl ("net.ipv4.ip_unprivileged_port_start") has now.
[[nodiscard]] std::optional<std::int64_t> sysctl_number(std::string_view name);

}  // namespace net::kern
