#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "net/base/parse.hh"
#include "net/kern/port_policy.hh"
#include "net/sock/socket.hh"

namespace cmd {

inline constexpr net::Transport tcp{};
inline constexpr net::Transport udp{false, SOCK_DGRAM};

/// Ports of one protocol that were named together.
struct PortSpan {
  net::Transport transport{};
  net::kern::PortRange ports{};
};

/// The port of a service over "tcp" or "udp", or nothing.
using PortOfService =
    std::function<std::optional<std::uint16_t>(std::string_view name, std::string_view protocol)>;

/// PORT, SERVICE, RANGE or a LIST of them, and /tcp or /udp behind it for all of it: what it names, in its
/// order. Without a protocol a number is both, TCP first, and a name those that have it. The complaint names
/// the part of a list that is wrong.
[[nodiscard]] net::Parsed<std::vector<PortSpan>> parse_port_word(std::string_view word,
                                                                 const PortOfService& service);

}  // namespace cmd
