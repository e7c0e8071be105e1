#include "tests/support/topology.hh"

#include <vector>

namespace test {
namespace {

/// "10.77.1." or "fd77:0:0:1::": the network between a node and the next, by the number of the latter.
std::string network(std::size_t link, IpFamily family) {
  const std::string number = std::to_string(link + 1);
  return family == IpFamily::v4 ? "10.77." + number + "." : "fd77:0:0:" + number + "::";
}

/// Towards the server, and towards the client.
std::string down(std::size_t node) {
  return "down" + std::to_string(node);
}
std::string up(std::size_t node) {
  return "up" + std::to_string(node);
}

std::string family_flag(const std::string& address) {
  return address.find(':') == std::string::npos ? "-4" : "-6";
}

/// Commands of ip(8), all of one family by one process.
void run_batch(const Namespace& node, IpFamily family, const std::string& commands) {
  if (commands.empty()) return;
  const Outcome outcome = node.run({"ip", family == IpFamily::v4 ? "-4" : "-6", "-batch", "-"}, commands);
  if (outcome.status != 0) fail("ip -batch said: " + outcome.err + " of\n" + commands);
}

constexpr IpFamily families[] = {IpFamily::v4, IpFamily::v6};

void forward(const Namespace& router) {
  router.sysctl("net.ipv4.ip_forward", "1");
  router.sysctl("net.ipv6.conf.all.forwarding", "1");
}

void lift_icmp_limits(const Namespace& node) {
  // No type of message is limited, neither to one address nor in all.
  node.sysctl("net.ipv4.icmp_ratemask", "0");
  node.sysctl("net.ipv6.icmp.ratemask", "\n");
  node.sysctl("net.ipv6.icmp.ratelimit", "0");
}

}  // namespace

Topology::Topology(Settings settings) : nodes_(settings.routers + 2) {
  const std::size_t last = nodes_.size() - 1;
  // A router asks for a neighbour from its link-local address alone, which else takes a second to be sure
  // that nobody has it: the first packet would get lost.
  for (const Namespace& node : nodes_) node.sysctl("net.ipv6.conf.default.accept_dad", "0");
  for (std::size_t node = 0; node < last; ++node) connect_nodes(node);
  for (std::size_t node = 0; node <= last; ++node) {
    route(node);
    if (node != 0 && node != last) forward(nodes_[node]);
    if (!settings.icmp_limits) lift_icmp_limits(nodes_[node]);
  }
  for (std::size_t node = 0; node < last; ++node) {
    nodes_[node].wait_usable(network(node, IpFamily::v6) + "1");
    nodes_[node + 1].wait_usable(network(node, IpFamily::v6) + "2");
  }
}

void Topology::connect_nodes(std::size_t node) {
  nodes_[node].veth(nodes_[node + 1], down(node), up(node + 1));
  for (const IpFamily family : families) {
    const std::string tail = family == IpFamily::v4 ? "/24 dev " : "/64 nodad dev ";
    const std::string add = "addr add " + network(node, family);
    run_batch(nodes_[node], family, add + "1" + tail + down(node) + "\n");
    run_batch(nodes_[node + 1], family, add + "2" + tail + up(node + 1) + "\n");
  }
}

/// Everything unknown goes towards the server, but from there, and from the last router, towards the client
/// goes only what is there.
void Topology::route(std::size_t node) {
  const std::size_t last = nodes_.size() - 1;
  for (const IpFamily family : families) {
    const std::string mask = family == IpFamily::v4 ? "0/24" : "/64";
    std::string commands;
    for (std::size_t link = 0; link + 1 < node; ++link) {
      commands += "route add " + network(link, family) + mask + " via " + network(node - 1, family) + "1\n";
    }
    if (node + 1 < last) commands += "route add default via " + network(node, family) + "2\n";
    run_batch(nodes_[node], family, commands);
  }
}

std::string Topology::address(std::size_t node, IpFamily family) {
  return network(node - 1, family) + "2";
}

std::string Topology::client_address(IpFamily family) {
  return network(0, family) + "1";
}

std::string Topology::dead_neighbour(IpFamily family) const {
  return network(nodes_.size() - 2, family) + "99";
}

std::string Topology::nowhere(IpFamily family) {
  return family == IpFamily::v4 ? "10.78.0.1" : "fd78::1";
}

void Topology::refuse(std::size_t node, const std::string& kind, const std::string& address) {
  nodes_.at(node).run_ip({family_flag(address), "route", "add", kind, address});
}

void Topology::allow(std::size_t node, const std::string& kind, const std::string& address) {
  nodes_.at(node).run_ip({family_flag(address), "route", "del", kind, address});
}

void Topology::rule(std::size_t node, const std::string& verb, const std::string& kind,
                    const std::string& protocol, std::uint16_t port) {
  const std::string rule =
      "rule " + verb + " ipproto " + protocol + " dport " + std::to_string(port) + " " + kind;
  for (const IpFamily family : families) run_batch(nodes_.at(node), family, rule + "\n");
}

void Topology::refuse_port(std::size_t node, const std::string& kind, const std::string& protocol,
                           std::uint16_t port) {
  rule(node, "add", kind, protocol, port);
}

void Topology::allow_port(std::size_t node, const std::string& kind, const std::string& protocol,
                          std::uint16_t port) {
  rule(node, "del", kind, protocol, port);
}

void Topology::set_mtu(std::size_t node, unsigned bytes) {
  nodes_.at(node).run_ip({"link", "set", down(node), "mtu", std::to_string(bytes)});
  nodes_.at(node + 1).run_ip({"link", "set", up(node + 1), "mtu", std::to_string(bytes)});
}

void Topology::hide(std::size_t router) {
  // So rarely that the first is not due yet: a new address has a credit of a minute (in IPv6 sixteen times
  // that, by the length of its prefix).
  const Namespace& node = nodes_.at(router);
  node.sysctl("net.ipv4.icmp_ratelimit", "100000000");
  node.sysctl("net.ipv6.icmp.ratelimit", "100000000");
  node.sysctl("net.ipv4.icmp_ratemask", std::to_string(1U << 11U));  // time exceeded
  node.sysctl("net.ipv6.icmp.ratemask", "3");                        // the same
}

}  // namespace test
