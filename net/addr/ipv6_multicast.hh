#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "net/addr/ip_prefix.hh"

namespace net {

/// What the bits of an IPv6 multicast address say (RFC 4291, section 2.7).
struct Ipv6Multicast {
  unsigned flags;               ///< the four bits 0RPT
  bool rendezvous;              ///< R: the address of a rendezvous point is in it (RFC 3956)
  bool prefix_based;            ///< P: made from a unicast prefix (RFC 3306)
  bool transient;               ///< T: not assigned by IANA
  bool consistent;              ///< R implies P, P implies T, and the highest bit is zero
  unsigned scope;               ///< 0 to 15
  std::string_view scope_name;  ///< "link-local"; "reserved" and "unassigned" for numbers without a name
  /// The low 112 bits, or the low 32 where prefix_based.
  Uint128 group_id;
  /// Of a prefix-based address; a length of 0 makes it source-specific (RFC 4607). Nothing where the bits
  /// make no prefix (longer than 64).
  std::optional<IpPrefix> prefix;
  std::optional<IpAddress> rendezvous_point;
  /// The low 24 bits of the addresses whose neighbours solicit here (ff02::1:ff00:0/104).
  std::optional<std::uint32_t> solicited;

  [[nodiscard]] bool is_source_specific() const { return prefix && prefix->length == 0 && !rendezvous; }
};

/// Nothing for what is no IPv6 multicast address.
[[nodiscard]] std::optional<Ipv6Multicast> ipv6_multicast(const IpAddress& address);

/// ff02::1:ff with the low 24 bits, where neighbours ask for this address (RFC 4291, section 2.7.1). Nothing
/// for IPv4 and for what no neighbour asks for: multicast, mapped, unspecified and loopback addresses.
[[nodiscard]] std::optional<IpAddress> solicited_node(const IpAddress& address);

}  // namespace net
