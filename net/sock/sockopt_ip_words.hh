#pragma once

#include <array>

#include "net/sock/sockopt.hh"

namespace net {

/// IP_PMTUDISC_* of <linux/in.h>; IPV6_PMTUDISC_* are the same numbers.
inline constexpr std::array<OptionWord, 6> mtu_discover_words{
    {{"dont", 0}, {"want", 1}, {"do", 2}, {"probe", 3}, {"interface", 4}, {"omit", 5}}};

/// The DSCPs that IANA names, as the byte in the header with ECN bits of zero (RFC 2474, 2597, 3246, 5865,
/// 8622). The default, 0, is left a number.
inline constexpr std::array<OptionWord, 22> dscp_words{
    {{"le", 0x04},   {"cs1", 0x20},  {"af11", 0x28}, {"af12", 0x30}, {"af13", 0x38}, {"cs2", 0x40},
     {"af21", 0x48}, {"af22", 0x50}, {"af23", 0x58}, {"cs3", 0x60},  {"af31", 0x68}, {"af32", 0x70},
     {"af33", 0x78}, {"cs4", 0x80},  {"af41", 0x88}, {"af42", 0x90}, {"af43", 0x98}, {"cs5", 0xa0},
     {"va", 0xb0},   {"ef", 0xb8},   {"cs6", 0xc0},  {"cs7", 0xe0}}};

// Kinds of sockets that have much in common: MPTCP passes few options on to its connections.
inline constexpr std::uint16_t on_ip = on_tcp | on_udp | on_udplite | on_raw;
inline constexpr std::uint16_t on_datagrams = on_udp | on_udplite | on_raw;

}  // namespace net
