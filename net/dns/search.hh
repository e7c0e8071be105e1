#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "net/dns/config.hh"
#include "net/dns/name.hh"

namespace net::dns {

/// Whether a name is asked for as it is first: it has `ndots` dots, or a final one.
[[nodiscard]] bool begins_as_it_is(std::string_view text, const ResolverConfig& config);

/// The names to ask for in turn, as resolv.conf(5) has it: a name with at least `ndots` dots first as it is,
/// then below each domain of the search list; one with fewer dots the other way round; one with a final dot
/// only as it is. As in glibc, a domain that makes no name with this one ends the list (`a..b`, or one that is
/// too long), and a dot before a domain does not matter.
[[nodiscard]] Parsed<std::vector<Name>> search_names(std::string_view text, const ResolverConfig& config);

/// True when a resolver goes on with the next name after a reply with this rcode: NXDOMAIN, SERVFAIL, and
/// NOERROR without data; after any for the first name when that `begins_as_it_is`. That is how glibc's
/// res_search does it.
[[nodiscard]] bool search_goes_on(std::uint16_t rcode, bool as_it_is);

}  // namespace net::dns
