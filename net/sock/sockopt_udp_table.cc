// IPPROTO_UDP (udp(7)): data only.
#include <linux/udp.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

using enum OptionType;

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "UDP_CORK", .number = UDP_CORK, .type = boolean, .kinds = on_udp},
    {.name = "UDP_GRO", .number = UDP_GRO, .type = boolean, .kinds = on_udp},
    {.name = "UDP_SEGMENT", .number = UDP_SEGMENT, .type = bytes, .kinds = on_udp},
});

}  // namespace

std::span<const SocketOption> udp_options() {
  return rows;
}

}  // namespace net
