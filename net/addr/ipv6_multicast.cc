#include "net/addr/ipv6_multicast.hh"

#include <array>

namespace net {
namespace {

constexpr std::array<std::string_view, 16> scope_names{
    "reserved",           "interface-local", "link-local", "realm-local",
    "admin-local",        "site-local",      "unassigned", "unassigned",
    "organization-local", "unassigned",      "unassigned", "unassigned",
    "unassigned",         "unassigned",      "global",     "reserved"};

constexpr Uint128 solicited_prefix = make_uint128(0xff02'0000'0000'0000, 0x1'ff00'0000);
constexpr std::uint32_t solicited_bits = 0xff'ffff;

/// The bits of `value` from `begin`, counted from the left, as RFCs draw them.
std::uint64_t bits_at(Uint128 value, int begin, int count) {
  const Uint128 shifted = value >> static_cast<unsigned>(128 - begin - count);
  return static_cast<std::uint64_t>(shifted) &
         (count == 64 ? UINT64_MAX : (std::uint64_t{1} << static_cast<unsigned>(count)) - 1);
}

/// The unicast prefix of RFC 3306: its length in bits 24 to 31, itself in bits 32 to 95.
std::optional<IpPrefix> embedded_prefix(Uint128 value) {
  const auto length = static_cast<int>(bits_at(value, 24, 8));
  if (length > 64) return std::nullopt;
  return IpPrefix{IpAddress::v6(make_uint128(bits_at(value, 32, 64), 0)), length}.canonical();
}

/// RFC 3956: the prefix, and the four bits before its length as interface identifier.
std::optional<IpAddress> embedded_rendezvous_point(Uint128 value, const std::optional<IpPrefix>& prefix) {
  const std::uint64_t interface_id = bits_at(value, 20, 4);
  if (!prefix || prefix->length == 0 || interface_id == 0) return std::nullopt;
  return IpAddress::v6(prefix->address.value() | interface_id);
}

}  // namespace

std::optional<Ipv6Multicast> ipv6_multicast(const IpAddress& address) {
  const Uint128 value = address.value();
  if (address.is_v4() || value >> 120U != 0xff) return std::nullopt;
  Ipv6Multicast out{};
  out.flags = static_cast<unsigned>(bits_at(value, 8, 4));
  out.rendezvous = (out.flags & 4U) != 0;
  out.prefix_based = (out.flags & 2U) != 0;
  out.transient = (out.flags & 1U) != 0;
  out.consistent = out.flags == 0 || out.flags == 1 || out.flags == 3 || out.flags == 7;
  out.scope = static_cast<unsigned>(bits_at(value, 12, 4));
  out.scope_name = scope_names[out.scope];
  out.group_id = out.prefix_based ? Uint128{bits_at(value, 96, 32)} : value & ((Uint128{1} << 112U) - 1);
  if (out.prefix_based) out.prefix = embedded_prefix(value);
  if (out.rendezvous) out.rendezvous_point = embedded_rendezvous_point(value, out.prefix);
  if ((value & ~Uint128{solicited_bits}) == solicited_prefix) {
    out.solicited = static_cast<std::uint32_t>(value & solicited_bits);
  }
  return out;
}

std::optional<IpAddress> solicited_node(const IpAddress& address) {
  const bool asked_for = !address.is_v4() && address.value() > 1 && unmapped(address) == address &&
                         address.value() >> 120U != 0xff;
  if (!asked_for) return std::nullopt;
  return IpAddress::v6(solicited_prefix | (address.value() & solicited_bits));
}

}  // namespace net
