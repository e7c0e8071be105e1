#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/dial/attempt.hh"
#include "net/dns/hostent.hh"
#include "net/loop/group.hh"
#include "net/sock/unix_path.hh"

namespace net {

/// Told of each step of a dial as it happens.
class DialObserver {
 public:
  DialObserver() = default;
  DialObserver(const DialObserver&) = delete;
  DialObserver& operator=(const DialObserver&) = delete;
  virtual ~DialObserver() = default;
  virtual void resolved(const dns::Answer& answer) = 0;
  virtual void attempted(const Attempt& attempt) = 0;
};

/// A connection, or a datagram socket to talk to `peer` from.
struct Dialed {
  Socket socket;
  Endpoint peer;
  Duration time{};        ///< from the beginning of the dial
  bool connected = true;  ///< false: use sendto(2); so asked for, or `peer` is a group or a broadcast address
  BoundPath own_path{};   ///< of a Unix datagram client
};

/// From a name and a port to a connected socket: looks the name up, orders its addresses (RFC 6724), and
/// races them (RFC 8305: families in turn, the next one 250 ms after the last or as soon as that fails; the
/// first to connect wins and the others are closed). With UDP the first address of the order is used.
///
/// When none connects, the error is that of the address that came nearest: somebody's "no" before silence,
/// silence before a failure of our own.
class Dialer {
 public:
  Dialer(Reactor& reactor, DialOptions options, DialObserver& observer);

  Task<Result<Dialed>> dial(std::string host, std::uint16_t port);

 private:
  /// What wakes the race.
  struct Happening {
    enum class Kind : std::uint8_t { answer, attempt, tick } kind = Kind::tick;
    std::optional<dns::Answer> answer{};
    std::size_t attempt = 0;
  };

  Task<Result<Dialed>> run(std::string host, std::uint16_t port);
  Task<Result<Dialed>> race();
  Task<Happening> lookup_step();
  Task<Happening> attempt_step(std::size_t index);
  Task<Happening> tick_at(TimePoint when);
  void take_answer(dns::Answer answer);
  [[nodiscard]] bool may_start() const;
  void start_next(Group<Happening>& running);
  /// Tells of the attempts that are still under way as ended, with `code` for a reason.
  void give_up_running(const std::string& why, int code);
  [[nodiscard]] Error nearest_failure() const;

  Reactor& reactor_;
  DialOptions options_;
  DialObserver& observer_;
  std::string host_;
  std::uint16_t port_ = 0;
  TimePoint began_{};
  std::optional<dns::HostLookup> lookup_;
  bool resolving_ = false;
  bool ipv6_answered_ = false;
  TimePoint first_answer_ = TimePoint::max();
  TimePoint next_start_ = TimePoint::min();
  std::vector<Error> lookup_errors_;
  std::vector<Endpoint> waiting_;  ///< addresses not tried yet, in order
  std::deque<Attempting> tried_;
  std::size_t in_flight_ = 0;
};

/// A connection to a Unix address, which needs no name: `options` give the transport, the time to wait while
/// its backlog is full, and the socket options. `bind_to` is for datagram clients that want answers.
Task<Result<Dialed>> dial_unix(Reactor& reactor, DialOptions options, DialObserver& observer, Endpoint path,
                               std::optional<Endpoint> bind_to);

}  // namespace net
