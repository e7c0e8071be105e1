#pragma once

#include <span>

#include "net/sock/sockopt_codec.hh"

namespace net {

// The codecs by what they lay out; codec_of() finds a type in any of them.

/// Numbers, flags, names and text.
[[nodiscard]] std::span<const OptionCodec> scalar_codecs();
/// Small structs: timeval, linger, timestamping, txtime, meminfo.
[[nodiscard]] std::span<const OptionCodec> struct_codecs();
/// Programs and pieces of memory that a socket is handed: BPF filters, dma-buf tokens.
[[nodiscard]] std::span<const OptionCodec> filter_codecs();
/// Who is at the other end: credentials, groups, address, process.
[[nodiscard]] std::span<const OptionCodec> peer_codecs();
/// Addresses, interfaces and ports.
[[nodiscard]] std::span<const OptionCodec> address_codecs();
/// Multicast groups, their sources, and anycast.
[[nodiscard]] std::span<const OptionCodec> group_codecs();
/// What stands in the header of a packet: traffic class, options, flow label, IPsec.
[[nodiscard]] std::span<const OptionCodec> packet_codecs();
/// The filters of raw ICMP sockets.
[[nodiscard]] std::span<const OptionCodec> icmp_codecs();
/// What TCP tells about a connection.
[[nodiscard]] std::span<const OptionCodec> tcp_info_codecs();
/// TCP's other structs.
[[nodiscard]] std::span<const OptionCodec> tcp_struct_codecs();
/// The keys of TCP-AO (RFC 5925).
[[nodiscard]] std::span<const OptionCodec> tcp_ao_codecs();
/// What MPTCP tells about a connection and its subflows.
[[nodiscard]] std::span<const OptionCodec> mptcp_codecs();

}  // namespace net
