#include <algorithm>
#include <cerrno>
#include <chrono>

#include "cmd/port_text.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

using net::kern::SocketState;

bool is_udp(const PortFacts& facts) {
  return facts.transport.type == SOCK_DGRAM;
}

bool reuse_helps(const PortFacts& facts) {
  return facts.probe && facts.probe->both.plain && !facts.probe->both.reuse;
}

/// The address that can be bound though not both families can, or empty.
std::string other_address(const PortFacts& facts) {
  if (!facts.probe || !facts.probe->both.plain) return "";
  if (!facts.probe->ipv4.plain) return "0.0.0.0";
  return facts.probe->ipv6.plain ? "" : "[::]";
}

/// Why bind(2) is refused where the port itself is not in the way.
std::string forbidden_text(const PortFacts& facts) {
  if (facts.privileged() && !facts.may_bind_privileged) {
    return "binding ports below " + std::to_string(facts.policy.unprivileged_start) +
           " (net.ipv4.ip_unprivileged_port_start) takes root or CAP_NET_BIND_SERVICE";
  }
  const std::error_code code = facts.probe ? facts.probe->both.plain : net::errno_code(EACCES);
  return "binding it is forbidden (" + net::Error("bind", {}, code).symbol() +
         ") by a security module, a program of its cgroup or a user namespace";
}

/// Why SO_REUSEADDR does not help either.
std::string refusal_cause(const PortFacts& facts) {
  if (!facts.listeners.empty() && !is_udp(facts)) return " (it is listening)";
  if (!facts.has_sockets()) return "";
  if (facts.sockets() > 1) return " (not every socket on the port has it)";
  return is_udp(facts) || facts.has_holders() ? " (its holder did not set it)"
                                              : " (the connection does not have it)";
}

/// The addresses that the holders have, or nothing where that is all there are.
std::string held_addresses(const PortFacts& facts, const std::vector<PortHolder>& holders) {
  std::vector<std::string> addresses;
  for (const PortHolder& holder : holders) {
    const bool everywhere = holder.socket.local.is_any() && holder.socket.interface == 0;
    if (everywhere && other_address(facts).empty()) return "";
    addresses.push_back(address_text(holder.socket));
  }
  return addresses_text(addresses);
}

/// "; [::] is free".
std::string other_text(const PortFacts& facts) {
  const std::string other = other_address(facts);
  return other.empty() ? "" : "; " + other + " is free";
}

std::string listeners_text(const PortFacts& facts) {
  const std::string addresses = held_addresses(facts, facts.listeners);
  const bool alone = facts.sockets() == facts.listeners.size();
  return processes_text(facts.listeners) + (addresses.empty() ? "" : " on " + addresses) +
         (addresses.empty() || !alone ? "" : " alone") + other_text(facts);
}

std::string bound_only_text(const PortFacts& facts) {
  const std::string addresses = held_addresses(facts, facts.bound_only);
  const bool several = by_process(facts.bound_only).size() > 1;
  return processes_text(facts.bound_only) + ", which bound " + (addresses.empty() ? "it" : addresses) +
         " and " + (several ? "do" : "does") + " not listen" + other_text(facts);
}

/// What a server meets, and where, as long as there are connections and nothing else.
std::string server_text(const PortFacts& facts) {
  const auto refused = [&](const net::BindAnswer& answer) {
    return (reuse_helps(facts) ? answer.plain : answer.reuse).value() == EADDRINUSE;
  };
  const bool ipv4 = refused(facts.probe->ipv4);
  const bool ipv6 = refused(facts.probe->ipv6);
  const std::string where = ipv4 && ipv6 ? "0.0.0.0 or [::]"
                            : ipv4       ? "0.0.0.0"
                            : ipv6       ? "[::]"
                                         : "both families at once";
  if (reuse_helps(facts)) {
    return "a server can bind " + where + " only if it sets SO_REUSEADDR" + other_text(facts);
  }
  return "no server can bind " + where + ", not even with SO_REUSEADDR, which " +
         (facts.sockets() > 1 ? "not every connection has" : "the connection does not have") +
         other_text(facts);
}

