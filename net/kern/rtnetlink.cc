#include "net/kern/rtnetlink.hh"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "net/kern/netlink.hh"

namespace net::kern {
namespace {

using Bytes = std::span<const std::byte>;

/// What stands behind the header of a message, in the order of `T`.
template <class T>
std::optional<T> body_of(const nlmsghdr& message) {
  if (message.nlmsg_len < NLMSG_HDRLEN) return std::nullopt;
  const auto* bytes = reinterpret_cast<const std::byte*>(&message);
  return value_in<T>(Bytes(bytes, message.nlmsg_len).subspan(NLMSG_HDRLEN));
}

ByteView byte_view(Bytes bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Buffer buffer_of(Bytes bytes) {
  const ByteView view = byte_view(bytes);
  return {view.begin(), view.end()};
}

/// An address of that family; nothing where the bytes are no such address.
std::optional<Endpoint> endpoint_of(int family, Bytes bytes) {
  const ByteView view = byte_view(bytes);
  if (family == AF_INET && view.size() == 4) return Endpoint::ipv4(view.first<4>(), 0);
  if (family == AF_INET6 && view.size() == 16) return Endpoint::ipv6(view.first<16>(), 0);
  return std::nullopt;
}

bool is_ip(int family) {
  return family == AF_INET || family == AF_INET6;
}

/// A string with its terminating zero, or without.
std::string text_of(Bytes bytes) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  return {text, strnlen(text, bytes.size())};
}

template <class T>
void take_number(T& into, Bytes bytes) {
  into = value_in<T>(bytes).value_or(into);
}

void take_counters(Interface& interface, Bytes bytes) {
  // Kernels add counters at the end; an older one gives fewer, but never without these.
  constexpr std::size_t needed = offsetof(rtnl_link_stats64, multicast);
  if (bytes.size() < needed) return;
  rtnl_link_stats64 stats{};
  std::memcpy(&stats, bytes.data(), needed);
  interface.rx = {stats.rx_bytes, stats.rx_packets, stats.rx_errors, stats.rx_dropped};
  interface.tx = {stats.tx_bytes, stats.tx_packets, stats.tx_errors, stats.tx_dropped};
}

void take_link_attribute(Interface& interface, std::uint16_t type, Bytes bytes) {
  switch (type) {
    case IFLA_IFNAME:
      interface.name = text_of(bytes);
      break;
    case IFLA_ADDRESS:
      interface.hardware_address = buffer_of(bytes);
      break;
    case IFLA_BROADCAST:
      interface.hardware_peer = buffer_of(bytes);
      break;
    case IFLA_MTU:
      take_number(interface.mtu, bytes);
      break;
    case IFLA_MASTER:
      take_number(interface.master, bytes);
      break;
    case IFLA_OPERSTATE:
      take_number(interface.state, bytes);
      break;
    case IFLA_CARRIER:
      interface.carrier = value_in<std::uint8_t>(bytes).value_or(1) != 0;
      break;
    case IFLA_STATS64:
      take_counters(interface, bytes);
      break;
    default:
      break;
  }
}

void take_nested_attribute(Interface& interface, std::uint16_t outer, Bytes bytes) {
  if (outer != IFLA_LINKINFO && outer != IFLA_PROP_LIST) return;
  for_each_attribute(bytes, [&](std::uint16_t type, Bytes value) {
    if (outer == IFLA_LINKINFO && type == IFLA_INFO_KIND) interface.kind = text_of(value);
    if (outer == IFLA_PROP_LIST && type == IFLA_ALT_IFNAME) {
      interface.alternative_names.push_back(text_of(value));
    }
  });
}

/// The gateway of a route or of one of its next hops: RTA_GATEWAY is of the route's family, RTA_VIA says
/// which one it has.
void take_hop_attribute(DefaultRoute& route, std::uint16_t type, Bytes bytes) {
  if (type == RTA_OIF) take_number(route.interface, bytes);
  if (type == RTA_GATEWAY) route.gateway = endpoint_of(route.family, bytes).value_or(Endpoint());
  if (type != RTA_VIA) return;
  if (const auto family = value_in<std::uint16_t>(bytes)) {
    route.gateway = endpoint_of(*family, bytes.subspan(sizeof *family)).value_or(Endpoint());
  }
}

/// The next hops of a route, which has all else that they share.
std::vector<DefaultRoute> decode_hops(const DefaultRoute& route, Bytes bytes) {
  std::vector<DefaultRoute> hops;
  while (const auto header = value_in<rtnexthop>(bytes)) {
    if (header->rtnh_len < sizeof *header || header->rtnh_len > bytes.size()) break;
    DefaultRoute& hop = hops.emplace_back(route);
    hop.interface = static_cast<std::uint32_t>(header->rtnh_ifindex);
    hop.flags = header->rtnh_flags;
    hop.weight = header->rtnh_hops + 1;
    for_each_attribute(bytes.first(header->rtnh_len).subspan(sizeof *header),
                       [&](std::uint16_t type, Bytes value) { take_hop_attribute(hop, type, value); });
    bytes = bytes.subspan(std::min<std::size_t>(RTNH_ALIGN(header->rtnh_len), bytes.size()));
  }
  return hops;
}

}  // namespace

std::optional<Interface> decode_link(const nlmsghdr& message) {
  const auto info = body_of<ifinfomsg>(message);
  if (!info || info->ifi_index <= 0) return std::nullopt;
  Interface interface;
  interface.index = static_cast<std::uint32_t>(info->ifi_index);
  interface.flags = info->ifi_flags;
  interface.hardware = info->ifi_type;
  for_each_attribute(message, sizeof *info, [&](std::uint16_t type, Bytes bytes) {
    take_link_attribute(interface, type, bytes);
    take_nested_attribute(interface, type, bytes);
  });
  return interface;
}

std::optional<InterfaceAddress> decode_address(const nlmsghdr& message) {
  const auto info = body_of<ifaddrmsg>(message);
  if (!info || !is_ip(info->ifa_family)) return std::nullopt;
  InterfaceAddress found;
  found.interface = info->ifa_index;
  found.prefix_length = info->ifa_prefixlen;
  found.scope = info->ifa_scope;
  found.flags = info->ifa_flags;
  // IFA_ADDRESS is the other end where there is one (always with IPv4, where it may be the same), and
  // IFA_LOCAL this one.
  std::optional<Endpoint> local;
  std::optional<Endpoint> address;
  for_each_attribute(message, sizeof *info, [&](std::uint16_t type, Bytes bytes) {
    if (type == IFA_LOCAL) local = endpoint_of(info->ifa_family, bytes);
    if (type == IFA_ADDRESS) address = endpoint_of(info->ifa_family, bytes);
    if (type == IFA_FLAGS) take_number(found.flags, bytes);
    if (type != IFA_CACHEINFO) return;
    const auto times = value_in<ifa_cacheinfo>(bytes);
    if (times && times->ifa_valid != UINT32_MAX) found.valid = std::chrono::seconds(times->ifa_valid);
  });
  if (!local && !address) return std::nullopt;
  found.address = local ? *local : *address;
  if (local && address && *local != *address) found.peer = address;
  return found;
}

std::vector<DefaultRoute> decode_default_route(const nlmsghdr& message) {
  const auto info = body_of<rtmsg>(message);
  if (!info || !is_ip(info->rtm_family) || info->rtm_dst_len != 0 || info->rtm_type != RTN_UNICAST) return {};
  DefaultRoute route;
  route.family = info->rtm_family;
  route.flags = info->rtm_flags;
  route.from_length = info->rtm_src_len;
  std::uint32_t table = info->rtm_table;
  Bytes hops;
  for_each_attribute(message, sizeof *info, [&](std::uint16_t type, Bytes bytes) {
    take_hop_attribute(route, type, bytes);
    if (type == RTA_TABLE) take_number(table, bytes);
    if (type == RTA_PRIORITY) take_number(route.metric, bytes);
    if (type == RTA_SRC) route.from = endpoint_of(info->rtm_family, bytes);
    if (type == RTA_MULTIPATH) hops = bytes;
  });
  if (table != RT_TABLE_MAIN) return {};
  if (!hops.empty()) return decode_hops(route, hops);
  if (route.interface == 0) return {};
  return {route};
}

}  // namespace net::kern
