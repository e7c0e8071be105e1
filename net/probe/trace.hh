#pragma once

#include <deque>
#include <optional>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/dial/attempt.hh"
#include "net/loop/group.hh"
#include "net/probe/scan.hh"
#include "net/sock/endpoint.hh"

namespace net {

struct TraceOptions {
  DialOptions dial{};                       ///< how sockets are made; its timeout and race do not count
  unsigned max_hops = 30;                   ///< the largest TTL, up to 255
  Duration wait = std::chrono::seconds(1);  ///< for an answer to one probe
};

/// What is so many hops away.
struct Hop {
  unsigned ttl = 0;
  std::optional<Endpoint> address{};  ///< who answered; nothing: nobody did
  Duration time{};                    ///< of the round trip
  std::optional<IcmpReport> icmp{};   ///< what it answered; nothing: the port itself did, or nobody
  /// Of the last hop: what is known of the port. Filtered where somebody on the way said no, or nobody
  /// answers any more; then this is the first of the silent hops, and stands for all of them.
  std::optional<PortState> state{};
  /// A router said that the probe was too big for its next link, and it went there in pieces; told once a
  /// router.
  std::optional<IcmpReport> too_big{};
};

/// What the outcome of a probe says of the hop. `attempt` was answered by somebody else than this host.
[[nodiscard]] Hop hop_of(unsigned ttl, const Attempt& attempt);

/// The way to a port, hop by hop (traceroute), without privileges: connects, or datagrams, with small TTLs
/// (hop limits), and the ICMP errors that come back. Six TTLs are in flight; each is tried three times before
/// it counts as silent, but once when six in a row said nothing. Ends at the port's own answer, at somebody's
/// "no", or when nobody answers any more: with N hops and nobody there within 3 + (N - 6) / 6 waits, and
/// seven seconds (or three and a wait, if that is more): the first silent hop is then asked once more, alone
/// and after three seconds of quiet. For a Linux router says some of its "no"s once a second at most, and
/// "host unreachable" only after three. The same where a router not seen before says no to a hop behind a
/// silent one.
///
/// The "no" of a router that was seen is for the hop next to it, whatever TTL it came to.
///
/// A listener at the end does not notice: its SYN-ACK is answered by a reset, not by an ACK.
class Trace {
 public:
  Trace(Reactor& reactor, TraceOptions options, Endpoint target);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  ~Trace() = default;

  /// The hops in the order of their TTLs, each as soon as it and all before it are known; nothing after the
  /// last. An error is this host's own: it has no route, no neighbour answers, no descriptors are left.
  Task<Result<std::optional<Hop>>> next();
  /// The probe that such an error ended, once there was one.
  [[nodiscard]] const Attempt* failure() const { return failure_ ? &*failure_ : nullptr; }

 private:
  enum class Stage : std::uint8_t { asking, silent, known };
  struct Distance {
    explicit Distance(Reactor& reactor) : answered(reactor) {}
    DialOptions options{};
    Hop hop{};
    Stage stage = Stage::asking;
    TimePoint since{};    ///< when it became known
    bool spoilt = false;  ///< for want of descriptors, or for its size, the last try was none
    Event answered;
    std::optional<Group<>> tries{};  ///< each with its socket
    std::optional<Task<>> task{};
  };
  /// Counts a try that may have a socket, for as long as it lives.
  struct Held {
    explicit Held(std::size_t& number) : count(number) { ++count; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { --count; }
    std::size_t& count;
  };

  Task<> ask(Distance& distance);
  Task<> ask_alone(Distance& distance);
  Task<> try_once(Distance& distance);
  Task<Attempt> probe(const DialOptions& options);
  bool learn_path_mtu(Distance& distance, const Attempt& attempt);
  [[nodiscard]] unsigned tries_due() const;
  [[nodiscard]] std::size_t in_flight() const;
  void drop_silent_sockets();
  void settle(const Distance& last);
  void cut();
  void start_more();
  [[nodiscard]] std::optional<Hop> take();
  [[nodiscard]] std::optional<Hop> take_silent(Distance& distance);

  Reactor& reactor_;
  TraceOptions options_;
  Endpoint target_;
  bool one_socket_;         ///< with a source port there can only be one socket at a time
  std::size_t window_ = 6;  ///< TTLs in flight
  std::size_t last_;        ///< TTL: the lowest final answer, or the largest there may be
  std::size_t sockets_ = 0;
  std::deque<Distance> distances_{};
  std::size_t told_ = 0;                 ///< of distances_
  bool asked_alone_ = false;             ///< the last question of all
  std::optional<Attempt> failure_{};     ///< has an error
  std::optional<IcmpReport> too_big_{};  ///< the last that came
  TimePoint look_again_ = TimePoint::max();
  Event news_;
};

}  // namespace net
