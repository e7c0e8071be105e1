#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "net/addr/ip_address.hh"

namespace net {

/// A count of addresses; nothing stands for the 2^128 of ::/0, which a Uint128 cannot hold.
using AddressCount = std::optional<Uint128>;

/// "256"; "340282366920938463463374607431768211456" for 2^128.
[[nodiscard]] std::string count_digits(const AddressCount& count);

/// An address and the length of the network part: "192.168.10.20/26" is a host and its network.
struct IpPrefix {
  IpAddress address;
  int length = 0;  ///< 0 to address.bits()

  /// ADDRESS/LENGTH or ADDRESS/NETMASK (of the same family). Refused with words: a mask whose ones are not
  /// contiguous, a wildcard mask, a leading zero ("/024"), no '/' at all.
  [[nodiscard]] static Parsed<IpPrefix> parse(std::string_view text);
  /// The address alone: /32 or /128.
  [[nodiscard]] static IpPrefix of(const IpAddress& address) { return {address, address.bits()}; }

  [[nodiscard]] IpAddress network() const;
  /// The highest address; in IPv4 the broadcast address, but see has_broadcast().
  [[nodiscard]] IpAddress last() const;
  [[nodiscard]] IpAddress netmask() const;
  /// The netmask with every bit turned: what access lists of routers want.
  [[nodiscard]] IpAddress wildcard() const;
  /// The same network without host bits.
  [[nodiscard]] IpPrefix canonical() const { return {network(), length}; }

  /// False for the other family: ::ffff:192.0.2.1 is not in 192.0.2.0/24.
  [[nodiscard]] bool contains(const IpAddress& other) const;
  /// All of `other`.
  [[nodiscard]] bool contains(const IpPrefix& other) const;

  [[nodiscard]] AddressCount size() const;
  /// IPv4 up to /30. A /31 has two hosts and no broadcast (RFC 3021), a /32 is one host, IPv6 has no
  /// broadcast.
  [[nodiscard]] bool has_broadcast() const { return address.is_v4() && length < 31; }
  /// The addresses that hosts may have. In IPv6 that is all of them: the first is the routers' anycast
  /// address (RFC 4291, section 2.6.1), but no rule keeps it from a host in a /127 (RFC 6164) or a /128.
  [[nodiscard]] IpAddress first_host() const;
  [[nodiscard]] IpAddress last_host() const;
  [[nodiscard]] AddressCount host_count() const;

  /// "192.0.2.1/24": the address as it is.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;
};

}  // namespace net
