#pragma once

#include <optional>
#include <vector>

#include "net/sock/endpoint.hh"

namespace net {

/// Destinations in the order in which to try them (RFC 6724, section 6): what cannot be reached last, then by
/// matching scope, label and precedence of the policy table, and longest matching prefix for IPv6; ties keep
/// their order. The source address of each is asked of the kernel by connecting a UDP socket, which sends
/// nothing.
[[nodiscard]] std::vector<Endpoint> order_destinations(std::vector<Endpoint> destinations);

/// The same with the source addresses given: `sources[i]` belongs to `destinations[i]`, nothing means
/// unreachable.
[[nodiscard]] std::vector<Endpoint> order_destinations(const std::vector<Endpoint>& destinations,
                                                       const std::vector<std::optional<Endpoint>>& sources);

/// Families in turn (RFC 8305, section 4), beginning with the first's, or with the other one than
/// `last_tried` where an address of that family was tried just before; order within a family is kept.
[[nodiscard]] std::vector<Endpoint> interleave_families(const std::vector<Endpoint>& ordered,
                                                        int last_tried = AF_UNSPEC);

}  // namespace net
