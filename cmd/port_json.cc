#include "cmd/port_json.hh"

#include "cmd/output.hh"
#include "cmd/port_text.hh"
#include "cmd/relay_report.hh"

namespace cmd {
namespace {

using net::kern::SocketState;

/// Of a port with more connections the others are only counted.
constexpr std::size_t connections_told = 16;

/// Whose socket it is, behind what is known of the socket itself.
Object with_owner(Object socket, const PortHolder& holder) {
  const bool known = holder.process.has_value();
  socket.emplace_back("pid", known ? Value(holder.process->pid) : Value());
  socket.emplace_back("program", known ? Value(holder.process->program) : Value());
  socket.emplace_back("user", holder.user.empty() ? Value() : Value(holder.user));
  return socket;
}

Value holders_json(const std::vector<PortHolder>& holders) {
  List list;
  for (const PortHolder& holder : holders) {
    list.emplace_back(with_owner({{"address", address_name(holder.socket)}}, holder));
  }
  return list;
}

Value connections_json(const std::vector<PortHolder>& connected) {
  List list;
  for (const PortHolder& holder : connected) {
    if (list.size() == connections_told) break;
    const auto& socket = holder.socket;
    list.emplace_back(with_owner({{"local", endpoint_object(socket.local)},
                                  {"peer", endpoint_object(socket.peer)},
                                  {"state", state_name(socket.state)}},
                                 holder));
  }
  return list;
}

Value states_json(const PortFacts& facts) {
  Object states;
  for (const auto& [state, count] : facts.states) states.emplace_back(state_name(state), count);
  return states;
}

Value time_wait_json(const PortFacts& facts) {
  const std::size_t count = facts.in_state(SocketState::time_wait);
  return Object{{"count", count},
                {"last_expiry_ms", count == 0 ? Value() : Value(net::to_ms(facts.last_expiry))}};
}

/// What bind(2) says of an address; the error is that without SO_REUSEADDR.
Value bind_json(const PortFacts& facts, int family, const net::BindAnswer& answer) {
  const net::Endpoint address = net::Endpoint::any(family, facts.port);
  Value error;
  if (answer.plain) {
    error = error_value(net::Error("bind", net::subject_text(address, facts.transport), answer.plain));
  }
  return Object{{"address", address.address_text()},
                {"plain", !answer.plain},
                {"reuseaddr", !answer.reuse},
                {"error", std::move(error)}};
}

Value binds_json(const PortFacts& facts) {
  if (!facts.probe) return List{};
  return List{bind_json(facts, AF_INET, facts.probe->ipv4), bind_json(facts, AF_INET6, facts.probe->ipv6)};
}

Value aliases_json(const PortFacts& facts) {
  List list;
  if (facts.service) list.assign(facts.service->aliases.begin(), facts.service->aliases.end());
  return list;
}

}  // namespace

Object port_object(const PortFacts& facts) {
  const auto& probe = facts.probe;
  return {{"port", unsigned{facts.port}},
          {"protocol", facts.transport.name()},
          {"class", class_word(port_class(facts.port))},
          {"service", facts.service ? Value(facts.service->name) : Value()},
          {"aliases", aliases_json(facts)},
          {"privileged", facts.privileged()},
          {"ephemeral", facts.policy.is_ephemeral(facts.port)},
          {"reserved", facts.policy.is_reserved(facts.port)},
          {"listeners", holders_json(facts.listeners)},
          {"bound_only", facts.bound_only_known ? holders_json(facts.bound_only) : Value()},
          {"states", states_json(facts)},
          {"time_wait", time_wait_json(facts)},
          {"bindable", probe ? Value(!probe->both.plain) : Value()},
          {"bindable_with_reuseaddr", probe ? Value(!probe->both.reuse) : Value()},
          {"binds", binds_json(facts)},
          {"connections", connections_json(facts.connected)}};
}

}  // namespace cmd
