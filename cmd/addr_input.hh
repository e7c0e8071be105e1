#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/addr/ip_address.hh"
#include "net/addr/ip_prefix.hh"
#include "net/addr/ip_range.hh"
#include "net/addr/legacy_ipv4.hh"
#include "net/addr/mac_address.hh"
#include "net/base/parse.hh"

namespace cmd {

/// One input of addr, read.
struct AddrInput {
  std::variant<net::IpAddress, net::IpPrefix, net::IpRange, net::MacAddress> what{};
  std::string zone{};  ///< of an IPv6 address, what stood behind %
  /// With --legacy: both readings of an IPv4 address, where they differ.
  std::optional<net::LegacyIpv4> readings{};

  /// The address, alone or before its prefix length; nullptr for ranges and MAC addresses.
  [[nodiscard]] const net::IpAddress* address() const;
  /// All addresses that it stands for: of a prefix its network. Nothing for MAC addresses.
  [[nodiscard]] std::optional<net::IpRange> range() const;
};

/// ADDRESS[%ZONE][/LENGTH|/MASK], FIRST-LAST or a MAC address; why the text is none, with the bad part, and
/// what --legacy would make of it. Eight groups of two digits with colons are an IPv6 address.
[[nodiscard]] net::Parsed<AddrInput> parse_addr_input(std::string_view text, bool legacy);

}  // namespace cmd
