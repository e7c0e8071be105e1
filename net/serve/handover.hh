#pragma once

#include <cstddef>
#include <memory>

#include "net/loop/group.hh"
#include "net/serve/handler.hh"

namespace net {

/// The end of one client: that of the server, or its own once its source has let it go.
class ClientStop {
 public:
  ClientStop(Reactor& reactor, Stop& server, Stream& peer);
  [[nodiscard]] Stop& stop() { return stop_; }

 private:
  Task<> follow(Stop& server);
  Task<> heed(Stream& peer);

  Stop stop_;
  Group<> heeding_;
};

/// How many descriptors a Handover takes of a client that has no socket of its own.
inline constexpr std::size_t handover_descriptors = 2;

/// Gives a client to a thread or process that serves it, the worker. A connection's socket goes as it is. A
/// datagram peer shares a socket that stays with the acceptor: the worker gets one end of a socketpair(2),
/// and datagrams are moved between the other end and the peer, as long as this lives.
class Handover {
 public:
  Handover(Reactor& reactor, Stop& server);
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
  ~Handover();

  /// Afterwards `connection` has a socket.
  [[nodiscard]] Result<void> begin(Connection& connection);
  /// Tells that the worker is to end.
  [[nodiscard]] Stop& stop();
  /// The worker has ended: what it sent and is still here is sent on (a second for that at most).
  /// `served` is what it tells; a failure that it could not see is added.
  Task<> finish(Served& served);

 private:
  struct Bridge;

  Reactor& reactor_;
  Stop& server_;
  std::unique_ptr<Bridge> bridge_{};
};

}  // namespace net
