#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/dial/attempt.hh"
#include "net/dns/hostent.hh"
#include "net/loop/group.hh"
#include "net/loop/reactor.hh"

namespace net {

/// Who is asked how often.
struct PingOptions {
  DialOptions dial{};  ///< their timeout and race do not count
  std::string host{};
  std::uint16_t port = 0;
  std::optional<Endpoint> path{};        ///< a Unix socket, in place of host and port
  std::optional<std::uint64_t> count{};  ///< nothing: without end
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(1);    ///< of one probe, and of one look-up
  std::optional<std::uint64_t> resolve_every{};  ///< probes
};

/// What came of one probe.
struct Probe {
  std::uint64_t sequence = 0;  ///< from 1
  Attempt attempt;             ///< its address is of no family where the name had none
};

/// Repeated probes of one port (probe_port). Probe i begins at start + i * interval by the monotonic clock,
/// so that delays do not add up, and overlaps the one before it if that is slower; with an interval of zero
/// each begins when the one before it has ended. What could not begin for more than a second (a caller that
/// takes no results, too many under way) is not made up for: the schedule moves.
///
/// A name is looked up before the first probe, and with each one while it has no address: if that fails, so
/// does the probe, and while it lasts no other begins. Then it is looked up every `resolve_every` probes,
/// while the others go on; if that fails, the last address stays in use.
class Ping {
 public:
  /// At most so many probes are under way.
  static constexpr std::size_t most_in_flight = 256;

  struct Listener {
    std::function<void(const dns::Answer&)> resolved;
    /// A look-up failed, and `kept` stays in use.
    std::function<void(const Error& why, const Endpoint& kept)> look_up_failed;
  };

  Ping(Reactor& reactor, PingOptions options, Listener listener);
  Ping(const Ping&) = delete;
  Ping& operator=(const Ping&) = delete;
  ~Ping() = default;

  /// The next probe that is decided, in the order in which they are; nothing when all have been told. New
  /// ones begin while this is awaited.
  Task<std::optional<Probe>> next();

 private:
  /// A probe that has ended, or nothing for a time to begin one.
  using Step = std::optional<Probe>;

  [[nodiscard]] bool more_to_begin() const;
  void begin_due();
  Task<Step> wait_until_due();
  Task<Step> probe(std::uint64_t sequence, bool look_up);
  /// Looks for an address, and probes it or fails.
  Task<Step> first_probe(std::uint64_t sequence);
  Task<std::optional<Error>> find_address();

  Reactor& reactor_;
  PingOptions options_;
  Listener listener_;
  std::optional<Endpoint> address_{};
  std::uint64_t begun_ = 0;
  std::size_t in_flight_ = 0;
  bool waiting_ = false;
  bool seeking_ = false;  ///< the first address
  TimePoint due_{};
  Group<Step> running_;
};

}  // namespace net
