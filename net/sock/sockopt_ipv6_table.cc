// IPPROTO_IPV6 (ipv6(7), RFC 3493, RFC 3542): data only.
#include <linux/in.h>
#include <linux/in6.h>
#include <sys/socket.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

using enum OptionType;

constexpr std::array<OptionWord, 6> mtu_discover_words{{{"dont", IP_PMTUDISC_DONT},
                                                        {"want", IP_PMTUDISC_WANT},
                                                        {"do", IP_PMTUDISC_DO},
                                                        {"probe", IP_PMTUDISC_PROBE},
                                                        {"interface", IP_PMTUDISC_INTERFACE},
                                                        {"omit", IP_PMTUDISC_OMIT}}};

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "IPV6_JOIN_GROUP",
     .number = IPV6_ADD_MEMBERSHIP,
     .type = membership6,
     .kinds = on_udp,
     .family = AF_INET6,
     .readable = false},
    {.name = "IPV6_MTU_DISCOVER",
     .number = IPV6_MTU_DISCOVER,
     .type = word,
     .kinds = on_inet,
     .family = AF_INET6,
     .words = mtu_discover_words},
    {.name = "IPV6_MULTICAST_HOPS",
     .number = IPV6_MULTICAST_HOPS,
     .type = integer,
     .kinds = on_udp,
     .family = AF_INET6},
    {.name = "IPV6_MULTICAST_LOOP",
     .number = IPV6_MULTICAST_LOOP,
     .type = boolean,
     .kinds = on_inet,
     .family = AF_INET6},
    {.name = "IPV6_TCLASS", .number = IPV6_TCLASS, .type = integer, .kinds = on_inet, .family = AF_INET6},
    {.name = "IPV6_UNICAST_HOPS",
     .number = IPV6_UNICAST_HOPS,
     .type = integer,
     .kinds = on_inet,
     .family = AF_INET6},
    {.name = "IPV6_V6ONLY", .number = IPV6_V6ONLY, .type = boolean, .kinds = on_inet, .family = AF_INET6},
});

}  // namespace

std::span<const SocketOption> ipv6_options() {
  return rows;
}

}  // namespace net
