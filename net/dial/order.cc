#include "net/dial/order.hh"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <span>

#include "net/sock/socket.hh"

namespace net {
namespace {

using Address = std::array<std::uint8_t, 16>;

/// As IPv6; an IPv4 address is mapped (RFC 6724, section 2.1).
Address as_ipv6(const Endpoint& endpoint) {
  Address out{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const auto bytes = endpoint.address_bytes();
  std::ranges::copy(bytes, bytes.size() == 16 ? out.begin() : out.begin() + 12);
  return out;
}

struct Policy {
  Address prefix;
  unsigned bits;
  int precedence;
  int label;
};

// RFC 6724, section 2.1, longest prefix first.
constexpr std::array<Policy, 9> policies{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
    {{}, 96, 1, 3},
    {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc, 0x00}, 7, 3, 13},
    {{}, 0, 40, 1},
}};

unsigned common_bits(const Address& a, const Address& b) {
  unsigned bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto difference = static_cast<std::uint8_t>(a.at(i) ^ b.at(i));
    bits += static_cast<unsigned>(std::countl_zero(difference));
    if (difference != 0) break;
  }
  return bits;
}

const Policy& policy_of(const Address& address) {
  return *std::ranges::find_if(policies, [&address](const Policy& policy) {
    return common_bits(address, policy.prefix) >= policy.bits;
  });
}

/// Scope values as multicast has them (RFC 4291, 2.7): 2 link, 5 site, 14 global.
int scope_of(const Endpoint& endpoint) {
  const auto bytes = endpoint.address_bytes();
  if (endpoint.family() == AF_INET) {
    return bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) ? 2 : 14;
  }
  if (bytes[0] == 0xff) return bytes[1] & 0x0f;
  const bool loopback = policy_of(as_ipv6(endpoint)).precedence == 50;
  if (endpoint.is_link_local() || loopback) return 2;
  return bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0xc0 ? 5 : 14;
}

/// What the rules compare, computed once for each destination.
struct Candidate {
  std::size_t index = 0;
  bool reachable = false;
  bool scope_matches = false;
  bool label_matches = false;
  int precedence = 0;
  int scope = 0;
  int family = AF_UNSPEC;
  unsigned common_prefix = 0;
};

Candidate candidate(std::size_t index, const Endpoint& destination, const std::optional<Endpoint>& source) {
  const Address address = as_ipv6(destination);
  Candidate out;
  out.index = index;
  out.precedence = policy_of(address).precedence;
  out.scope = scope_of(destination);
  out.family = destination.family();
  if (!source) return out;
  const Address from = as_ipv6(*source);
  out.reachable = true;
  out.scope_matches = scope_of(*source) == out.scope;
  out.label_matches = policy_of(from).label == policy_of(address).label;
  // Beyond the /64 an interface identifier is no nearness, and in IPv4 no prefix is (as glibc has it).
  if (destination.family() == AF_INET6) out.common_prefix = std::min(common_bits(from, address), 64U);
  return out;
}

/// Rules 1, 2, 5, 6, 8, 9, 10 of section 6; 3, 4 and 7 need what the kernel tells nobody without privileges.
bool goes_before(const Candidate& a, const Candidate& b) {
  if (a.reachable != b.reachable) return a.reachable;
  if (a.scope_matches != b.scope_matches) return a.scope_matches;
  if (a.label_matches != b.label_matches) return a.label_matches;
  if (a.precedence != b.precedence) return a.precedence > b.precedence;
  if (a.scope != b.scope) return a.scope < b.scope;
  if (a.family == b.family && a.common_prefix != b.common_prefix) return a.common_prefix > b.common_prefix;
  return a.index < b.index;
}

std::optional<Endpoint> source_for(const Endpoint& destination) {
  const auto probe = Socket::open(destination.family(), SOCK_DGRAM);
  // Port 0 is refused by some kernels; any other sends as little.
  if (!probe || !probe->connect(destination.with_port(9))) return std::nullopt;
  return probe->local();
}

}  // namespace

std::vector<Endpoint> order_destinations(const std::vector<Endpoint>& destinations,
                                         const std::vector<std::optional<Endpoint>>& sources) {
  std::vector<Candidate> candidates;
  candidates.reserve(destinations.size());
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    candidates.push_back(candidate(i, destinations[i], sources[i]));
  }
  std::ranges::sort(candidates, goes_before);
  std::vector<Endpoint> out;
  out.reserve(candidates.size());
  for (const Candidate& next : candidates) out.push_back(destinations[next.index]);
  return out;
}

std::vector<Endpoint> order_destinations(std::vector<Endpoint> destinations) {
  if (destinations.size() < 2) return destinations;
  std::vector<std::optional<Endpoint>> sources;
  sources.reserve(destinations.size());
  for (const Endpoint& destination : destinations) sources.push_back(source_for(destination));
  return order_destinations(destinations, sources);
}

std::vector<Endpoint> interleave_families(const std::vector<Endpoint>& ordered, int last_tried) {
  if (ordered.empty()) return {};
  const int first = ordered.front().family();
  std::vector<Endpoint> same;
  std::vector<Endpoint> other;
  std::ranges::partition_copy(ordered, std::back_inserter(same), std::back_inserter(other),
                              [first](const Endpoint& endpoint) { return endpoint.family() == first; });
  if (last_tried == first) same.swap(other);
  std::vector<Endpoint> out;
  out.reserve(ordered.size());
  for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i) {
    if (i < same.size()) out.push_back(same[i]);
    if (i < other.size()) out.push_back(other[i]);
  }
  return out;
}

}  // namespace net
