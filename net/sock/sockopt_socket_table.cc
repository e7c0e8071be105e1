// SOL_SOCKET (socket(7), unix(7)): data only.
#include <sys/socket.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

using enum OptionType;

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "SO_BINDTODEVICE", .number = SO_BINDTODEVICE, .type = string, .kinds = on_inet},
    {.name = "SO_BROADCAST", .number = SO_BROADCAST, .type = boolean},
    {.name = "SO_BUSY_POLL", .number = SO_BUSY_POLL, .type = integer, .sysctl = "net.core.busy_read"},
    {.name = "SO_DONTROUTE", .number = SO_DONTROUTE, .type = boolean},
    {.name = "SO_KEEPALIVE", .number = SO_KEEPALIVE, .type = boolean},
    {.name = "SO_LINGER", .number = SO_LINGER, .type = linger},
    {.name = "SO_MARK", .number = SO_MARK, .type = integer},
    {.name = "SO_MAX_PACING_RATE", .number = SO_MAX_PACING_RATE, .type = rate},
    {.name = "SO_OOBINLINE", .number = SO_OOBINLINE, .type = boolean},
    {.name = "SO_PRIORITY", .number = SO_PRIORITY, .type = integer, .inherited = false},
    {.name = "SO_RCVBUF", .number = SO_RCVBUF, .type = bytes, .sysctl = "net.core.rmem_max"},
    {.name = "SO_RCVBUFFORCE", .number = SO_RCVBUFFORCE, .type = bytes, .readable = false},
    {.name = "SO_RCVLOWAT", .number = SO_RCVLOWAT, .type = bytes},
    {.name = "SO_RCVTIMEO", .number = SO_RCVTIMEO, .type = timeval},
    {.name = "SO_REUSEADDR", .number = SO_REUSEADDR, .type = boolean},
    {.name = "SO_REUSEPORT", .number = SO_REUSEPORT, .type = boolean, .kinds = on_inet},
    {.name = "SO_SNDBUF", .number = SO_SNDBUF, .type = bytes, .sysctl = "net.core.wmem_max"},
    {.name = "SO_SNDBUFFORCE", .number = SO_SNDBUFFORCE, .type = bytes, .readable = false},
    {.name = "SO_SNDTIMEO", .number = SO_SNDTIMEO, .type = timeval},
    {.name = "SO_TIMESTAMP", .number = SO_TIMESTAMP, .type = boolean},
    {.name = "SO_ZEROCOPY", .number = SO_ZEROCOPY, .type = boolean, .kinds = on_inet},
});

}  // namespace

std::span<const SocketOption> socket_options() {
  return rows;
}

}  // namespace net
