#include <algorithm>
#include <array>
#include <vector>

#include "net/addr/address_kind.hh"
#include "net/addr/ipv6_multicast.hh"
#include "net/addr/prefix_table.hh"
#include "net/addr/special_purpose.hh"

namespace net {
namespace {

/// A block with one thing to say of it.
struct Block {
  std::string_view prefix;
  std::string_view words;
  std::string_view source;
};

// clang-format off
/// What the special-purpose registries leave out. https://www.iana.org/assignments/multicast-addresses,
/// ipv6-multicast-addresses, ipv6-address-space.
constexpr auto kinds = std::to_array<Block>({
    {"0.0.0.0/0", "public unicast", "RFC 4632"},
    {"224.0.0.0/4", "multicast, not assigned", "RFC 5771"},
    {"224.0.0.0/24", "multicast, local network control (never forwarded)", "RFC 5771"},
    {"224.0.1.0/24", "multicast, internetwork control", "RFC 5771"},
    {"224.0.0.0/16", "multicast, ad hoc block I", "RFC 5771"},
    {"224.2.0.0/16", "multicast, SDP/SAP", "RFC 5771"},
    {"224.3.0.0/16", "multicast, ad hoc block II", "RFC 5771"},
    {"224.4.0.0/16", "multicast, ad hoc block II", "RFC 5771"},
    {"232.0.0.0/8", "multicast, source-specific (SSM)", "RFC 4607"},
    {"233.0.0.0/8", "multicast, GLOP (by AS number)", "RFC 3180"},
    {"233.252.0.0/14", "multicast, ad hoc block III", "RFC 5771"},
    {"233.252.0.0/24", "multicast, documentation (MCAST-TEST-NET)", "RFC 6676"},
    {"234.0.0.0/8", "multicast, unicast-prefix-based", "RFC 6034"},
    {"239.0.0.0/8", "multicast, administratively scoped", "RFC 2365"},
    {"239.192.0.0/14", "multicast, organization-local", "RFC 2365"},
    {"239.255.0.0/16", "multicast, local scope", "RFC 2365"},

    {"::/0", "not assigned (reserved by the IETF)", "RFC 4291"},
    {"::/96", "IPv4-compatible (deprecated)", "RFC 4291"},
    {"::ffff:0:0:0/96", "IPv4-translated (SIIT, obsolete)", "RFC 2765"},
    {"2000::/3", "global unicast", "RFC 4291"},
    {"3ffe::/16", "6bone (returned)", "RFC 3701"},
    {"fec0::/10", "site-local (deprecated)", "RFC 3879"},
    {"ff00::/8", "multicast", "RFC 4291"},
    {"ff10::/12", "multicast, transient", "RFC 4291"},
    {"ff30::/12", "multicast, unicast-prefix-based", "RFC 3306"},
    {"ff70::/12", "multicast, embedded rendezvous point", "RFC 3956"},
    {"ff02::1:ff00:0/104", "multicast, solicited-node", "RFC 4291"},
});

constexpr auto scopes = std::to_array<Block>({
    {"0.0.0.0/0", "global", "RFC 6724"},
    {"0.0.0.0/32", "", "RFC 1122"},
    {"127.0.0.0/8", "host", "RFC 1122"},
    {"169.254.0.0/16", "link-local", "RFC 3927"},
    {"255.255.255.255/32", "link-local", "RFC 919"},
    {"224.0.0.0/24", "link-local", "RFC 2365"},
    {"239.0.0.0/8", "administrative", "RFC 2365"},
    {"239.192.0.0/14", "organization-local", "RFC 2365"},
    {"239.255.0.0/16", "local", "RFC 2365"},

    {"::/0", "global", "RFC 4291"},
    {"::/128", "", "RFC 4291"},
    {"::1/128", "host", "RFC 4007"},
    {"fe80::/10", "link-local", "RFC 4007"},
    {"fec0::/10", "site-local", "RFC 4007"},
});

/// An IPv6 group with scope 0 stands for itself in any scope.
constexpr auto groups = std::to_array<Block>({
    {"224.0.0.1/32", "all hosts", ""},
    {"224.0.0.2/32", "all routers", ""},
    {"224.0.0.4/32", "DVMRP routers", ""},
    {"224.0.0.5/32", "OSPF routers", ""},
    {"224.0.0.6/32", "OSPF designated routers", ""},
    {"224.0.0.9/32", "RIPv2 routers", ""},
    {"224.0.0.10/32", "EIGRP routers", ""},
    {"224.0.0.13/32", "PIM routers", ""},
    {"224.0.0.18/32", "VRRP", ""},
    {"224.0.0.22/32", "IGMPv3 routers", ""},
    {"224.0.0.102/32", "HSRPv2, GLBP", ""},
    {"224.0.0.107/32", "PTP peer delay", ""},
    {"224.0.0.251/32", "mDNS", ""},
    {"224.0.0.252/32", "LLMNR", ""},
    {"224.0.1.1/32", "NTP", ""},
    {"224.0.1.129/32", "PTP", ""},
    {"239.255.255.250/32", "SSDP (UPnP)", ""},
    {"239.255.255.253/32", "SLP", ""},

    {"ff01::1/128", "all nodes", ""},
    {"ff01::2/128", "all routers", ""},
    {"ff02::1/128", "all nodes", ""},
    {"ff02::2/128", "all routers", ""},
    {"ff05::2/128", "all routers", ""},
    {"ff02::4/128", "DVMRP routers", ""},
    {"ff02::5/128", "OSPF routers", ""},
    {"ff02::6/128", "OSPF designated routers", ""},
    {"ff02::9/128", "RIPng routers", ""},
    {"ff02::a/128", "EIGRP routers", ""},
    {"ff00::c/128", "SSDP (UPnP)", ""},
    {"ff02::d/128", "PIM routers", ""},
    {"ff02::12/128", "VRRP", ""},
    {"ff02::16/128", "MLDv2 routers", ""},
    {"ff02::6b/128", "PTP peer delay", ""},
    {"ff00::fb/128", "mDNS", ""},
    {"ff00::101/128", "NTP", ""},
    {"ff00::181/128", "PTP", ""},
    {"ff02::1:2/128", "DHCPv6 servers and relays", ""},
    {"ff02::1:3/128", "LLMNR", ""},
    {"ff05::1:3/128", "DHCPv6 servers", ""},
});
// clang-format on

PrefixTable<AddressKind> make_table(std::span<const Block> blocks, bool with_registry = false) {
  std::vector<AddressKind> out;
  for (const Block& block : blocks)
    out.push_back({*IpPrefix::parse(block.prefix), block.words, block.source});
  if (with_registry) {
    for (const SpecialPurpose& row : special_purpose_registry())
      out.push_back({row.prefix, row.words, row.rfc});
  }
  return PrefixTable<AddressKind>(std::move(out));
}

const PrefixTable<AddressKind>& kind_table() {
  static const auto table = make_table(kinds, true);
  return table;
}

}  // namespace

const AddressKind& address_kind(const IpAddress& address) {
  return *kind_table().find(address);
}

const AddressKind& address_kind(const IpPrefix& network) {
  return *kind_table().find(network);
}

bool is_mixed(const IpPrefix& network) {
  return std::ranges::any_of(kind_table().rows(), [&network](const AddressKind& kind) {
    return kind.prefix.length > network.length && network.contains(kind.prefix);
  });
}

std::optional<std::string_view> scope_words(const IpAddress& address) {
  static const auto table = make_table(scopes);
  // A mapped address reaches as far as the IPv4 address that it stands for (RFC 6724, section 3.2).
  const IpAddress meant = unmapped(address);
  if (const auto group = ipv6_multicast(meant)) return group->scope_name;
  const std::string_view words = table.find(meant)->words;
  return words.empty() ? std::nullopt : std::optional(words);
}

std::string_view group_name(const IpAddress& address) {
  static const auto table = make_table(groups);
  const AddressKind* found = table.find(address);
  if (const auto group = ipv6_multicast(address); found == nullptr && group && group->flags == 0) {
    found = table.find(IpAddress::v6(address.value() & ~(Uint128{0xf} << 112U)));
  }
  return found == nullptr ? std::string_view() : found->words;
}

}  // namespace net
