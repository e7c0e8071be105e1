#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/base/clock.hh"
#include "net/loop/reactor.hh"
#include "net/stream/pump.hh"
#include "net/stream/stream.hh"

namespace net {

/// Why a relay ended; those up to `quit` are ends that both sides may know of.
enum class EndReason : std::uint8_t {
  eof,           ///< our input ended first, then the peer's
  peer_closed,   ///< the peer ended its side first, then our input ended
  drained,       ///< the peer had ended and our input stayed silent; it is still open
  quit,          ///< --quit-after, or RelayOptions::over
  reset,         ///< the connection was cut and bytes with it
  idle_timeout,  ///< neither direction moved
  deadline,
  signal,
  local_error,  ///< reading our input or writing our output failed
};
[[nodiscard]] std::string_view reason_name(EndReason reason);

struct RelayOptions {
  bool shutdown_at_begin = false;        ///< SHUT_WR before anything else: there will be no input
  bool shutdown_at_end = true;           ///< SHUT_WR when our input ends
  bool silent_input_stays_open = false;  ///< an input that ends before its first byte counts as none at all
  std::optional<Duration> quit_after{};  ///< this long after the end of our input
  Duration drain = std::chrono::milliseconds(250);
  Duration idle = forever;
  Duration first_reply = forever;  ///< a datagram peer that never answered in this time ends it (ETIMEDOUT)
  bool idle_begins_with_traffic = false;  ///< a datagram listener: there is no connection to begin with
  bool idle_by_peer = false;  ///< only what the peer sends counts: one without an end may have gone long ago
  /// The other end, where that is a connection too, or null: what it had sent before it was cut off still
  /// goes to the peer, and a cut is noticed also when it has ended its side.
  Stream* far = nullptr;
  std::function<void()> peer_ended{};  ///< called once the peer has ended its side and all of it is written
  std::function<void()> peer_lost{};   ///< called once the peer takes no more; what it had sent is still read
  Event* over = nullptr;               ///< set once there will be no more input: ends it, whatever is open
  bool deliver_all = false;  ///< Exchange: what was sent may take as long as it moves (`idle`), not just 1 s
};

struct RelayEnd {
  EndReason reason = EndReason::eof;
  std::error_code error{};           ///< for reset and local_error
  std::optional<IcmpReport> icmp{};  ///< the message that brought it, if one did
};

/// Both directions of one conversation until it is over: half-close each way, drain, quit and idle times.
/// Deadlines and signals are the caller's: it races this against them, and the flows of the pumps keep the
/// figures.
class Relay {
 public:
  /// `up` moves our input to `peer` (null: there is no input, and the write side stays as it is), `down` what
  /// comes from it.
  Relay(Reactor& reactor, Pump* up, Pump& down, Stream& peer, const RelayOptions& options);

  Task<RelayEnd> run();
  /// True once the end of our input was told to the peer (SHUT_WR).
  [[nodiscard]] bool told_end() const { return told_end_; }

 private:
  /// What may happen next.
  enum class Happening : std::uint8_t {
    up_ended,
    down_ended,
    drained,
    idle,
    no_reply,
    quit,
    cut,
    far_cut,
    over
  };

  Task<Happening> pump(Pump& which, Happening then);
  Task<Happening> until_idle();
  Task<Happening> until_drained(TimePoint peer_ended);
  Task<Happening> after(Duration span, Happening then);
  /// Cut after its end, with an error (in lost_). A peer that is only gone takes nothing more, but cut
  /// nothing off.
  Task<Happening> until_cut();
  Task<Happening> until_over();
  /// The same for the other end (in far_lost_).
  Task<Happening> until_far_cut();
  /// The peer's side failed: cut by it, by a router or by silence, or our own kernel refused what we asked.
  [[nodiscard]] RelayEnd peer_failure(std::error_code code) const;
  /// The other end was cut off; if the peer was too, that is the news.
  [[nodiscard]] RelayEnd far_failure() const;
  [[nodiscard]] std::optional<RelayEnd> on_up_end();
  [[nodiscard]] std::optional<RelayEnd> on_down_end();
  [[nodiscard]] RelayEnd on_over();

  Reactor& reactor_;
  Pump* up_;
  Pump& down_;
  Stream& peer_;
  RelayOptions options_;
  bool up_open_;
  bool down_open_ = true;
  bool input_ended_ = false;
  bool told_end_ = false;
  bool peer_ended_first_ = false;
  std::error_code lost_{};
  std::error_code far_lost_{};
};

}  // namespace net
