#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

/// "ADDRESS" or "ADDRESS,INTERFACE": what struct ip_mreqn and ipv6_mreq hold.
struct Group {
  Endpoint address;
  std::uint32_t interface = 0;
};

Parsed<Group> parse_group(std::string_view text, int family) {
  const std::size_t comma = text.find(',');
  const auto address = Endpoint::parse_ip(text.substr(0, comma), 0);
  if (!address) return std::unexpected(address.error());
  if (address->family() != family) return std::unexpected("an address of the other family");
  if (!address->is_multicast()) return std::unexpected("not a multicast group");
  Group group{*address, address->scope()};
  if (comma == std::string_view::npos) return group;
  const auto index = interface_index(text.substr(comma + 1));
  if (!index) return std::unexpected("no such interface: " + std::string(text.substr(comma + 1)));
  group.interface = *index;
  return group;
}

std::string group_text(const Endpoint& address, std::uint32_t interface) {
  return address.address_text() + (interface == 0 ? "" : "," + interface_name(interface));
}

Encoded encode_membership4(std::string_view text, const SocketOption& /*option*/) {
  const auto group = parse_group(text, AF_INET);
  if (!group) return std::unexpected(group.error());
  ip_mreqn request{};
  std::memcpy(&request.imr_multiaddr, group->address.address_bytes().data(), 4);
  request.imr_ifindex = static_cast<int>(group->interface);
  return bytes_of_value(request);
}

OptionValue decode_membership4(OptionView bytes, const SocketOption& /*option*/) {
  const auto address = value_from<std::array<std::uint8_t, 4>>(bytes);
  const auto request = value_from<ip_mreqn>(bytes);
  return {.data = group_text(Endpoint::ipv4(address, 0), static_cast<std::uint32_t>(request.imr_ifindex))};
}

Encoded encode_membership6(std::string_view text, const SocketOption& /*option*/) {
  const auto group = parse_group(text, AF_INET6);
  if (!group) return std::unexpected(group.error());
  ipv6_mreq request{};
  std::memcpy(&request.ipv6mr_multiaddr, group->address.address_bytes().data(), 16);
  request.ipv6mr_interface = group->interface;
  return bytes_of_value(request);
}

OptionValue decode_membership6(OptionView bytes, const SocketOption& /*option*/) {
  const auto address = value_from<std::array<std::uint8_t, 16>>(bytes);
  return {.data = group_text(Endpoint::ipv6(address, 0), value_from<ipv6_mreq>(bytes).ipv6mr_interface)};
}

Encoded encode_multicast_if(std::string_view text, const SocketOption& /*option*/) {
  ip_mreqn request{};
  if (const auto address = Endpoint::parse_ip(text, 0); address && address->family() == AF_INET) {
    std::memcpy(&request.imr_address, address->address_bytes().data(), 4);
  } else if (const auto index = interface_index(text)) {
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
  return {.data = Endpoint::ipv4(value_from<std::array<std::uint8_t, 4>>(bytes), 0).address_text()};
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
    OptionCodec{OptionType::multicast_if, "struct ip_mreqn", "ADDRESS|INTERFACE", sizeof(in_addr), Unit::none,
                encode_multicast_if, decode_multicast_if},
    OptionCodec{OptionType::membership4, "struct ip_mreqn", "GROUP[,INTERFACE]", sizeof(ip_mreqn), Unit::none,
                encode_membership4, decode_membership4},
    OptionCodec{OptionType::membership6, "struct ipv6_mreq", "GROUP[,INTERFACE]", sizeof(ipv6_mreq),
                Unit::none, encode_membership6, decode_membership6},
    OptionCodec{OptionType::port_range, "uint32_t", "LOW-HIGH", sizeof(std::uint32_t), Unit::none,
                encode_port_range, decode_port_range},
};

}  // namespace

std::span<const OptionCodec> address_codecs() {
  return codecs;
}

}  // namespace net
