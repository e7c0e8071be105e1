// What the kernel makes of the numbers that it is given: data only. An option's rows are in the order in
// which the kernel does these things.
#include <array>
#include <climits>

#include "net/sock/sockopt_effect.hh"

namespace net {
namespace {

using enum EffectStep;

// The smallest buffers are made of the sizes of the kernel's own structures: 2304 and 4608 bytes today.
constexpr std::int64_t largest_floor = 16384;
constexpr std::int64_t largest_buffer = std::int64_t{INT_MAX / 2} * 2;

constexpr std::int64_t microseconds = 1'000'000;
constexpr std::int64_t milliseconds = 1'000;

constexpr std::int64_t ecn_bits = 3;
constexpr std::uint16_t on_streams = on_tcp | on_mptcp;

constexpr auto rows = std::to_array<EffectRow>({
    {"SO_RCVBUF", doubled},
    {"SO_RCVBUF", bounded_by_sysctl, 2, "", "net.core.rmem_max"},
    {"SO_RCVBUF", bounded, largest_buffer},
    {"SO_RCVBUF", floored, largest_floor},
    {"SO_RCVBUFFORCE", doubled},
    {"SO_RCVBUFFORCE", bounded, largest_buffer},
    {"SO_RCVBUFFORCE", floored, largest_floor},
    {"SO_SNDBUF", doubled},
    {"SO_SNDBUF", bounded_by_sysctl, 2, "", "net.core.wmem_max"},
    {"SO_SNDBUF", bounded, largest_buffer},
    {"SO_SNDBUF", floored, largest_floor},
    {"SO_SNDBUFFORCE", doubled},
    {"SO_SNDBUFFORCE", bounded, largest_buffer},
    {"SO_SNDBUFFORCE", floored, largest_floor},
    {"SO_RCVLOWAT", half_receive_buffer, 0, "", "net.ipv4.tcp_rmem", on_streams},
    {"SO_RCVLOWAT", raised, 1},
    {"SO_RCVTIMEO", ticks, microseconds},
    {"SO_SNDTIMEO", ticks, microseconds},
    {"SO_RESERVE_MEM", pages},
    {"SO_TXREHASH", default_for, -1, "", "net.core.txrehash"},
    {"SO_BSDCOMPAT", ignored},

    {"IP_TTL", default_for, -1, "", "net.ipv4.ip_default_ttl"},
    {"IP_TOS", low_bits, 0xff, "only the low 8 bits count"},
    {"IP_TOS", keeps_bits, ecn_bits, "TCP keeps the ECN bits", "", on_streams},
    {"IP_MULTICAST_TTL", default_for, -1},

    {"IPV6_UNICAST_HOPS", default_for, -1, "", "net.ipv6.conf.all.hop_limit"},
    {"IPV6_MULTICAST_HOPS", default_for, -1},
    {"IPV6_TCLASS", default_for, -1},
    {"IPV6_TCLASS", keeps_bits, ecn_bits, "TCP keeps the ECN bits", "", on_streams},
    {"IPV6_ADDR_PREFERENCES", low_bits, ~std::int64_t{0x808}, "cga and noncga count for nothing"},
    {"IPV6_ADDR_PREFERENCES", adds_bits, 0x500, "the rest is the kernel's default"},

    {"TCP_DEFER_ACCEPT", retransmissions},
    {"TCP_FASTOPEN", bounded_by_sysctl, 1, "", "net.core.somaxconn"},
    {"TCP_LINGER2", default_for, 0, "", "net.ipv4.tcp_fin_timeout"},
    {"TCP_LINGER2", bounded, 120},
    {"TCP_LINGER2", raised, -1},
    {"TCP_MAXSEG", default_for, 0},
    {"TCP_REPAIR", raised, 0, "off it is, without a window probe"},
    {"TCP_WINDOW_CLAMP", floored, largest_floor},
    {"TCP_THIN_DUPACK", ignored},
    {"TCP_RTO_MAX_MS", ticks, milliseconds},
    {"TCP_RTO_MIN_US", ticks, microseconds},
    {"TCP_DELACK_MAX_US", ticks, microseconds},

    {"UDPLITE_SEND_CSCOV", raised_unless_zero, 8},
    {"UDPLITE_SEND_CSCOV", bounded, 65535},
    {"UDPLITE_RECV_CSCOV", raised_unless_zero, 8},
    {"UDPLITE_RECV_CSCOV", bounded, 65535},
});

}  // namespace

std::span<const EffectRow> effect_table() {
  return rows;
}

}  // namespace net
