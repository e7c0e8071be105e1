#pragma once

#include <span>

#include "net/sock/sockopt_codec.hh"

namespace net {

// The codecs by what they lay out; codec_of() finds a type in any of them.

/// Numbers, flags, names and text.
[[nodiscard]] std::span<const OptionCodec> scalar_codecs();
/// Small structs: timeval, linger.
[[nodiscard]] std::span<const OptionCodec> struct_codecs();
/// Addresses, interfaces and ports.
[[nodiscard]] std::span<const OptionCodec> address_codecs();
/// Multicast groups, their sources, and anycast.
[[nodiscard]] std::span<const OptionCodec> group_codecs();
/// What stands in the header of a packet: traffic class, options, flow label, IPsec.
[[nodiscard]] std::span<const OptionCodec> packet_codecs();
/// The filters of raw ICMP sockets.
[[nodiscard]] std::span<const OptionCodec> icmp_codecs();

}  // namespace net
