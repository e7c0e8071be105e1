#include "net/addr/ipv4_class.hh"

#include <array>
#include <bit>

namespace net {
namespace {

/// By the number of ones that an address begins with.
constexpr std::array<Ipv4Class, 5> classes{{{'A', "0", 1, "unicast"},
                                            {'B', "10", 2, "unicast"},
                                            {'C', "110", 3, "unicast"},
                                            {'D', "1110", 0, "multicast"},
                                            {'E', "1111", 0, "reserved"}}};

/// The octets from `begin` to `end` with dots between them.
std::string octets(const IpAddress& address, int begin, int end) {
  const auto bytes = address.bytes();
  std::string out;
  for (int i = begin; i < end; ++i) {
    if (i != begin) out += '.';
    out += std::to_string(bytes.view()[static_cast<std::size_t>(i)]);
  }
  return out;
}

}  // namespace

std::optional<int> Ipv4Class::default_length() const {
  if (!has_hosts()) return std::nullopt;
  return network_octets * 8;
}

std::string Ipv4Class::network_part(const IpAddress& address) const {
  return octets(address, 0, network_octets);
}

std::string Ipv4Class::host_part(const IpAddress& address) const {
  return has_hosts() ? octets(address, network_octets, 4) : std::string();
}

const Ipv4Class& ipv4_class(const IpAddress& address) {
  const auto leading_ones =
      static_cast<std::size_t>(std::countl_one(static_cast<std::uint32_t>(address.value())));
  return classes[std::min(leading_ones, classes.size() - 1)];
}

}  // namespace net
