#include <array>
#include <vector>

#include "net/addr/prefix_table.hh"
#include "net/addr/special_purpose.hh"

namespace net {
namespace {

// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry, in their order.
struct Row {
  std::string_view prefix;
  std::string_view name;
  std::string_view words;
  std::string_view rfc;
  std::optional<bool> global;
};

constexpr std::nullopt_t not_applicable = std::nullopt;

// clang-format off
constexpr auto rows = std::to_array<Row>({
    {"0.0.0.0/8", "This network", "this network", "RFC 791", false},
    {"0.0.0.0/32", "This host on this network", "this host on this network", "RFC 1122", false},
    {"10.0.0.0/8", "Private-Use", "private use", "RFC 1918", false},
    {"100.64.0.0/10", "Shared Address Space", "shared address space (carrier-grade NAT)", "RFC 6598", false},
    {"127.0.0.0/8", "Loopback", "loopback", "RFC 1122", false},
    {"169.254.0.0/16", "Link Local", "link-local", "RFC 3927", false},
    {"172.16.0.0/12", "Private-Use", "private use", "RFC 1918", false},
    {"192.0.0.0/24", "IETF Protocol Assignments", "IETF protocol assignments", "RFC 6890", false},
    {"192.0.0.0/29", "IPv4 Service Continuity Prefix", "IPv4 service continuity (464XLAT, DS-Lite)", "RFC 7335", false},
    {"192.0.0.8/32", "IPv4 dummy address", "IPv4 dummy address", "RFC 7600", false},
    {"192.0.0.9/32", "Port Control Protocol Anycast", "Port Control Protocol anycast", "RFC 7723", true},
    {"192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "TURN anycast", "RFC 8155", true},
    {"192.0.0.170/32", "NAT64/DNS64 Discovery", "NAT64/DNS64 discovery", "RFC 8880, RFC 7050", false},
    {"192.0.0.171/32", "NAT64/DNS64 Discovery", "NAT64/DNS64 discovery", "RFC 8880, RFC 7050", false},
    {"192.0.2.0/24", "Documentation (TEST-NET-1)", "documentation (TEST-NET-1)", "RFC 5737", false},
    {"192.31.196.0/24", "AS112-v4", "AS112 (DNS sinkhole)", "RFC 7535", true},
    {"192.52.193.0/24", "AMT", "AMT (automatic multicast tunneling)", "RFC 7450", true},
    {"192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "6to4 relay anycast (deprecated)", "RFC 7526", not_applicable},
    {"192.88.99.2/32", "6a44-relay anycast address", "6a44 relay anycast", "RFC 6751", false},
    {"192.168.0.0/16", "Private-Use", "private use", "RFC 1918", false},
    {"192.175.48.0/24", "Direct Delegation AS112 Service", "AS112 direct delegation (DNS sinkhole)", "RFC 7534", true},
    {"198.18.0.0/15", "Benchmarking", "benchmarking", "RFC 2544", false},
    {"198.51.100.0/24", "Documentation (TEST-NET-2)", "documentation (TEST-NET-2)", "RFC 5737", false},
    {"203.0.113.0/24", "Documentation (TEST-NET-3)", "documentation (TEST-NET-3)", "RFC 5737", false},
    {"240.0.0.0/4", "Reserved", "reserved for future use", "RFC 1112", false},
    {"255.255.255.255/32", "Limited Broadcast", "limited broadcast", "RFC 8190, RFC 919", false},

    {"::1/128", "Loopback Address", "loopback", "RFC 4291", false},
    {"::/128", "Unspecified Address", "unspecified", "RFC 4291", false},
    {"::ffff:0:0/96", "IPv4-mapped Address", "IPv4-mapped", "RFC 4291", false},
    {"64:ff9b::/96", "IPv4-IPv6 Translat.", "IPv4-IPv6 translation (NAT64)", "RFC 6052", true},
    {"64:ff9b:1::/48", "IPv4-IPv6 Translat.", "IPv4-IPv6 translation (local-use NAT64)", "RFC 8215", false},
    {"100::/64", "Discard-Only Address Block", "discard-only", "RFC 6666", false},
    {"100:0:0:1::/64", "Dummy IPv6 Prefix", "dummy prefix", "RFC 9780", false},
    {"2001::/23", "IETF Protocol Assignments", "IETF protocol assignments", "RFC 2928", false},
    {"2001::/32", "TEREDO", "Teredo", "RFC 4380, RFC 8190", not_applicable},
    {"2001:1::1/128", "Port Control Protocol Anycast", "Port Control Protocol anycast", "RFC 7723", true},
    {"2001:1::2/128", "Traversal Using Relays around NAT Anycast", "TURN anycast", "RFC 8155", true},
    {"2001:1::3/128", "DNS-SD Service Registration Protocol Anycast", "DNS-SD service registration anycast", "RFC 9665", true},
    {"2001:2::/48", "Benchmarking", "benchmarking", "RFC 5180", false},
    {"2001:3::/32", "AMT", "AMT (automatic multicast tunneling)", "RFC 7450", true},
    {"2001:4:112::/48", "AS112-v6", "AS112 (DNS sinkhole)", "RFC 7535", true},
    {"2001:10::/28", "Deprecated (previously ORCHID)", "ORCHID (deprecated)", "RFC 4843", not_applicable},
    {"2001:20::/28", "ORCHIDv2", "ORCHIDv2", "RFC 7343", true},
    {"2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "drone remote ID entity tags", "RFC 9374", true},
    {"2001:db8::/32", "Documentation", "documentation", "RFC 3849", false},
    {"2002::/16", "6to4", "6to4", "RFC 3056", not_applicable},
    {"2620:4f:8000::/48", "Direct Delegation AS112 Service", "AS112 direct delegation (DNS sinkhole)", "RFC 7534", true},
    {"3fff::/20", "Documentation", "documentation", "RFC 9637", false},
    {"5f00::/16", "Segment Routing (SRv6) SIDs", "segment routing (SRv6) SIDs", "RFC 9602", false},
    {"fc00::/7", "Unique-Local", "unique local", "RFC 4193, RFC 8190", false},
    {"fe80::/10", "Link-Local Unicast", "link-local", "RFC 4291", false},
});
// clang-format on

const PrefixTable<SpecialPurpose>& table() {
  static const PrefixTable<SpecialPurpose> registry([] {
    std::vector<SpecialPurpose> out;
    out.reserve(rows.size());
    for (const Row& row : rows) {
      out.push_back({*IpPrefix::parse(row.prefix), row.name, row.words, row.rfc, row.global});
    }
    return out;
  }());
  return registry;
}

}  // namespace

std::span<const SpecialPurpose> special_purpose_registry() {
  return table().rows();
}

const SpecialPurpose* special_purpose(const IpAddress& address) {
  return table().find(address);
}

const SpecialPurpose* special_purpose(const IpPrefix& network) {
  return table().find(network);
}

}  // namespace net
