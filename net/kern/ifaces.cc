#include "net/kern/ifaces.hh"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "net/base/parse.hh"
#include "net/kern/netlink.hh"
#include "net/kern/rtnetlink.hh"

namespace net::kern {
namespace {

/// The type number of hardware whose address is an IP address; net/if_arp.h lacks the last one.
constexpr std::array<std::uint16_t, 6> tunnels{ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT,
                                               ARPHRD_IPGRE,  ARPHRD_PIMREG,  823};

bool is_tunnel(std::uint16_t hardware) {
  return std::ranges::find(tunnels, hardware) != tunnels.end();
}

/// The end of a tunnel; one that is not set is zeros.
std::optional<Endpoint> tunnel_end(const Interface& interface, ByteView bytes) {
  if (!is_tunnel(interface.hardware)) return std::nullopt;
  Endpoint end;
  if (bytes.size() == 4) end = Endpoint::ipv4(bytes.first<4>(), 0);
  if (bytes.size() == 16) end = Endpoint::ipv6(bytes.first<16>(), 0);
  return end.is_ip() && !end.is_any() ? std::optional(end) : std::nullopt;
}

template <class Request>
Result<void> dump(std::uint16_t type, const Request& request,
                  const std::function<void(const nlmsghdr&)>& take) {
  return netlink_dump(NETLINK_ROUTE, type, std::as_bytes(std::span(&request, 1)), take);
}

Result<std::vector<Interface>> list_links() {
  std::vector<Interface> links;
  const auto done = dump(RTM_GETLINK, ifinfomsg{}, [&](const nlmsghdr& message) {
    if (auto link = decode_link(message)) links.push_back(std::move(*link));
  });
  if (!done) return std::unexpected(done.error());
  std::ranges::sort(links, {}, &Interface::index);
  return links;
}

/// A kernel that was built or started without a family answers a question for it with all that it has.
bool is_wanted(int asked, int family) {
  return asked == AF_UNSPEC || asked == family;
}

using ByIndex = std::unordered_map<std::uint32_t, Interface*>;

/// Nothing for an interface that has come since the list was made.
Interface* find_index(const ByIndex& by_index, std::uint32_t index) {
  const auto found = by_index.find(index);
  return found == by_index.end() ? nullptr : found->second;
}

/// Behind those of the same family and metric, so that the kernel's order stays.
void insert_sorted(std::vector<DefaultRoute>& routes, const DefaultRoute& route) {
  const auto order = [](const DefaultRoute& each) { return std::tuple(each.family, each.metric); };
  routes.insert(std::ranges::upper_bound(routes, order(route), {}, order), route);
}

Result<void> add_addresses(const ByIndex& by_index, int family) {
  ifaddrmsg request{};
  request.ifa_family = static_cast<unsigned char>(family);
  return dump(RTM_GETADDR, request, [&](const nlmsghdr& message) {
    const auto address = decode_address(message);
    if (!address || !is_wanted(family, address->address.family())) return;
    if (auto* const link = find_index(by_index, address->interface)) link->addresses.push_back(*address);
  });
}

Result<void> add_default_routes(const ByIndex& by_index, int family) {
  rtmsg request{};
  request.rtm_family = static_cast<unsigned char>(family);
  request.rtm_table = RT_TABLE_MAIN;
  request.rtm_type = RTN_UNICAST;
  return dump(RTM_GETROUTE, request, [&](const nlmsghdr& message) {
    for (const DefaultRoute& route : decode_default_route(message)) {
      if (!is_wanted(family, route.family)) continue;
      if (auto* const link = find_index(by_index, route.interface))
        insert_sorted(link->default_routes, route);
    }
  });
}

}  // namespace

std::optional<ByteView> Interface::mac() const {
  if (hardware == ARPHRD_LOOPBACK || is_tunnel(hardware)) return std::nullopt;
  if (hardware_address.size() != 6 && hardware_address.size() != 8) return std::nullopt;
  return hardware_address;
}

std::optional<Endpoint> Interface::tunnel_local() const {
  return tunnel_end(*this, hardware_address);
}

std::optional<Endpoint> Interface::tunnel_remote() const {
  return tunnel_end(*this, hardware_peer);
}

Result<std::vector<Interface>> list_interfaces(int family) {
  auto links = list_links();
  if (!links) return links;
  ByIndex by_index;
  for (Interface& link : *links) by_index.emplace(link.index, &link);
  if (const auto done = add_addresses(by_index, family); !done) return std::unexpected(done.error());
  if (const auto done = add_default_routes(by_index, family); !done) return std::unexpected(done.error());
  return links;
}

const Interface* find_interface(const std::vector<Interface>& interfaces, std::string_view name) {
  const auto found = [&](auto matches) {
    const auto at = std::ranges::find_if(interfaces, matches);
    return at == interfaces.end() ? nullptr : &*at;
  };
  if (const auto* by_name = found([&](const Interface& each) { return each.name == name; })) return by_name;
  if (const auto* by_other_name = found([&](const Interface& each) {
        return std::ranges::find(each.alternative_names, name) != each.alternative_names.end();
      })) {
    return by_other_name;
  }
  const auto index = parse_number(name, UINT32_MAX);
  return found([&](const Interface& each) { return index && each.index == *index; });
}

}  // namespace net::kern
