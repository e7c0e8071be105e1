#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/addr/ip_address.hh"
#include "net/addr/ip_prefix.hh"

namespace net {

/// All addresses from `first` to `last`, both included: of one family and in order.
struct IpRange {
  IpAddress first;
  IpAddress last;

  /// "A-B" or "A - B"; "192.0.2.10-20" is short for the last octet. A reversed range and two families are
  /// refused.
  [[nodiscard]] static Parsed<IpRange> parse(std::string_view text);
  [[nodiscard]] static IpRange of(const IpAddress& address) { return {address, address}; }
  [[nodiscard]] static IpRange of(const IpPrefix& prefix) { return {prefix.network(), prefix.last()}; }

  [[nodiscard]] AddressCount size() const;
  [[nodiscard]] bool contains(const IpAddress& other) const;
  [[nodiscard]] bool contains(const IpRange& other) const;
  /// "192.0.2.1-192.0.2.9".
  [[nodiscard]] std::string text() const;

  friend bool operator==(const IpRange&, const IpRange&) = default;
};

/// The fewest prefixes that are exactly this range, in order: at most 62 for IPv4, 254 for IPv6.
[[nodiscard]] std::vector<IpPrefix> cover(const IpRange& range);

/// The fewest prefixes that are exactly these ranges together, in order, IPv4 first.
[[nodiscard]] std::vector<IpPrefix> aggregate(std::vector<IpRange> ranges);

/// The subnets of one length within a prefix, one at a time since they may be 2^128.
class Subnets {
 public:
  /// From `length` as long as the prefix's own, or longer.
  [[nodiscard]] static Parsed<Subnets> of(const IpPrefix& prefix, int length);

  [[nodiscard]] AddressCount count() const { return count_; }
  /// The next one, in order; nothing after the last.
  std::optional<IpPrefix> next();

 private:
  Subnets(const IpPrefix& prefix, int length);

  std::optional<IpPrefix> next_;
  IpAddress last_;
  AddressCount count_;
};

}  // namespace net
