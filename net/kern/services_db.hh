#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net::kern {

/// The port of a service by name or alias (getservbyname(3)), in host order; `protocol` is "tcp" or "udp".
[[nodiscard]] std::optional<std::uint16_t> service_port(std::string_view name, std::string_view protocol);

/// A service as the services database (services(5)) has it.
struct Service {
  std::string name;
  std::vector<std::string> aliases;
  friend bool operator==(const Service&, const Service&) = default;
};

/// The service of a port by its official name (getservbyport(3)).
[[nodiscard]] std::optional<Service> service_of_port(std::uint16_t port, std::string_view protocol);

/// All services by port and protocol, read in one go (getservent(3)): for many ports, as every
/// service_of_port reads the whole file anew. Of several entries for one port the first counts, as there.
using ServiceMap = std::map<std::pair<std::uint16_t, std::string>, Service>;
[[nodiscard]] ServiceMap all_services();

}  // namespace net::kern
