#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "tests/support/netns.hh"

namespace test {

enum class IpFamily : std::uint8_t { v4, v6 };

/// A chain of networks, over IPv4 and IPv6, whose routers fail as they are told:
///
///   client (node 0) - router (1) - router (2) - ... - server (the last node)
///
/// Node k shares the networks 10.77.k.0/24 and fd77:0:0:k::/64 with the one before it, where the one nearer
/// to the client is .1 (::1) and the other .2 (::2). Needs root.
///
///   Topology net;
///   net.refuse_port(2, "prohibit", "tcp", 81);
///   net.client().run(nettool("connect", net.server_address(IpFamily::v4), "81"));
class Topology {
 public:
  struct Settings {
    std::size_t routers = 2;
    /// As hosts have them by default: six ICMP errors to one address at once, then one a second. Else as
    /// many as are due; but an IPv4 router tells one address only five times at once, then once a second,
    /// that it has no way, as that limit is the whole machine's (net.ipv4.route.error_burst).
    bool icmp_limits = false;
  };
  Topology() : Topology(Settings()) {}
  explicit Topology(Settings settings);

  [[nodiscard]] Namespace& node(std::size_t number) { return nodes_.at(number); }
  [[nodiscard]] Namespace& client() { return nodes_.front(); }
  [[nodiscard]] Namespace& server() { return nodes_.back(); }
  [[nodiscard]] std::size_t routers() const { return nodes_.size() - 2; }

  /// The address by which a node is known to those nearer to the client: that of its ICMP errors too.
  [[nodiscard]] static std::string address(std::size_t node, IpFamily family);
  /// The client's own.
  [[nodiscard]] static std::string client_address(IpFamily family);
  [[nodiscard]] std::string server_address(IpFamily family) const {
    return address(nodes_.size() - 1, family);
  }
  /// On the server's network, where nobody has it: the last router says so after three seconds of asking.
  [[nodiscard]] std::string dead_neighbour(IpFamily family) const;
  /// An address that the last router has no route to.
  [[nodiscard]] static std::string nowhere(IpFamily family);

  /// Packets for that address meet an end at a node: `kind` is a route's of ip-route(8), "prohibit",
  /// "unreachable", "blackhole" or "throw" (no route). At the client it is its own routing table that says
  /// so.
  void refuse(std::size_t node, const std::string& kind, const std::string& address);
  /// The same for one port of whatever host, `protocol` "tcp" or "udp", in both families: "prohibit",
  /// "unreachable" (of a rule that means "no route": another message than that of a route) or "blackhole".
  void refuse_port(std::size_t node, const std::string& kind, const std::string& protocol,
                   std::uint16_t port);
  /// Takes it back.
  void allow(std::size_t node, const std::string& kind, const std::string& address);
  void allow_port(std::size_t node, const std::string& kind, const std::string& protocol, std::uint16_t port);
  /// The MTU of the link from that node to the next, at both ends. Below 1280 it has no IPv6 any more.
  void set_mtu(std::size_t node, unsigned bytes);
  /// A router that forwards, but does not tell when a packet has run out of hops.
  void hide(std::size_t router);

 private:
  void connect_nodes(std::size_t node);
  void route(std::size_t node);
  void rule(std::size_t node, const std::string& verb, const std::string& kind, const std::string& protocol,
            std::uint16_t port);

  std::deque<Namespace> nodes_{};
};

}  // namespace test
