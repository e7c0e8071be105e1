#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/addr/ip_address.hh"

namespace net {

/// The class that an IPv4 address had before CIDR (RFC 791 and 1112; RFC 4632 did away with them).
struct Ipv4Class {
  char letter;             ///< 'A' to 'E'
  std::string_view bits;   ///< the leading bits that tell it: "110"
  int network_octets;      ///< 1 to 3; 0 for D and E, which have neither network nor host part
  std::string_view words;  ///< "unicast", "multicast", "reserved"

  [[nodiscard]] bool has_hosts() const { return network_octets != 0; }
  /// 8, 16 or 24; nothing for D and E.
  [[nodiscard]] std::optional<int> default_length() const;
  /// "192.168.10" of 192.168.10.20; empty for D and E.
  [[nodiscard]] std::string network_part(const IpAddress& address) const;
  /// "20" of 192.168.10.20; empty for D and E.
  [[nodiscard]] std::string host_part(const IpAddress& address) const;
};

/// Of an IPv4 address.
[[nodiscard]] const Ipv4Class& ipv4_class(const IpAddress& address);

}  // namespace net
