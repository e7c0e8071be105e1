#pragma once

#include <cstdint>
#include <optional>
#include <system_error>

#include "net/sock/tcp_info.hh"
#include "net/stream/relay.hh"

namespace net {

/// How a conversation went.
struct Closed {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t unsent = 0;  ///< taken from our side, and never at the peer for all that is known
  Duration duration{};
  EndReason reason = EndReason::eof;
  std::optional<TcpInfo> tcp_info{};
};

/// Waits until the peer of a TCP connection has what was sent, and drops what it still sends: closing with
/// something unread would cut that off (a RST). A second at most, or, with `silence`, until it has taken
/// nothing for so long. The error, if it was cut off after all.
Task<std::error_code> deliver(Reactor& reactor, Stream& peer, int tcp_fd, bool fin_sent,
                              std::optional<Duration> silence = std::nullopt);

/// A Relay to its very end: what was sent is delivered before the connection may be closed, and the figures
/// are there at any time, also when run() was cancelled.
class Exchange {
 public:
  /// The streams and pumps as Relay takes them; `tcp_fd` is the peer's socket if that is TCP, else -1.
  Exchange(Reactor& reactor, Pump* up, Pump& down, Stream& peer, int tcp_fd, const RelayOptions& options);

  Task<RelayEnd> run();
  /// The figures, with the reason of run() or the one given.
  [[nodiscard]] Closed closed(std::optional<EndReason> reason = std::nullopt) const;

 private:
  Reactor& reactor_;
  Pump* up_;
  Pump& down_;
  Stream& peer_;
  int tcp_fd_;
  RelayOptions options_;
  TimePoint began_;
  RelayEnd end_{};
  bool fin_sent_ = false;
};

}  // namespace net
