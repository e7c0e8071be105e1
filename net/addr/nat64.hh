#pragma once

#include "net/addr/ip_prefix.hh"

namespace net {

/// An IPv4 address found behind a translator's prefix (RFC 6052, section 2.2).
struct Nat64Embedded {
  IpAddress address;
  Uint128 suffix;  ///< the bits behind it, which should be zero and are ignored
};

/// Refused with words: a prefix of another length than 32, 40, 48, 56, 64 or 96, an address outside the
/// prefix, bits 64 to 71 that are not zero (a /96 has none to spare).
[[nodiscard]] Parsed<Nat64Embedded> nat64_embedded(const IpAddress& address, const IpPrefix& prefix);

/// The other way, with a suffix of zero. The prefix has no host bits that count.
[[nodiscard]] Parsed<IpAddress> nat64_synthesize(const IpPrefix& prefix, const IpAddress& v4);

}  // namespace net
