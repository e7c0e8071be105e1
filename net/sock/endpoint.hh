#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/base/parse.hh"

namespace net {

/// A socket address as a value: IPv4, IPv6 with its scope, or a Unix path (abstract ones are written @name).
class Endpoint {
 public:
  /// The unspecified family: no address.
  Endpoint() = default;

  /// Strict text of one IPv4 (four decimal parts) or IPv6 address (RFC 4291, zone by name or index after %);
  /// why not, in words, otherwise.
  static Parsed<Endpoint> parse_ip(std::string_view text, std::uint16_t port);
  /// A path of at most 107 bytes, or @name for the abstract namespace; "@" alone is the kernel's choice of a
  /// name at bind(2).
  static Parsed<Endpoint> parse_unix(std::string_view path);
  static Endpoint from_bytes(const sockaddr* address, socklen_t length);
  static Endpoint ipv4(std::span<const std::uint8_t, 4> address, std::uint16_t port);
  static Endpoint ipv6(std::span<const std::uint8_t, 16> address, std::uint16_t port,
                       std::uint32_t scope = 0);
  /// 0.0.0.0 or [::].
  static Endpoint any(int family, std::uint16_t port);

  /// 127.0.0.1 or [::1].
  static Endpoint loopback(int family, std::uint16_t port);

  [[nodiscard]] int family() const { return storage_.ss_family; }
  [[nodiscard]] bool is_ip() const { return family() == AF_INET || family() == AF_INET6; }
  [[nodiscard]] bool is_unix() const { return family() == AF_UNIX; }
  [[nodiscard]] bool is_abstract() const;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] Endpoint with_port(std::uint16_t port) const;
  [[nodiscard]] std::uint32_t scope() const;
  [[nodiscard]] Endpoint with_scope(std::uint32_t scope) const;
  /// The 4 or 16 bytes of an IP address in network order.
  [[nodiscard]] std::span<const std::uint8_t> address_bytes() const;
  /// ::ffff:a.b.c.d as a.b.c.d; everything else as it is.
  [[nodiscard]] Endpoint unmapped() const;

  [[nodiscard]] bool is_any() const;
  [[nodiscard]] bool is_multicast() const;
  [[nodiscard]] bool is_link_local() const;

  /// "192.0.2.1", "2001:db8::1", "fe80::1%eth0"; the path of a Unix address.
  [[nodiscard]] std::string address_text() const;
  /// "192.0.2.1:80", "[2001:db8::1]:80"; the path of a Unix address ("(unnamed)" for none).
  [[nodiscard]] std::string text() const;

  [[nodiscard]] const sockaddr* data() const;
  [[nodiscard]] socklen_t size() const { return length_; }

  /// Same family, address, port and scope; for Unix the same name.
  friend bool operator==(const Endpoint& a, const Endpoint& b);

 private:
  template <class Sockaddr>
  [[nodiscard]] Sockaddr as() const;
  template <class Sockaddr>
  static Endpoint of(const Sockaddr& address, std::size_t length = sizeof(Sockaddr));

  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

/// The name of an interface, or its index as text if it has gone.
[[nodiscard]] std::string interface_name(std::uint32_t index);

/// The index of an interface by name, or by number as it is (RFC 4007); nothing for a name that no interface
/// has.
[[nodiscard]] std::optional<std::uint32_t> interface_index(std::string_view name);

}  // namespace net
