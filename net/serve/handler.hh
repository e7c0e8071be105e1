#pragma once

#include <functional>
#include <system_error>

#include "net/loop/event.hh"
#include "net/loop/reactor.hh"
#include "net/serve/client.hh"
#include "net/stream/message_pump.hh"
#include "net/stream/pump.hh"
#include "net/stream/relay.hh"

namespace net {

/// Tells those who serve to end now, and for which reason.
class Stop {
 public:
  explicit Stop(Reactor& reactor) : event_(reactor) {}
  void now(EndReason reason) {
    if (!event_.is_set()) reason_ = reason;
    event_.set();
  }
  [[nodiscard]] Event& event() { return event_; }
  [[nodiscard]] bool is_set() const { return event_.is_set(); }
  [[nodiscard]] EndReason reason() const { return reason_; }

 private:
  Event event_;
  EndReason reason_ = EndReason::signal;
};

/// One client being served, in the thread or process that does it.
struct Session {
  Reactor& reactor;
  const Client& client;
  Stream& peer;
  int tcp_fd;  ///< -1 if the peer is no TCP socket
  Stop& stop;
};

/// What holds for all clients, whatever serves them.
struct ServeOptions {
  Duration idle = forever;  ///< a client that moves nothing for so long is let go
  Framing framing{};        ///< how a stream becomes datagrams
  /// Puts the filters (CR LF, TELNET, dump) on what goes to a client, if anything does, and on what comes
  /// from it. Called where the client is served, so in several threads.
  std::function<void(Stream& peer, Pump* to_client, Pump& from_client)> attach{};
};

/// What is done for a client. The four models share one handler, so that each serves the same: it is called
/// in several threads, or processes, at once, and keeps its hands off what they share.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// Serves one client until it is over or session.stop says so. The connection is closed by the caller.
  virtual Task<Served> serve(Session session) = 0;
  /// How many descriptors a client needs beside its connection.
  [[nodiscard]] virtual std::size_t descriptors() const { return 0; }
  /// What clients wait for that the handler needs to serve them (see Shortage), or nothing.
  [[nodiscard]] virtual std::error_code lacks() const { return {}; }
};

/// Moves bytes between a client and what serves it, until that is over or session.stop says so: the
/// figures and the reason of the end. `up` (to the client) may be null.
Task<Served> exchange(Session session, Pump* up, Pump& down, RelayOptions options);

/// Has the close of a TCP socket cut the other side off (RST; RFC 9293, 3.5), so that it does not take what
/// it has for the whole. What was not delivered is lost then. -1 is no socket.
void close_by_reset(int tcp_fd);

}  // namespace net
