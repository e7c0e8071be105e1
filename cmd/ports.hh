#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "net/base/parse.hh"
#include "net/kern/port_policy.hh"

/// Lists of ports, as `port` and the scan of `connect` take them.
namespace cmd {

/// A number or a range of numbers: "22", "8000-8010". Nothing for what does not begin as one, and for names
/// of services that look so (RFC 6335, 5.1).
[[nodiscard]] std::optional<net::Parsed<net::kern::PortRange>> port_numbers(
    std::string_view text, const std::function<bool(std::string_view name)>& is_service);

/// Hands each part of a list to `take`, which answers why it is none; that complaint then names the part.
[[nodiscard]] net::Parsed<void> each_of_list(
    std::string_view list, const std::function<net::Parsed<void>(std::string_view part)>& take);

/// PORT, SERVICE, RANGE or a LIST of them, of one protocol: in its order, each port once.
[[nodiscard]] net::Parsed<std::vector<net::kern::PortRange>> parse_port_list(
    std::string_view list, const net::ServiceLookup& service);

}  // namespace cmd
