#include "net/addr/nat64.hh"

#include <algorithm>
#include <array>

namespace net {
namespace {

constexpr std::array<int, 6> lengths{32, 40, 48, 56, 64, 96};
constexpr unsigned low_bits = 56;  ///< behind bits 64 to 71, which stay zero
constexpr Uint128 low_mask = (Uint128{1} << low_bits) - 1;
constexpr Uint128 spared = Uint128{0xff} << low_bits;

std::optional<std::string> prefix_fault(const IpPrefix& prefix) {
  if (prefix.address.is_v4()) return "the prefix of a translator is IPv6";
  if (std::ranges::find(lengths, prefix.length) == lengths.end()) {
    return "/" + std::to_string(prefix.length) + " is none of /32, /40, /48, /56, /64 and /96";
  }
  // Only a /96 reaches over these bits.
  if ((prefix.network().value() & spared) != 0) return "bits 64 to 71 of the prefix are not zero";
  return std::nullopt;
}

/// How far from the right the IPv4 address ends, once the spared bits are taken out.
unsigned shift_of(int length) {
  return length == 96 ? 0 : static_cast<unsigned>(120 - 32 - length);
}

}  // namespace

Parsed<Nat64Embedded> nat64_embedded(const IpAddress& address, const IpPrefix& prefix) {
  if (const auto fault = prefix_fault(prefix)) return std::unexpected(*fault);
  if (!prefix.contains(address))
    return std::unexpected(address.text() + " is not in " + prefix.canonical().text());
  if (prefix.length == 96) return Nat64Embedded{{IpFamily::v4, address.value()}, 0};
  if ((address.value() & spared) != 0)
    return std::unexpected("bits 64 to 71 of " + address.text() + " are not zero");
  const Uint128 joined = Uint128{high64(address.value())} << low_bits | (address.value() & low_mask);
  const unsigned shift = shift_of(prefix.length);
  return Nat64Embedded{{IpFamily::v4, joined >> shift}, joined & ((Uint128{1} << shift) - 1)};
}

Parsed<IpAddress> nat64_synthesize(const IpPrefix& prefix, const IpAddress& v4) {
  if (const auto fault = prefix_fault(prefix)) return std::unexpected(*fault);
  if (!v4.is_v4()) return std::unexpected(v4.text() + " is no IPv4 address");
  if (prefix.length == 96) return IpAddress::v6(prefix.network().value() | v4.value());
  const Uint128 joined = v4.value() << shift_of(prefix.length);
  const Uint128 apart = (joined >> low_bits << 64U) | (joined & low_mask);
  return IpAddress::v6(prefix.network().value() | apart);
}

}  // namespace net
