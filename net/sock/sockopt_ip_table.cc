// IPPROTO_IP (ip(7)): data only.
#include <linux/in.h>
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
    {.name = "IP_ADD_MEMBERSHIP",
     .number = IP_ADD_MEMBERSHIP,
     .type = membership4,
     .kinds = on_udp,
     .readable = false},
    {.name = "IP_BIND_ADDRESS_NO_PORT", .number = IP_BIND_ADDRESS_NO_PORT, .type = boolean, .kinds = on_inet},
    {.name = "IP_FREEBIND", .number = IP_FREEBIND, .type = boolean, .kinds = on_inet},
    {.name = "IP_LOCAL_PORT_RANGE", .number = 51, .type = port_range, .kinds = on_inet},
    {.name = "IP_MINTTL", .number = IP_MINTTL, .type = integer, .kinds = on_inet},
    {.name = "IP_MTU_DISCOVER",
     .number = IP_MTU_DISCOVER,
     .type = word,
     .kinds = on_inet,
     .words = mtu_discover_words},
    {.name = "IP_MULTICAST_ALL", .number = IP_MULTICAST_ALL, .type = boolean, .kinds = on_inet},
    {.name = "IP_MULTICAST_IF", .number = IP_MULTICAST_IF, .type = multicast_if, .kinds = on_udp},
    {.name = "IP_MULTICAST_LOOP", .number = IP_MULTICAST_LOOP, .type = boolean, .kinds = on_inet},
    {.name = "IP_MULTICAST_TTL", .number = IP_MULTICAST_TTL, .type = integer, .kinds = on_udp},
    {.name = "IP_RECVERR", .number = IP_RECVERR, .type = boolean, .kinds = on_inet},
    {.name = "IP_TOS", .number = IP_TOS, .type = integer, .kinds = on_inet},
    {.name = "IP_TRANSPARENT", .number = IP_TRANSPARENT, .type = boolean, .kinds = on_inet},
    {.name = "IP_TTL", .number = IP_TTL, .type = integer, .kinds = on_inet},
});

}  // namespace

std::span<const SocketOption> ip_options() {
  return rows;
}

}  // namespace net
