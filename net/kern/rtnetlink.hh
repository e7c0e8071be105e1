#pragma once

#include <optional>
#include <vector>

#include "net/kern/ifaces.hh"

struct nlmsghdr;

/// Messages of rtnetlink(7), decoded. What is too short for its type, or of a family other than IP, is
/// nothing; attributes that are malformed count as absent.
namespace net::kern {

/// RTM_NEWLINK, without addresses and routes.
[[nodiscard]] std::optional<Interface> decode_link(const nlmsghdr& message);
/// RTM_NEWADDR.
[[nodiscard]] std::optional<InterfaceAddress> decode_address(const nlmsghdr& message);
/// RTM_NEWROUTE; empty unless it is a default route of the main table that leads out.
[[nodiscard]] std::vector<DefaultRoute> decode_default_route(const nlmsghdr& message);

}  // namespace net::kern
