#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "net/dns/config.hh"
#include "net/dns/name.hh"

namespace net::dns {

/// The names to ask for in turn, as resolv.conf(5) has it: a name with at least `ndots` dots first as it is,
/// then below each domain of the search list; one with fewer dots the other way round; one with a final dot
/// only as it is. Combinations that are too long for a name are left out.
[[nodiscard]] Parsed<std::vector<Name>> search_names(std::string_view text, const ResolverConfig& config);

/// True when a resolver goes on with the next name after a reply with this rcode: NXDOMAIN, SERVFAIL, and
/// NOERROR without data; after any when the name was asked for as it is, before the list. That is how glibc's
/// res_search does it.
[[nodiscard]] bool search_goes_on(std::uint16_t rcode, bool as_it_is);

}  // namespace net::dns
