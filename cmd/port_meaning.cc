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
  if (facts.has_holders() || (is_udp(facts) && facts.connection)) return " (its holder did not set it)";
  if (facts.connection) return " (the connections do not have it)";
  return facts.has_sockets() ? " (the old server did not set it)" : "";
}

/// "nginx (pid 812)", and how many others.
std::string holders_text(const std::vector<PortHolder>& holders) {
  const auto groups = by_process(holders);
  const PortHolder& first = groups.front().holder;
  std::string text = first.process
                         ? first.process->program + " (pid " + std::to_string(first.process->pid) + ")"
                         : holder_text(first);
  if (groups.size() > 1) text += " and " + net::count_text(groups.size() - 1, "other");
  return text;
}

/// " on 127.0.0.1 alone; [::] is free", where no holder has all addresses of IPv4.
std::string only_on(const PortFacts& facts, const std::vector<PortHolder>& holders) {
  const std::string other = other_address(facts);
  std::vector<std::string> addresses;
  for (const PortHolder& holder : holders) {
    const bool everywhere = holder.socket.local.is_any() && holder.socket.interface == 0;
    if (everywhere && other != "0.0.0.0") return "";
    addresses.push_back(address_text(holder.socket));
  }
  return " on " + addresses_text(addresses) + " alone" + (other.empty() ? "" : "; " + other + " is free");
}

/// Nobody listens and nobody is bound only: what is left are connections.
std::string connected_text(const PortFacts& facts) {
  const PortHolder& connection = *facts.connection;
  if (is_udp(facts)) return holders_text({connection}) + ", connected to " + connection.socket.peer.text();
  const std::size_t count = facts.connections();
  const bool owned = connection.socket.inode != 0;
  std::string text = net::count_text(count, "connection") +
                     (owned ? " of " + holders_text({connection}) : " that no process has any more") +
                     ", and nobody listens";
  if (!facts.probe || facts.probe->both.plain.value() != EADDRINUSE) return text;
  return text + (reuse_helps(facts) ? "; a server that set SO_REUSEADDR before can bind, another cannot"
                                    : "; until they end no server can bind, not even with SO_REUSEADDR");
}

std::string held_text(const PortFacts& facts) {
  if (facts.port == 0) return "the kernel has no free port to choose";
  if (!facts.listeners.empty()) {
    return "held by " + holders_text(facts.listeners) + only_on(facts, facts.listeners);
  }
  if (!facts.bound_only.empty()) {
    return "held by " + holders_text(facts.bound_only) + ", which bound it and does not listen" +
           only_on(facts, facts.bound_only);
  }
  if (facts.connection) return "held by " + connected_text(facts);
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
  if (reuse_helps(facts)) return text + "; a server that set SO_REUSEADDR before can bind, another cannot";
  return text + "; until then no server can bind, not even with SO_REUSEADDR: the old one did not set it";
}

}  // namespace

std::string bind_text(const PortFacts& facts) {
  if (!facts.probe) return "not tried";
  const net::BindAnswer& both = facts.probe->both;
  if (!both.plain) return "works now";
  const int code = both.plain.value();
  if (code == EACCES || code == EPERM) {
    const bool lacks_privilege = facts.privileged() && !facts.may_bind_privileged;
    return lacks_privilege ? "fails now: it takes root or CAP_NET_BIND_SERVICE"
                           : "fails now: " + forbidden_text(facts);
  }
  if (code != EADDRINUSE) return "fails now (" + net::Error("bind", {}, both.plain).symbol() + ")";
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