/// Nobody listens and nobody is bound only: what is left are connections.
std::string connected_text(const PortFacts& facts) {
  std::vector<PortHolder> owned = facts.connected;
  std::erase_if(owned, [](const PortHolder& holder) { return holder.socket.inode == 0; });
  const std::size_t count = facts.connected.size();
  const std::string who = processes_text(owned);
  if (is_udp(facts)) {
    return (count == 1 ? who + ", connected to " + facts.connected.front().socket.peer.text()
                       : net::count_text(count, "connected socket") + " of " + who) +
           other_text(facts);
  }
  std::string text = net::count_text(count, "connection");
  text += owned.empty() ? " that no process has any more" : " of " + who;
  if (!owned.empty() && owned.size() < count) {
    text += ", " + std::to_string(count - owned.size()) + " of them closed by their process";
  }
  text += ", and nobody listens";
  if (!facts.probe || facts.probe->both.plain.value() != EADDRINUSE) return text;
  return text + "; until " + (count == 1 ? "it ends" : "they end") +
         ", and maybe for 60 s of TIME_WAIT after that, " + server_text(facts);
}

std::string held_text(const PortFacts& facts) {
  if (facts.port == 0) return "the kernel has no free port to choose";
  if (!facts.listeners.empty()) return "held by " + listeners_text(facts);
  if (!facts.bound_only.empty()) return "held by " + bound_only_text(facts);
  if (!facts.connected.empty()) return "held by " + connected_text(facts);
  if (facts.bound_only_known) {
    return "in use (EADDRINUSE), by a socket that came or went just now, or that the kernel does not list";
  }
  return "in use (EADDRINUSE), likely by a socket that is bound and does not listen: kernels before 6.8 do "
         "not list those";
}

std::string time_wait_text(const PortFacts& facts) {
  // Against the first bind that succeeded the kernel's timer was late by up to two seconds, never early.
  const auto longest = std::chrono::ceil<std::chrono::seconds>(facts.last_expiry) + std::chrono::seconds(2);
  std::string text = net::count_text(facts.in_state(SocketState::time_wait), "connection") +
                     " in TIME_WAIT for up to " + net::duration_text(longest);
  if (!facts.probe) return text;
  if (facts.probe->both.plain.value() != EADDRINUSE) return text + "; " + forbidden_text(facts);
  return text + "; until then " + server_text(facts);
}

}  // namespace

std::string bind_text(const PortFacts& facts) {
  if (!facts.probe) return "not tried";
  const net::BindAnswer& both = facts.probe->both;
  if (!both.plain) return "works now";
  const int code = both.plain.value();
  if (code == EACCES || code == EPERM) {
    const bool lacks_privilege = facts.privileged() && !facts.may_bind_privileged;
    if (!lacks_privilege) return "fails now: " + forbidden_text(facts);
    return std::string("fails now: it takes root or CAP_NET_BIND_SERVICE") +
           (facts.has_sockets() ? ", and sockets have the port" : "");
  }
  if (code != EADDRINUSE) return "fails now (" + net::Error("bind", {}, both.plain).symbol() + ")";
  if (both.untried) return "fails now; with SO_REUSEADDR not tried, as that might take datagrams";
  return both.reuse ? "fails now, with SO_REUSEADDR too" + refusal_cause(facts)
                    : "fails now, works with SO_REUSEADDR";
}

std::string meaning(const PortFacts& facts) {
  switch (state_of(facts)) {
    case PortState::free:
      if (facts.port == 0) return "the kernel has free ports to choose from";
      return facts.probe ? "free now" : "nobody has it";
    case PortState::held:
      return held_text(facts);
    case PortState::time_wait:
      return time_wait_text(facts);
    case PortState::privileged:
      return "nobody has it, but " + forbidden_text(facts);
  }
  return "";
}

}  // namespace cmd
