#pragma once

#include <optional>
#include <string_view>

#include "net/addr/ip_prefix.hh"

namespace net {

/// What an address is for.
struct AddressKind {
  IpPrefix prefix;          ///< the block that says so
  std::string_view words;   ///< "private use", "multicast, source-specific", "global unicast"
  std::string_view source;  ///< "RFC 1918"
};

/// The longest block that contains it, of IANA's special-purpose registries and of what they leave out:
/// multicast, site-local, IPv4-compatible, what is ordinary and what is not assigned.
[[nodiscard]] const AddressKind& address_kind(const IpAddress& address);
/// The longest block that contains all of a network. Smaller ones in it may be of other kinds: see
/// is_mixed().
[[nodiscard]] const AddressKind& address_kind(const IpPrefix& network);
[[nodiscard]] bool is_mixed(const IpPrefix& network);

/// How far it means the same: "host", "link-local", "global" (RFC 4007; RFC 2365 and 6724 for IPv4). Nothing
/// for the unspecified address.
[[nodiscard]] std::optional<std::string_view> scope_words(const IpAddress& address);

/// A multicast group that everybody knows: "all routers", "mDNS"; empty for others.
[[nodiscard]] std::string_view group_name(const IpAddress& address);

}  // namespace net
