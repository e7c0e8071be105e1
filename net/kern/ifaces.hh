#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/bytes.hh"
#include "net/base/error.hh"
#include "net/sock/endpoint.hh"

namespace net::kern {

/// An address of an interface (rtnetlink(7), RTM_NEWADDR).
struct InterfaceAddress {
  std::uint32_t interface = 0;     ///< its index
  Endpoint address{};              ///< this host's own end; without port and scope
  std::optional<Endpoint> peer{};  ///< the other end of a point-to-point address; the prefix is of that one
  int prefix_length = 0;
  std::uint8_t scope = 0;                       ///< RT_SCOPE_*
  std::uint32_t flags = 0;                      ///< IFA_F_*
  std::optional<std::chrono::seconds> valid{};  ///< how long it lives on; nothing: for ever
};

/// One way out of a default route of the main table: a route to several gateways is as many of these.
struct DefaultRoute {
  std::uint32_t interface = 0;  ///< its index
  int family = AF_UNSPEC;       ///< of what goes there; the gateway of IPv4 may have an IPv6 address
  Endpoint gateway{};           ///< no address: whoever is meant is on the link itself
  std::uint32_t metric = 0;
  int weight = 0;                  ///< its share among several gateways; 0 when it is alone
  std::uint32_t flags = 0;         ///< RTNH_F_*
  std::optional<Endpoint> from{};  ///< only what has a source of this prefix
  int from_length = 0;
};

struct InterfaceCounters {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t errors = 0;
  std::uint64_t dropped = 0;
};

/// A network interface of this network namespace.
struct Interface {
  std::uint32_t index = 0;
  std::string name{};  ///< any bytes but blanks, `/`, `:` and zero
  std::vector<std::string> alternative_names{};
  std::string kind{};       ///< "veth", "bridge": of those that software makes; else empty
  std::uint32_t flags = 0;  ///< IFF_*
  std::uint32_t mtu = 0;
  std::uint16_t hardware = 0;  ///< ARPHRD_*
  std::uint8_t state = 0;      ///< IF_OPER_* (RFC 2863)
  bool carrier = true;
  std::uint32_t master = 0;   ///< the bridge or bond that it is a part of, by index
  Buffer hardware_address{};  ///< of a tunnel the IP address of this end
  Buffer hardware_peer{};     ///< broadcast; of a point-to-point link the other end
  InterfaceCounters rx{};
  InterfaceCounters tx{};
  std::vector<InterfaceAddress> addresses{};
  std::vector<DefaultRoute> default_routes{};  ///< IPv4 first, by metric

  /// EUI-48 or EUI-64. Nothing for loopback and tunnels, and for hardware that is addressed otherwise.
  [[nodiscard]] std::optional<ByteView> mac() const;
  /// Of an IP tunnel: its ends, as far as they are set.
  [[nodiscard]] std::optional<Endpoint> tunnel_local() const;
  [[nodiscard]] std::optional<Endpoint> tunnel_remote() const;
};

/// Every interface by index, with the addresses and default routes of one family or both. Three questions to
/// the kernel, however many interfaces there are; what comes or goes between them may be missed.
[[nodiscard]] Result<std::vector<Interface>> list_interfaces(int family = AF_UNSPEC);

/// The one with that name; else with that alternative name; else with that index.
[[nodiscard]] const Interface* find_interface(const std::vector<Interface>& interfaces,
                                              std::string_view name);

}  // namespace net::kern
