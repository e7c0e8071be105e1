#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "net/base/parse.hh"

namespace net::kern {

/// Ports from `first` to `last`, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = UINT16_MAX;

  [[nodiscard]] bool contains(std::uint16_t port) const { return first <= port && port <= last; }
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// What this network namespace does with its ports (ip-sysctl): by default as the kernel has it.
struct PortPolicy {
  std::uint32_t unprivileged_start = 1024;  ///< net.ipv4.ip_unprivileged_port_start; 65536 for none
  PortRange ephemeral{32768, 60999};        ///< net.ipv4.ip_local_port_range: where bind(2) of port 0 looks
  std::vector<PortRange> reserved{};        ///< net.ipv4.ip_local_reserved_ports: where it does not

  /// Binding it takes CAP_NET_BIND_SERVICE.
  [[nodiscard]] bool is_privileged(std::uint16_t port) const;
  [[nodiscard]] bool is_ephemeral(std::uint16_t port) const { return ephemeral.contains(port); }
  [[nodiscard]] bool is_reserved(std::uint16_t port) const;
};

/// The policy now. A sysctl that cannot be read leaves the default.
[[nodiscard]] PortPolicy port_policy();

/// "32768\t60999".
[[nodiscard]] Parsed<PortRange> parse_port_pair(std::string_view text);

/// "8080,9000-9010", or nothing at all.
[[nodiscard]] Parsed<std::vector<PortRange>> parse_port_ranges(std::string_view text);

}  // namespace net::kern
