#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "net/addr/ip_prefix.hh"

namespace net {

/// A row of IANA's IPv4 or IPv6 Special-Purpose Address Registry. Multicast is not in them: ip_kind.hh tells
/// it.
struct SpecialPurpose {
  IpPrefix prefix;
  std::string_view name;       ///< as the registry has it: "Private-Use"
  std::string_view words;      ///< in running text: "private use"
  std::string_view rfc;        ///< "RFC 1918"; several with a comma
  std::optional<bool> global;  ///< globally reachable; nothing where the registry says N/A
};

/// The row with the longest prefix that contains the address, or nullptr.
[[nodiscard]] const SpecialPurpose* special_purpose(const IpAddress& address);
/// The same for all addresses of a network.
[[nodiscard]] const SpecialPurpose* special_purpose(const IpPrefix& network);

/// Both registries: IPv4 first, longer prefixes before the shorter ones that contain them.
[[nodiscard]] std::span<const SpecialPurpose> special_purpose_registry();

}  // namespace net
