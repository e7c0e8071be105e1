// IPPROTO_TCP (tcp(7)): data only.
#include <linux/tcp.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

using enum OptionType;

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "TCP_CONGESTION", .number = TCP_CONGESTION, .type = string, .kinds = on_tcp},
    {.name = "TCP_CORK", .number = TCP_CORK, .type = boolean, .kinds = on_tcp},
    {.name = "TCP_DEFER_ACCEPT", .number = TCP_DEFER_ACCEPT, .type = seconds, .kinds = on_tcp},
    {.name = "TCP_FASTOPEN",
     .number = TCP_FASTOPEN,
     .type = integer,
     .kinds = on_tcp,
     .sysctl = "net.core.somaxconn"},
    {.name = "TCP_FASTOPEN_CONNECT", .number = TCP_FASTOPEN_CONNECT, .type = boolean, .kinds = on_tcp},
    {.name = "TCP_KEEPCNT", .number = TCP_KEEPCNT, .type = integer, .kinds = on_tcp},
    {.name = "TCP_KEEPIDLE", .number = TCP_KEEPIDLE, .type = seconds, .kinds = on_tcp},
    {.name = "TCP_KEEPINTVL", .number = TCP_KEEPINTVL, .type = seconds, .kinds = on_tcp},
    {.name = "TCP_LINGER2",
     .number = TCP_LINGER2,
     .type = seconds,
     .kinds = on_tcp,
     .sysctl = "net.ipv4.tcp_fin_timeout"},
    {.name = "TCP_MAXSEG", .number = TCP_MAXSEG, .type = bytes, .kinds = on_tcp},
    {.name = "TCP_NODELAY", .number = TCP_NODELAY, .type = boolean, .kinds = on_tcp},
    {.name = "TCP_NOTSENT_LOWAT", .number = TCP_NOTSENT_LOWAT, .type = bytes, .kinds = on_tcp},
    {.name = "TCP_QUICKACK",
     .number = TCP_QUICKACK,
     .type = boolean,
     .kinds = on_tcp,
     .inherited = false,
     .phase = OptionPhase::once_connected},
    {.name = "TCP_SYNCNT", .number = TCP_SYNCNT, .type = integer, .kinds = on_tcp},
    {.name = "TCP_USER_TIMEOUT", .number = TCP_USER_TIMEOUT, .type = milliseconds, .kinds = on_tcp},
    {.name = "TCP_WINDOW_CLAMP", .number = TCP_WINDOW_CLAMP, .type = bytes, .kinds = on_tcp},
});

}  // namespace

std::span<const SocketOption> tcp_options() {
  return rows;
}

}  // namespace net
