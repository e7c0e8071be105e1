#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cmd/port_facts.hh"
#include "cmd/port_words.hh"

namespace cmd {

/// This host's ports at one moment: one list of the kernel's sockets, one walk over /proc for their owners,
/// the sysctls and the services, however many ports are asked about.
class PortSurvey {
 public:
  /// Of the ports in these spans. Fails where the kernel does not list its sockets.
  static net::Result<PortSurvey> take(std::span<const PortSpan> spans);

  /// What is known of one of them, and with `probe` whether it can be bound, which is tried now.
  [[nodiscard]] net::Result<PortFacts> facts(net::Transport transport, std::uint16_t port, bool probe) const;

  /// The ports of a span that somebody listens on (TCP) or takes datagrams on from anyone (UDP).
  [[nodiscard]] std::vector<std::uint16_t> listening(const PortSpan& span) const;

 private:
  using Sockets = std::vector<net::kern::SocketEntry>;
  PortSurvey() = default;
  [[nodiscard]] std::span<const net::kern::SocketEntry> on(net::Transport transport,
                                                           net::kern::PortRange ports) const;
  [[nodiscard]] PortHolder holder(const net::kern::SocketEntry& socket) const;
  void add_socket(PortFacts& facts, const net::kern::SocketEntry& socket) const;
  [[nodiscard]] std::optional<net::kern::Service> service(const PortFacts& facts) const;
  void find_holders();  ///< of all sockets, by one walk

  Sockets sockets_{};  ///< by protocol and port
  std::map<std::uint64_t, net::kern::HeldSocket> holders_{};
  std::map<uid_t, std::string> users_{};
  std::optional<net::kern::ServiceMap> services_{};  ///< where so many are needed that all were read
  net::kern::PortPolicy policy_{};
  bool may_bind_privileged_ = false;
  bool bound_only_known_ = false;
};

}  // namespace cmd
