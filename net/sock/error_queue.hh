#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/base/bytes.hh"
#include "net/sock/endpoint.hh"

namespace net {

/// What an ICMP message told the kernel about a packet of ours (ip(7), IP_RECVERR; no privilege needed).
struct IcmpReport {
  std::error_code code;     ///< the errno that the kernel made of it
  Endpoint offender;        ///< who sent the ICMP message
  std::uint8_t type = 0;    ///< of ICMP, or of ICMPv6 when `offender` is IPv6
  std::uint8_t number = 0;  ///< the ICMP code
  Endpoint destination{};   ///< where the packet was sent, which an unconnected socket cannot know otherwise
  std::uint32_t mtu = 0;    ///< of the next link, when the packet was too big for it
  Buffer quoted{};          ///< the beginning of what the packet carried, as far as the message repeats it
};

/// The next ICMP report in the socket's error queue, or nothing. TCP connects over IPv4 are queued
/// without asking on Linux 6.x; all else must have set IP_RECVERR / IPV6_RECVERR.
[[nodiscard]] std::optional<IcmpReport> take_icmp_report(int fd);

}  // namespace net
