// IPPROTO_UDP (udp(7)): data only.
#include <linux/udp.h>

#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

using enum OptionType;

// The kernel answers this level for UDP-Lite too.
constexpr std::uint16_t udp_and_udplite = on_udp | on_udplite;

constexpr auto encapsulations = std::to_array<OptionWord>(
    {{"none", 0}, {"espinudp", UDP_ENCAP_ESPINUDP}, {"l2tpinudp", UDP_ENCAP_L2TPINUDP}});

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "UDP_CORK",
     .number = UDP_CORK,
     .type = boolean,
     .kinds = udp_and_udplite,
     .meaning = "Gathers what is written into one datagram, sent when it is switched off"},
    {.name = "UDP_ENCAP",
     .number = UDP_ENCAP,
     .type = word,
     .kinds = udp_and_udplite,
     .words = encapsulations,
     .meaning = "Hands datagrams that carry IPsec or L2TP to the kernel (RFC 3948, RFC 2661)",
     .caution = "Tunnels of the kernel read as other numbers: 1 old ESP, 4 and 5 GTP, 6 RxRPC"},
    {.name = "UDP_GRO",
     .number = UDP_GRO,
     .type = boolean,
     .kinds = udp_and_udplite,
     .since = "5.0",
     .meaning = "One read may hold several datagrams of one size, told in a control message",
     .caution = "A program that does not read UDP_GRO's control message takes them for one"},
    {.name = "UDP_NO_CHECK6_RX",
     .number = UDP_NO_CHECK6_RX,
     .type = boolean,
     .kinds = udp_and_udplite,
     .since = "3.16",
     .meaning = "Takes IPv6 datagrams whose checksum is zero (RFC 6935)",
     .caution = "Without effect on IPv4, where a zero checksum is always taken"},
    {.name = "UDP_NO_CHECK6_TX",
     .number = UDP_NO_CHECK6_TX,
     .type = boolean,
     .kinds = udp_and_udplite,
     .since = "3.16",
     .meaning = "Sends IPv6 datagrams with a checksum of zero (RFC 6935)",
     .caution = "Without effect on IPv4, which has SO_NO_CHECK; most receivers drop them"},
    {.name = "UDP_SEGMENT",
     .number = UDP_SEGMENT,
     .type = bytes,
     .kinds = udp_and_udplite,
     .least = 0,
     .most = 65535,
     .since = "4.18",
     .meaning = "Cuts what is written into datagrams of this size (segmentation offload)",
     .caution = "0 is off; larger than the way's MTU and sending is EINVAL"},
});

}  // namespace

std::span<const SocketOption> udp_options() {
  return rows;
}

}  // namespace net
