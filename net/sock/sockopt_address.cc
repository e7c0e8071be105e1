#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_parts.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

Encoded encode_interface_be(std::string_view text, const SocketOption& /*option*/) {
  const auto index = text == "none" ? Parsed<std::uint32_t>(0U) : parse_interface(text);
  if (!index) return std::unexpected(index.error());
  return bytes_of_value(htonl(*index));
}

OptionValue decode_interface_be(OptionView bytes, const SocketOption& /*option*/) {
  const std::uint32_t index = ntohl(value_from<std::uint32_t>(bytes));
  return {.data = index == 0 ? std::string() : interface_name(index)};
}

Encoded encode_multicast_if(std::string_view text, const SocketOption& /*option*/) {
  ip_mreqn request{};
  if (const auto address = parse_address(text, AF_INET)) {
    request.imr_address = address_as<in_addr>(*address);
  } else if (const auto index = parse_interface(text)) {
    request.imr_ifindex = static_cast<int>(*index);
  } else {
    return std::unexpected("neither an IPv4 address nor an interface");
  }
  return bytes_of_value(request);
}

OptionValue decode_multicast_if(OptionView bytes, const SocketOption& /*option*/) {
  // getsockopt gives an address; what was set is a struct ip_mreqn.
  if (bytes.size() >= sizeof(ip_mreqn)) {
    const auto request = value_from<ip_mreqn>(bytes);
    if (request.imr_ifindex != 0) {
      return {.data = interface_name(static_cast<std::uint32_t>(request.imr_ifindex))};
    }
    bytes = bytes.subspan(offsetof(ip_mreqn, imr_address));
  }
  return {.data = endpoint_of(value_from<in_addr>(bytes)).address_text()};
}

Encoded encode_packet_info6(std::string_view text, const SocketOption& /*option*/) {
  const auto parsed = parse_address_on(text, AF_INET6);
  if (!parsed) return std::unexpected(parsed.error());
  return bytes_of_value(in6_pktinfo{address_as<in6_addr>(parsed->address), parsed->interface});
}

OptionValue decode_packet_info6(OptionView bytes, const SocketOption& /*option*/) {
  const auto info = value_from<in6_pktinfo>(bytes);
  return {.data = address_on_text(endpoint_of(info.ipi6_addr), info.ipi6_ifindex)};
}

OptionValue decode_path_mtu(OptionView bytes, const SocketOption& option) {
  // The address in the struct is for control messages; getsockopt leaves it empty.
  return number_value(std::int64_t{value_from<ip6_mtuinfo>(bytes).ip6m_mtu}, option);
}

Encoded encode_port_range(std::string_view text, const SocketOption& /*option*/) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::unexpected("not LOW-HIGH");
  const auto low = parse_number(text.substr(0, dash), UINT16_MAX);
  const auto high = parse_number(text.substr(dash + 1), UINT16_MAX);
  if (!low || !high) return std::unexpected("not LOW-HIGH");
  return bytes_of_value(static_cast<std::uint32_t>(*low | (*high << 16U)));
}

OptionValue decode_port_range(OptionView bytes, const SocketOption& /*option*/) {
  const auto value = value_from<std::uint32_t>(bytes);
  return {.data = std::to_string(value & 0xffffU) + "-" + std::to_string(value >> 16U)};
}

constexpr std::array codecs{
    OptionCodec{OptionType::interface_be, "int", "INTERFACE|none", sizeof(int), Unit::none,
                encode_interface_be, decode_interface_be},
    OptionCodec{OptionType::multicast_if, "struct ip_mreqn", "ADDRESS|INTERFACE", sizeof(in_addr), Unit::none,
                encode_multicast_if, decode_multicast_if},
    OptionCodec{OptionType::packet_info6, "struct in6_pktinfo", "ADDRESS[,INTERFACE]", sizeof(in6_pktinfo),
                Unit::none, encode_packet_info6, decode_packet_info6},
    OptionCodec{OptionType::path_mtu, "struct ip6_mtuinfo", "", sizeof(ip6_mtuinfo), Unit::bytes, nullptr,
                decode_path_mtu},
    OptionCodec{OptionType::port_range, "uint32_t", "LOW-HIGH", sizeof(std::uint32_t), Unit::none,
                encode_port_range, decode_port_range},
};

}  // namespace

std::span<const OptionCodec> address_codecs() {
  return codecs;
}

}  // namespace net
