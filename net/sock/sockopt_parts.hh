#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "net/sock/endpoint.hh"
#include "net/sock/sockopt.hh"

namespace net {

// What the codecs of addresses have in common.

/// The family that an option's addresses are of, by its level.
[[nodiscard]] int family_of_level(const SocketOption& option);

/// An address of that family.
[[nodiscard]] Parsed<Endpoint> parse_address(std::string_view text, int family);

/// An interface by name or index.
[[nodiscard]] Parsed<std::uint32_t> parse_interface(std::string_view text);

/// "ADDRESS" or "ADDRESS,INTERFACE"; the interface of an address with a zone is that zone.
struct AddressOnInterface {
  Endpoint address;
  std::uint32_t interface = 0;
};
[[nodiscard]] Parsed<AddressOnInterface> parse_address_on(std::string_view text, int family);
[[nodiscard]] std::string address_on_text(const Endpoint& address, std::uint32_t interface);

/// As struct in_addr or in6_addr; the family must be right.
template <class Address>
[[nodiscard]] Address address_as(const Endpoint& address) {
  Address out{};
  std::memcpy(&out, address.address_bytes().data(), sizeof out);
  return out;
}

[[nodiscard]] inline Endpoint endpoint_of(const in_addr& address) {
  std::array<std::uint8_t, sizeof address> bytes{};
  std::memcpy(bytes.data(), &address, bytes.size());
  return Endpoint::ipv4(bytes, 0);
}

[[nodiscard]] inline Endpoint endpoint_of(const in6_addr& address) {
  std::array<std::uint8_t, sizeof address> bytes{};
  std::memcpy(bytes.data(), &address, bytes.size());
  return Endpoint::ipv6(bytes, 0);
}

}  // namespace net
