#pragma once

#include <functional>
#include <optional>

#include "net/serve/client.hh"
#include "net/serve/gate.hh"
#include "net/sock/listener.hh"

namespace net {

/// Told what becomes of those who come to a server and are not served.
class SourceObserver {
 public:
  SourceObserver() = default;
  SourceObserver(const SourceObserver&) = delete;
  SourceObserver& operator=(const SourceObserver&) = delete;
  virtual ~SourceObserver() = default;
  virtual void rejected(const Endpoint& peer, Rejection reason) = 0;
  /// A client that could not be made ready, or a pause for want of descriptors.
  virtual void failed(const Error& error) = 0;
  /// The first datagram of a client that was dropped because too many of its own wait to be taken.
  virtual void dropped(const Client& client) = 0;
};

/// Where a server's clients come from: those that the gate refuses are closed, and told to the observer.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;
  /// The next client; nothing once close() was called.
  virtual Task<std::optional<Connection>> next() = 0;
  /// Takes no more clients: a port or path is free again. Those that there are can be served on.
  virtual void close() = 0;
};

/// Clients of a stream or seqpacket socket, by accept(2). `prepare` sets on the socket of each what accept(2)
/// does not inherit.
[[nodiscard]] std::unique_ptr<Source> make_stream_source(Reactor& reactor, Listener listener,
                                                         Transport transport, Gate& gate,
                                                         SourceObserver& observer,
                                                         std::function<Result<void>(const Socket&)> prepare);

}  // namespace net
