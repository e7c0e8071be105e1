#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "net/addr/ip_prefix.hh"
#include "net/addr/mac_address.hh"

namespace net {

/// An IPv4 address within an IPv6 address.
struct EmbeddedIpv4 {
  IpAddress address;
  std::string_view how;  ///< "IPv4-mapped", "6to4", "Teredo client", "NAT64", "ISATAP interface identifier"
  std::string_view source;  ///< "RFC 4291"
};

/// By the prefix; by the interface identifier where that is ISATAP's. Nothing for :: and ::1, nor in
/// 64:ff9b:1::/48, where only the translator's own prefix tells which bits it is: see nat64_embedded().
[[nodiscard]] std::optional<EmbeddedIpv4> embedded_ipv4(const IpAddress& address);

/// 2002::/16 (RFC 3056).
struct SixToFour {
  IpAddress router;
  std::uint16_t subnet;
};
[[nodiscard]] std::optional<SixToFour> six_to_four(const IpAddress& address);

/// 2001::/32 (RFC 4380), with port and client turned back.
struct Teredo {
  IpAddress server;
  std::uint16_t flags;
  bool cone;  ///< the highest flag: behind a cone NAT (always zero since RFC 5991)
  IpAddress client;
  std::uint16_t port;
};
[[nodiscard]] std::optional<Teredo> teredo(const IpAddress& address);

/// fc00::/7 (RFC 4193).
struct UniqueLocal {
  bool locally_assigned;    ///< fd00::/8; fc00::/8 is not defined
  std::uint64_t global_id;  ///< 40 bits
  std::uint16_t subnet;
};
[[nodiscard]] std::optional<UniqueLocal> unique_local(const IpAddress& address);

/// The MAC from which its interface identifier was made, where ff:fe says so. Nothing for multicast, Teredo,
/// and whatever has an IPv4 address in its last 32 bits.
[[nodiscard]] std::optional<MacAddress> embedded_mac(const IpAddress& address);

}  // namespace net
