#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/dial/dialer.hh"
#include "net/serve/handler.hh"

namespace net {

/// Where clients are relayed to.
struct ForwardTarget {
  std::string host{};  ///< an address, or a name that is looked up for each client
  std::uint16_t port = 0;
  std::optional<Endpoint> path{};  ///< a Unix socket instead: of whatever type it is, unless `datagrams`
  bool datagrams = false;          ///< UDP, or a Unix datagram socket

  [[nodiscard]] Transport transport() const;
};

struct ForwardOptions {
  ForwardTarget target{};
  Duration timeout = forever;  ///< for the whole way to the target
  bool client_nodelay = true;  ///< sets TCP_NODELAY on clients too; the target always has it
  ServeOptions serve{};
};

/// Told of the way to the target, client by client, in the thread that serves them.
class ForwardObserver {
 public:
  ForwardObserver() = default;
  ForwardObserver(const ForwardObserver&) = delete;
  ForwardObserver& operator=(const ForwardObserver&) = delete;
  virtual ~ForwardObserver() = default;
  virtual void resolved(const Client& client, const dns::Answer& answer) = 0;
  virtual void attempted(const Client& client, const Attempt& attempt, Transport transport) = 0;
  virtual void connected(const Client& client, const Dialed& target, Transport transport) = 0;
};

/// Relays each client to a connection of its own to the target, the end of either side told to the other, and
/// a cut as a cut: TCP is reset (RFC 9293, 3.5), so that nobody takes a part for the whole. What was sent
/// before the cut is delivered first. A failure of the target is Served::error, with the reason local_error.
///
/// A datagram client lasts until it has been silent for the idle time, or the target ends. A datagram target
/// has no end: after the client's it is waited for until it has been silent for five seconds.
[[nodiscard]] std::unique_ptr<Handler> make_forward(Reactor& reactor, ForwardOptions options,
                                                    ForwardObserver& observer);

}  // namespace net
