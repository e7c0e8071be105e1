#pragma once

#include <string>

#include "net/base/error.hh"
#include "net/sock/error_queue.hh"

namespace net {

/// What an ICMP message says, in the words of its RFC (792, 1122, 1812; 4443) and its numbers:
/// "communication administratively prohibited (ICMP 3/13)".
[[nodiscard]] std::string icmp_meaning(const IcmpReport& report);

/// True when a packet ran out of hops on its way (ICMP 11/0, ICMPv6 3/0): what traceroute lives on.
[[nodiscard]] bool is_time_exceeded(const IcmpReport& report);

/// True when somebody says that it lets the packet through to nobody by a rule: a filter, a policy, a
/// routing table's "prohibit".
[[nodiscard]] bool is_prohibited(const IcmpReport& report);

/// True when the port is unreachable (ICMP 3/3, ICMPv6 1/4): the host says so, or a filter in its place.
[[nodiscard]] bool is_port_unreachable(const IcmpReport& report);

/// True when the last router got no answer from the host (ICMP 3/1, ICMPv6 1/3).
[[nodiscard]] bool is_host_unreachable(const IcmpReport& report);

/// True when the packet was too big for the next link (ICMP 3/4, ICMPv6 2/0).
[[nodiscard]] bool is_too_big(const IcmpReport& report);

/// Puts into `error`, which an ICMP message brought, whose "no" it is, who said so and what that means.
/// `own_address` is the address that the packets left from: ICMP from there is this host's own word, for
/// nobody answered when it asked for the next hop's link address (ARP, ND).
void blame_icmp(Error& error, const IcmpReport& report, const Endpoint& own_address);

}  // namespace net
