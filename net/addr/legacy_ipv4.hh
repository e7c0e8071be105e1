#pragma once

#include <optional>
#include <string_view>

#include "net/addr/ip_address.hh"

namespace net {

/// What the old forms of an IPv4 address mean: "127.1", "0x7f.1", "0177.0.0.1", "2130706433".
struct LegacyIpv4 {
  /// As inet_aton(3) reads it: a part with a leading zero is octal. Nothing where that is no octal number
  /// (08) or too large.
  std::optional<IpAddress> octal;
  /// As programs read it that take the same part for decimal. Nothing where that is too large.
  std::optional<IpAddress> decimal;

  /// One of the two is nothing, or they differ.
  [[nodiscard]] bool is_ambiguous() const { return octal != decimal; }
};

/// inet_aton(3)'s forms: one to four parts, each decimal, octal or 0x hexadecimal, where the last fills the
/// bits that are left. Not its blank with anything after it. At least one reading is there.
[[nodiscard]] Parsed<LegacyIpv4> parse_legacy_ipv4(std::string_view text);

}  // namespace net
