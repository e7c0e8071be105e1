#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "net/sock/icmp_meaning.hh"

namespace net {
namespace {

/// What sort of thing a message says, whatever its family and number.
enum class Sort : std::uint8_t {
  other,
  time_exceeded,
  prohibited,
  host_unreachable,
  port_unreachable,
  too_big
};

struct Row {
  std::string_view words;
  int family;
  std::uint8_t type;
  std::uint8_t code;
  Sort sort = Sort::other;
};

// https://www.iana.org/assignments/icmp-parameters and icmpv6-parameters: the messages that can be about a
// packet of ours.
constexpr Row table[] = {
    {"network unreachable", AF_INET, 3, 0},
    {"host unreachable", AF_INET, 3, 1, Sort::host_unreachable},
    {"protocol unreachable", AF_INET, 3, 2},
    {"port unreachable", AF_INET, 3, 3, Sort::port_unreachable},
    {"fragmentation needed and DF set", AF_INET, 3, 4, Sort::too_big},
    {"source route failed", AF_INET, 3, 5},
    {"destination network unknown", AF_INET, 3, 6},
    {"destination host unknown", AF_INET, 3, 7},
    {"source host isolated", AF_INET, 3, 8},
    {"network administratively prohibited", AF_INET, 3, 9, Sort::prohibited},
    {"host administratively prohibited", AF_INET, 3, 10, Sort::prohibited},
    {"network unreachable for this type of service", AF_INET, 3, 11},
    {"host unreachable for this type of service", AF_INET, 3, 12},
    {"communication administratively prohibited", AF_INET, 3, 13, Sort::prohibited},
    {"host precedence violation", AF_INET, 3, 14, Sort::prohibited},
    {"precedence cutoff in effect", AF_INET, 3, 15, Sort::prohibited},
    {"time to live exceeded in transit", AF_INET, 11, 0, Sort::time_exceeded},
    {"fragment reassembly time exceeded", AF_INET, 11, 1},
    {"parameter problem", AF_INET, 12, 0},
    {"a required option is missing", AF_INET, 12, 1},
    {"bad length", AF_INET, 12, 2},
    {"no route to destination", AF_INET6, 1, 0},
    {"communication administratively prohibited", AF_INET6, 1, 1, Sort::prohibited},
    {"beyond scope of source address", AF_INET6, 1, 2},
    {"address unreachable", AF_INET6, 1, 3, Sort::host_unreachable},
    {"port unreachable", AF_INET6, 1, 4, Sort::port_unreachable},
    {"source address failed ingress/egress policy", AF_INET6, 1, 5, Sort::prohibited},
    {"reject route to destination", AF_INET6, 1, 6, Sort::prohibited},
    {"error in source routing header", AF_INET6, 1, 7},
    {"packet too big", AF_INET6, 2, 0, Sort::too_big},
    {"hop limit exceeded in transit", AF_INET6, 3, 0, Sort::time_exceeded},
    {"fragment reassembly time exceeded", AF_INET6, 3, 1},
    {"erroneous header field", AF_INET6, 4, 0},
    {"unrecognized next header", AF_INET6, 4, 1},
    {"unrecognized option", AF_INET6, 4, 2},
};

const Row* row_of(const IcmpReport& report) {
  const auto* const row = std::ranges::find_if(table, [&](const Row& candidate) {
    return candidate.family == report.offender.family() && candidate.type == report.type &&
           candidate.code == report.number;
  });
  return row == std::end(table) ? nullptr : row;
}

bool is_of(const IcmpReport& report, Sort sort) {
  const Row* const row = row_of(report);
  return row != nullptr && row->sort == sort;
}

}  // namespace

std::string icmp_meaning(const IcmpReport& report) {
  const Row* const row = row_of(report);
  return std::string(row == nullptr ? "an ICMP error without a name" : row->words) +
         (report.offender.family() == AF_INET6 ? " (ICMPv6 " : " (ICMP ") + std::to_string(report.type) +
         "/" + std::to_string(report.number) + ")";
}

bool is_time_exceeded(const IcmpReport& report) {
  return is_of(report, Sort::time_exceeded);
}

bool is_prohibited(const IcmpReport& report) {
  return is_of(report, Sort::prohibited);
}

bool is_port_unreachable(const IcmpReport& report) {
  return is_of(report, Sort::port_unreachable);
}

bool is_too_big(const IcmpReport& report) {
  return is_of(report, Sort::too_big);
}

bool is_host_unreachable(const IcmpReport& report) {
  return is_of(report, Sort::host_unreachable);
}

void blame_icmp(Error& error, const IcmpReport& report, const Endpoint& own_address) {
  const bool own = report.offender.address_text() == own_address.address_text();
  if (own && is_host_unreachable(report)) {
    error.blame = Blame::silence;
    error.detail = "host unreachable: no neighbour answered for it";
    return;
  }
  error.said_by = report.offender.address_text();
  // A closed port of this host answers as any other would; else it is a filter of this host.
  error.blame = own && !is_port_unreachable(report) ? Blame::local : Blame::remote;
  error.detail = icmp_meaning(report);
  if (error.code == errno_code(ECONNREFUSED)) error.detail = "connection refused: " + error.detail;
}

}  // namespace net
