// SOL_RAW (raw(7)): data only.
#include <linux/icmp.h>
#include <sys/socket.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

// IANA's types below 32; the filter knows no others.
constexpr std::array<OptionWord, 15> icmp_types{{{"echo-reply", 0},
                                                 {"destination-unreachable", 3},
                                                 {"source-quench", 4},
                                                 {"redirect", 5},
                                                 {"echo-request", 8},
                                                 {"router-advertisement", 9},
                                                 {"router-solicitation", 10},
                                                 {"time-exceeded", 11},
                                                 {"parameter-problem", 12},
                                                 {"timestamp-request", 13},
                                                 {"timestamp-reply", 14},
                                                 {"information-request", 15},
                                                 {"information-reply", 16},
                                                 {"address-mask-request", 17},
                                                 {"address-mask-reply", 18}}};

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "ICMP_FILTER",
     .number = ICMP_FILTER,
     .type = OptionType::icmp_filter,
     .kinds = on_raw,
     .family = AF_INET,
     .words = icmp_types,
     .meaning = "Which ICMP types a raw socket receives",
     .caution = "Only of protocol ICMP, others refuse it (EOPNOTSUPP); types above 31 always pass"},
});

}  // namespace

std::span<const SocketOption> raw_options() {
  return rows;
}

}  // namespace net
