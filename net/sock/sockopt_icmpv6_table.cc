// IPPROTO_ICMPV6 (RFC 3542): data only.
#include <linux/icmpv6.h>
#include <sys/socket.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

// As IANA lists them.
constexpr std::array<OptionWord, 21> icmp6_types{{{"destination-unreachable", 1},
                                                  {"packet-too-big", 2},
                                                  {"time-exceeded", 3},
                                                  {"parameter-problem", 4},
                                                  {"echo-request", 128},
                                                  {"echo-reply", 129},
                                                  {"mld-query", 130},
                                                  {"mld-report", 131},
                                                  {"mld-done", 132},
                                                  {"router-solicitation", 133},
                                                  {"router-advertisement", 134},
                                                  {"neighbor-solicitation", 135},
                                                  {"neighbor-advertisement", 136},
                                                  {"redirect", 137},
                                                  {"mld2-report", 143},
                                                  {"certification-path-solicitation", 148},
                                                  {"certification-path-advertisement", 149},
                                                  {"multicast-router-advertisement", 151},
                                                  {"multicast-router-solicitation", 152},
                                                  {"multicast-router-termination", 153},
                                                  {"rpl-control", 155}}};

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "ICMPV6_FILTER",
     .number = ICMPV6_FILTER,
     .type = OptionType::icmp6_filter,
     .kinds = on_raw,
     .family = AF_INET6,
     .origin = OptionOrigin::rfc,
     .alias = "ICMP6_FILTER",
     .words = icmp6_types,
     .meaning = "Which ICMPv6 types a raw socket receives",
     .caution = "Only of protocol ICMPv6, others refuse it (EOPNOTSUPP)"},
});

}  // namespace

std::span<const SocketOption> icmpv6_options() {
  return rows;
}

}  // namespace net
