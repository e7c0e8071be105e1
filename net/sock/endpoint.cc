#include "net/sock/endpoint.hh"

#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "net/addr/ip_address.hh"

namespace net {
namespace {

constexpr std::size_t unix_path_offset = offsetof(sockaddr_un, sun_path);

Endpoint endpoint_of(const IpAddress& address, std::uint16_t port, std::uint32_t scope = 0) {
  const auto bytes = address.bytes();
  return address.is_v4() ? Endpoint::ipv4(bytes.view().first<4>(), port)
                         : Endpoint::ipv6(bytes.view().first<16>(), port, scope);
}

}  // namespace

template <class Sockaddr>
Sockaddr Endpoint::as() const {
  Sockaddr out{};
  std::memcpy(&out, &storage_, std::min(sizeof out, sizeof storage_));
  return out;
}

template <class Sockaddr>
Endpoint Endpoint::of(const Sockaddr& address, std::size_t length) {
  Endpoint endpoint;
  std::memcpy(&endpoint.storage_, &address, length);
  endpoint.length_ = static_cast<socklen_t>(length);
  return endpoint;
}

Endpoint Endpoint::from_bytes(const sockaddr* address, socklen_t length) {
  Endpoint endpoint;
  endpoint.length_ = std::min<socklen_t>(length, sizeof endpoint.storage_);
  if (endpoint.length_ > 0) std::memcpy(&endpoint.storage_, address, endpoint.length_);
  return endpoint;
}

Endpoint Endpoint::ipv4(std::span<const std::uint8_t, 4> address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  std::memcpy(&in.sin_addr, address.data(), address.size());
  return of(in);
}

Endpoint Endpoint::ipv6(std::span<const std::uint8_t, 16> address, std::uint16_t port, std::uint32_t scope) {
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  in6.sin6_scope_id = scope;
  std::memcpy(&in6.sin6_addr, address.data(), address.size());
  return of(in6);
}

Endpoint Endpoint::loopback(int family, std::uint16_t port) {
  if (family == AF_INET) return ipv4(std::array<std::uint8_t, 4>{127, 0, 0, 1}, port);
  std::array<std::uint8_t, 16> bytes{};
  bytes.back() = 1;
  return ipv6(bytes, port);
}

Endpoint Endpoint::any(int family, std::uint16_t port) {
  if (family == AF_INET) return ipv4(std::array<std::uint8_t, 4>{}, port);
  return ipv6(std::array<std::uint8_t, 16>{}, port);
}

Parsed<Endpoint> Endpoint::parse_ip(std::string_view text, std::uint16_t port) {
  // An IPv4 address has no zone: there the '%' stays, and is refused.
  const std::size_t percent = text.contains(':') ? text.find('%') : std::string_view::npos;
  const auto address = IpAddress::parse(text.substr(0, percent));
  if (!address) return std::unexpected(address.error());
  if (percent == std::string_view::npos) return endpoint_of(*address, port);
  const std::string_view zone = text.substr(percent + 1);
  const auto scope = interface_index(zone);
  if (!scope) return std::unexpected("no such interface: " + std::string(zone));
  return endpoint_of(*address, port, *scope);
}

Parsed<Endpoint> Endpoint::parse_unix(std::string_view path) {
  if (path.empty()) return std::unexpected("empty path");
  if (path.contains('\0')) return std::unexpected("a path cannot hold a zero byte");
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const bool abstract = path.starts_with('@');
  // A path needs its terminating zero inside sun_path; an abstract name spends that byte on its leading zero.
  if (path.size() > sizeof un.sun_path - (abstract ? 0 : 1)) {
    return std::unexpected("too long (at most 107 bytes)");
  }
  std::memcpy(un.sun_path, path.data(), path.size());
  if (!abstract) return of(un, unix_path_offset + path.size() + 1);
  un.sun_path[0] = '\0';
  return of(un, path.size() == 1 ? unix_path_offset : unix_path_offset + path.size());
}

bool Endpoint::is_abstract() const {
  return is_unix() && length_ > unix_path_offset && as<sockaddr_un>().sun_path[0] == '\0';
}

std::uint16_t Endpoint::port() const {
  // The port stands at the same place in both families.
  return is_ip() ? ntohs(as<sockaddr_in>().sin_port) : std::uint16_t{0};
}

Endpoint Endpoint::with_port(std::uint16_t port) const {
  if (!is_ip()) return *this;
  auto in6 = as<sockaddr_in6>();
  in6.sin6_port = htons(port);
  return of(in6, length_);
}

std::uint32_t Endpoint::scope() const {
  return family() == AF_INET6 ? as<sockaddr_in6>().sin6_scope_id : 0;
}

Endpoint Endpoint::with_scope(std::uint32_t scope) const {
  if (family() != AF_INET6) return *this;
  auto in6 = as<sockaddr_in6>();
  in6.sin6_scope_id = scope;
  return of(in6);
}

std::span<const std::uint8_t> Endpoint::address_bytes() const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&storage_);
  if (family() == AF_INET) return {bytes + offsetof(sockaddr_in, sin_addr), 4};
  if (family() == AF_INET6) return {bytes + offsetof(sockaddr_in6, sin6_addr), 16};
  return {};
}

