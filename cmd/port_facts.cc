#include "cmd/port_facts.hh"

#include <cerrno>

namespace cmd {

using net::kern::SocketState;

PortClass port_class(std::uint16_t port) {
  constexpr std::uint16_t first_user = 1024;
  constexpr std::uint16_t first_dynamic = 49152;
  if (port < first_user) return PortClass::system;
  return port < first_dynamic ? PortClass::user : PortClass::dynamic;
}

std::size_t PortFacts::in_state(SocketState state) const {
  const auto found = states.find(state);
  return found == states.end() ? 0 : found->second;
}

std::size_t PortFacts::connections() const {
  std::size_t count = 0;
  for (const auto& [state, sockets] : states) {
    if (state != SocketState::listen && state != SocketState::close && state != SocketState::time_wait) {
      count += sockets;
    }
  }
  return count;
}

std::size_t PortFacts::sockets() const {
  std::size_t count = 0;
  for (const auto& [state, sockets] : states) count += sockets;
  return count;
}

PortState state_of(const PortFacts& facts) {
  if (facts.probe && !facts.probe->both.plain) return PortState::free;
  if (facts.has_holders() || facts.connections() > 0) {
    return PortState::held;
  }
  if (facts.in_state(SocketState::time_wait) > 0) return PortState::time_wait;
  if (!facts.probe) {
    return facts.privileged() && !facts.may_bind_privileged ? PortState::privileged : PortState::free;
  }
  const int code = facts.probe->both.plain.value();
  return code == EACCES || code == EPERM ? PortState::privileged : PortState::held;
}

}  // namespace cmd
