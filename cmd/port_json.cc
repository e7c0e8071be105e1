#include "cmd/port_json.hh"

#include "cmd/output.hh"
#include "cmd/port_text.hh"

namespace cmd {
namespace {

using net::kern::SocketState;

Value holders_json(const std::vector<PortHolder>& holders) {
  List list;
  for (const PortHolder& holder : holders) {
    const bool known = holder.process.has_value();
    list.emplace_back(Object{{"address", address_name(holder.socket)},
                             {"pid", known ? Value(holder.process->pid) : Value()},
                             {"program", known ? Value(holder.process->program) : Value()},
                             {"user", holder.user.empty() ? Value() : Value(holder.user)}});
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
          {"binds", binds_json(facts)}};
}

}  // namespace cmd