Endpoint Endpoint::unmapped() const {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const auto bytes = address_bytes();
  if (bytes.size() != 16 || !std::ranges::equal(bytes.first<12>(), mapped)) return *this;
  return ipv4(bytes.last<4>(), port());
}

bool Endpoint::is_any() const {
  return is_ip() && std::ranges::all_of(address_bytes(), [](std::uint8_t byte) { return byte == 0; });
}

bool Endpoint::is_multicast() const {
  if (family() == AF_INET) return (address_bytes()[0] & 0xf0U) == 0xe0;
  return family() == AF_INET6 && address_bytes()[0] == 0xff;
}

bool Endpoint::is_link_local() const {
  return family() == AF_INET6 && address_bytes()[0] == 0xfe && (address_bytes()[1] & 0xc0U) == 0x80;
}

std::string Endpoint::address_text() const {
  if (is_unix()) return text();
  if (!is_ip()) return "";
  std::string out = IpAddress::from_bytes(address_bytes()).text();
  if (const std::uint32_t index = scope(); index != 0) {
    out += '%';
    out += interface_name(index);
  }
  return out;
}

std::string Endpoint::text() const {
  if (is_unix()) {
    if (length_ <= unix_path_offset) return "(unnamed)";
    const auto un = as<sockaddr_un>();
    // A path that fills sun_path has no terminator, and the kernel counts one all the same (unix(7), BUGS).
    const std::size_t length = std::min<std::size_t>(length_ - unix_path_offset, sizeof un.sun_path);
    if (un.sun_path[0] == '\0') return "@" + std::string(un.sun_path + 1, length - 1);
    return {un.sun_path, strnlen(un.sun_path, length)};
  }
  const std::string address = address_text();
  const std::string port_text = ":" + std::to_string(port());
  return family() == AF_INET6 ? "[" + address + "]" + port_text : address + port_text;
}

const sockaddr* Endpoint::data() const {
  return reinterpret_cast<const sockaddr*>(&storage_);
}

bool operator==(const Endpoint& a, const Endpoint& b) {
  if (a.family() != b.family()) return false;
  if (a.is_unix()) return a.text() == b.text();
  return a.port() == b.port() && a.scope() == b.scope() &&
         std::ranges::equal(a.address_bytes(), b.address_bytes());
}

std::string interface_name(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) != nullptr ? name.data() : std::to_string(index);
}

std::optional<std::uint32_t> interface_index(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (const unsigned index = if_nametoindex(std::string(name).c_str()); index != 0) return index;
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || stop != name.data() + name.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace net
