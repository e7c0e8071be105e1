#pragma once

#include <span>
#include <string>

#include "net/base/error.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/error_queue.hh"

/// Why questions bring no response.
namespace net::dns {

/// What an ICMP message about a query to `server` means, and whose "no" it is.
[[nodiscard]] Error icmp_error(const IcmpReport& report, std::string subject, const Endpoint& server);

/// Of at least one: somebody's "no" before silence, and silence before this host's own reasons.
[[nodiscard]] const Error& most_telling(std::span<const Error> failures);

}  // namespace net::dns
