#include "net/sock/sockaddr_layout.hh"

#include <netinet/in.h>

#include <array>
#include <cstring>
#include <span>

namespace net {
namespace {

struct Field {
  std::string_view name;
  std::size_t offset;
  std::size_t size;
  std::string (*meaning)(const Endpoint& endpoint);
};

std::string family(const Endpoint& endpoint) {
  const std::string name = endpoint.family() == AF_INET ? "AF_INET" : "AF_INET6";
  return name + " (" + std::to_string(endpoint.family()) + "), host order";
}

std::string port(const Endpoint& endpoint) {
  return std::to_string(endpoint.port()) + ", network order";
}

std::string address(const Endpoint& endpoint) {
  return endpoint.with_scope(0).address_text() + ", network order";
}

std::string padding(const Endpoint& /*endpoint*/) {
  return "padding";
}

std::string flow(const Endpoint& endpoint) {
  sockaddr_in6 in6{};
  std::memcpy(&in6, endpoint.data(), sizeof in6);
  return std::to_string(ntohl(in6.sin6_flowinfo)) + ", network order";
}

std::string scope(const Endpoint& endpoint) {
  const std::uint32_t index = endpoint.scope();
  if (index == 0) return "no scope";
  return std::to_string(index) + " (" + interface_name(index) + "), host order";
}

template <class Struct, class Member>
constexpr std::size_t size_of(Member Struct::* /*pointer*/) {
  return sizeof(Member);
}

constexpr auto fields_v4 = std::to_array<Field>({
    {"sin_family", offsetof(sockaddr_in, sin_family), size_of(&sockaddr_in::sin_family), family},
    {"sin_port", offsetof(sockaddr_in, sin_port), size_of(&sockaddr_in::sin_port), port},
    {"sin_addr", offsetof(sockaddr_in, sin_addr), size_of(&sockaddr_in::sin_addr), address},
    {"sin_zero", offsetof(sockaddr_in, sin_zero), size_of(&sockaddr_in::sin_zero), padding},
});

constexpr auto fields_v6 = std::to_array<Field>({
    {"sin6_family", offsetof(sockaddr_in6, sin6_family), size_of(&sockaddr_in6::sin6_family), family},
    {"sin6_port", offsetof(sockaddr_in6, sin6_port), size_of(&sockaddr_in6::sin6_port), port},
    {"sin6_flowinfo", offsetof(sockaddr_in6, sin6_flowinfo), size_of(&sockaddr_in6::sin6_flowinfo), flow},
    {"sin6_addr", offsetof(sockaddr_in6, sin6_addr), size_of(&sockaddr_in6::sin6_addr), address},
    {"sin6_scope_id", offsetof(sockaddr_in6, sin6_scope_id), size_of(&sockaddr_in6::sin6_scope_id), scope},
});

std::span<const Field> fields_of(const Endpoint& endpoint) {
  if (endpoint.family() == AF_INET) return fields_v4;
  if (endpoint.family() == AF_INET6) return fields_v6;
  return {};
}

}  // namespace

std::vector<SockaddrField> sockaddr_layout(const Endpoint& endpoint) {
  const ByteView all(reinterpret_cast<const std::uint8_t*>(endpoint.data()), endpoint.size());
  std::vector<SockaddrField> out;
  for (const Field& field : fields_of(endpoint)) {
    const ByteView bytes = all.subspan(field.offset, field.size);
    out.push_back({field.offset, field.name, Buffer(bytes.begin(), bytes.end()), field.meaning(endpoint)});
  }
  return out;
}

std::string_view sockaddr_name(const Endpoint& endpoint) {
  if (endpoint.family() == AF_INET) return "sockaddr_in";
  return endpoint.family() == AF_INET6 ? "sockaddr_in6" : "";
}

}  // namespace net
