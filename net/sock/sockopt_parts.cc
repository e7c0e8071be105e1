#include "net/sock/sockopt_parts.hh"

#include "net/sock/sockopt_codec.hh"

namespace net {

int family_of_level(const SocketOption& option) {
  return option.level == IPPROTO_IPV6 ? AF_INET6 : AF_INET;
}

Parsed<Endpoint> parse_address(std::string_view text, int family) {
  auto address = Endpoint::parse_ip(text, 0);
  if (!address && family == AF_INET6 && !text.contains(':')) return std::unexpected("not an IPv6 address");
  if (address && address->family() != family) return std::unexpected("an address of the other family");
  return address;
}

Parsed<std::uint32_t> parse_interface(std::string_view text) {
  const auto index = interface_index(text);
  if (!index) return std::unexpected("no such interface: " + std::string(text));
  return *index;
}

Parsed<AddressOnInterface> parse_address_on(std::string_view text, int family) {
  const auto parts = comma_parts(text);
  if (parts.size() > 2) return std::unexpected("not ADDRESS[,INTERFACE]");
  const auto address = parse_address(parts[0], family);
  if (!address) return std::unexpected(address.error());
  if (parts.size() == 1) return AddressOnInterface{*address, address->scope()};
  const auto interface = parse_interface(parts[1]);
  if (!interface) return std::unexpected(interface.error());
  return AddressOnInterface{*address, *interface};
}

std::string address_on_text(const Endpoint& address, std::uint32_t interface) {
  return address.address_text() + (interface == 0 ? "" : "," + interface_name(interface));
}

}  // namespace net
