#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/base/clock.hh"
#include "net/kern/port_policy.hh"
#include "net/kern/process.hh"
#include "net/kern/services_db.hh"
#include "net/kern/sock_diag.hh"
#include "net/sock/bind_probe.hh"

namespace cmd {

/// RFC 6335: 0-1023, 1024-49151, 49152-65535.
enum class PortClass : std::uint8_t { system, user, dynamic };
[[nodiscard]] PortClass port_class(std::uint16_t port);

/// A socket that has the port, and whose it is.
struct PortHolder {
  net::kern::SocketEntry socket{};
  std::optional<net::kern::Process> process{};  ///< nothing where /proc does not show it
  std::string user{};                           ///< of the socket, by name or number
};

/// Everything that is known of one port of one protocol, at one moment.
struct PortFacts {
  std::uint16_t port = 0;
  net::Transport transport{};
  std::optional<net::kern::Service> service{};
  net::kern::PortPolicy policy{};
  bool may_bind_privileged = false;  ///< this process has the capability

  std::vector<PortHolder> listeners{};   ///< of UDP: those that take datagrams from anyone
  std::vector<PortHolder> bound_only{};  ///< TCP that neither listens nor is connected
  bool bound_only_known = true;          ///< this kernel lists them
  /// Those that are connected: first one of each process, then the others, and last those that none has.
  std::vector<PortHolder> connected{};
  std::map<net::kern::SocketState, std::size_t> states{};  ///< how many are in each
  net::Duration last_expiry{};                             ///< when the last TIME_WAIT ends, at the earliest

  std::optional<net::BindProbe> probe{};

  [[nodiscard]] bool privileged() const { return policy.is_privileged(port); }
  [[nodiscard]] std::size_t in_state(net::kern::SocketState state) const;
  /// Neither listeners, nor bound only, nor in TIME_WAIT.
  [[nodiscard]] std::size_t connections() const;
  /// Somebody listens, or is bound and nothing else.
  [[nodiscard]] bool has_holders() const { return !listeners.empty() || !bound_only.empty(); }
  /// A socket of any kind has the port.
  [[nodiscard]] bool has_sockets() const { return !states.empty(); }
  [[nodiscard]] std::size_t sockets() const;
};

/// What scripts are told of a port, in the order in which one comes before the other.
enum class PortState : std::uint8_t {
  free,        ///< `nettool listen PORT` can bind it, without SO_REUSEADDR too
  held,        ///< somebody listens, has it bound or has a connection there
  time_wait,   ///< nothing but old connections in TIME_WAIT
  privileged,  ///< nobody has it, and this user may not bind it
};

/// The probe decides; what else is known tells why. Without a probe a port that no socket has is free, unless
/// it takes a privilege that this process lacks.
[[nodiscard]] PortState state_of(const PortFacts& facts);

}  // namespace cmd
