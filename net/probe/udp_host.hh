#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/probe/icmp_rate.hh"
#include "net/probe/scan.hh"
#include "net/probe/udp_payload.hh"
#include "net/sock/error_queue.hh"

namespace net {

/// The UDP ports of one host: what is sent when, and what follows from what comes back. It knows no socket;
/// times come from outside.
///
/// Every port is asked once. What is silent for the timeout is asked again, in rounds. A host that never
/// sends an ICMP message is asked three times. One that does may be short of messages, so that silence proves
/// nothing: a round ends with pilots, one to a port of which it is known that it gets an ICMP message, for
/// each sender of such messages. Where the pilots are answered, the ports before them could have been.
class UdpHost {
 public:
  using Ticket = std::uint64_t;
  struct Settings {
    Duration timeout;      ///< of an answer
    bool reasons = false;  ///< verdicts come with their errors
  };
  struct Verdict {
    Ticket ticket;
    PortState state;
    Duration time;
    bool silent = false;  ///< nobody said anything but this host
    std::optional<Error> error{};
  };
  /// To be sent at once; `bytes` are valid until the next call.
  struct Probe {
    std::uint16_t port;
    ByteView bytes;
  };

  UdpHost(std::shared_ptr<const ScanHost> host, const Settings& settings);

  /// Asks a port for the first time. False: it is asked already.
  [[nodiscard]] bool ask(std::uint16_t port, Ticket ticket, TimePoint now, Probe& probe);
  /// It could not be asked after all: its ticket, unless its verdict is there already.
  [[nodiscard]] std::optional<Ticket> forget(std::uint16_t port);
  /// The next probe of the round under way; `room` is how many ports may be asked more.
  [[nodiscard]] std::optional<Probe> next(TimePoint now, std::size_t room);
  /// True when next() has more, as soon as there is room.
  [[nodiscard]] bool is_sending() const { return stage_ == Stage::sending; }
  /// Time has passed.
  void tick(TimePoint now);
  /// When tick() has something to do.
  [[nodiscard]] TimePoint deadline() const;

  /// A datagram came from that port of the host.
  void heard(std::uint16_t port, TimePoint now);
  /// It is the port that we ask from: nobody else has it.
  void heard_myself(std::uint16_t port, TimePoint now);
  void heard_icmp(const IcmpReport& report, TimePoint now);
  /// No more will come, or be sent: what is not decided gets its verdict as it is.
  void give_up(TimePoint now);

  [[nodiscard]] bool asks(std::uint16_t port) const { return ports_.contains(port); }
  [[nodiscard]] const ScanHost& host() const { return *host_; }
  [[nodiscard]] const Endpoint& address() const { return address_; }
  /// The time in which the slowest of those who send ICMP messages sends one; nothing while none is seen to
  /// be limited.
  [[nodiscard]] std::optional<Duration> icmp_interval() const;
  /// Ports that are not decided; those of them that may be answered yet.
  [[nodiscard]] std::size_t undecided() const { return ports_.size(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  /// Ports that are in flight, or will be as soon as there is room: without those that an ICMP limit holds
  /// up.
  [[nodiscard]] std::size_t pressing() const;
  /// True when a verdict of silence was given that a lack of ICMP messages may explain.
  [[nodiscard]] bool left_unproved() const { return left_unproved_; }
  /// The verdicts since the last call.
  [[nodiscard]] std::vector<Verdict> take_verdicts() { return std::exchange(verdicts_, {}); }

 private:
  enum class Stage : std::uint8_t { idle, sending, waiting };
  // More senders than that answer for one host only where somebody plays tricks.
  static constexpr std::size_t most_pilots = 4;
  struct Port {
    Ticket ticket;
    UdpQuestion question;
    TimePoint first{};
    TimePoint last{};
    bool in_flight = true;  ///< sent, and its time is not over
    std::uint8_t tries = 0;
    /// Rounds in which it was silent and that pilot's sender would have answered.
    std::array<std::uint8_t, most_pilots> shown{};
    std::uint32_t round = 0;  ///< in which it was sent last
    std::size_t member = 0;   ///< its place there
  };
  /// A port of which it is known that this sender answers for it.
  struct Pilot {
    Endpoint sender;
    std::uint16_t port;
    Buffer token{};
    std::uint32_t round = 0;  ///< in which it was sent last
    TimePoint sent{};         ///< then
    bool answered = false;    ///< in that round
    bool dead = false;        ///< it was answered once, and is no more
    IcmpRate rate{};
  };
  struct Member {
    std::uint16_t port;
    TimePoint sent;
    std::size_t answered = 0;  ///< by which pilot's sender, from 1 on
  };
  using Ports = std::unordered_map<std::uint16_t, Port>;

  [[nodiscard]] Probe send(Ports::iterator at, TimePoint now);
  [[nodiscard]] std::optional<Probe> next_member(TimePoint now, std::size_t room);
  [[nodiscard]] std::optional<Probe> next_pilot(TimePoint now);
  void expire(TimePoint now);
  void begin_round();
  void wait_for_round(TimePoint now);
  void end_round(TimePoint now);
  /// The members of the round that were certainly sent while this pilot's sender had messages left, and are
  /// silent, are shown so.
  void show(std::size_t pilot, const std::vector<Member>& members);
  /// When the round's last message was used.
  void note_messages(const std::vector<Member>& members);
  [[nodiscard]] bool is_shown(const Port& port) const;
  [[nodiscard]] std::size_t group() const;
  [[nodiscard]] bool all_pilots_answered() const;
  /// A pilot was not answered: somebody has no ICMP messages to spare.
  [[nodiscard]] bool is_limited() const;
  /// Gives the verdict of silence if there is proof enough.
  void settle(Ports::iterator at, TimePoint now);
  void silent(Ports::iterator at, TimePoint now);
  void decide(Ports::iterator at, PortState state, TimePoint now, std::optional<Error> error = {});
  void decide_by(const IcmpReport& report, Ports::iterator at, TimePoint now);
  [[nodiscard]] bool pilot_answered(const IcmpReport& report, TimePoint now);
  void note_sender(const IcmpReport& report, Port& port, TimePoint now);
  [[nodiscard]] bool concerns_whole_host(const IcmpReport& report) const;
  [[nodiscard]] Error error_of(const IcmpReport& report);

  std::shared_ptr<const ScanHost> host_;
  Endpoint address_;
  Settings settings_;
  Ports ports_{};
  struct Sent {
    std::uint16_t port;
    TimePoint when;
  };
  std::deque<Sent> sent_{};             ///< in the order of time; those sent again or decided are stale
  std::deque<std::uint16_t> silent_{};  ///< to be asked again; decided ones are stale
  std::size_t in_flight_ = 0;

  Stage stage_ = Stage::idle;
  std::uint32_t round_ = 0;
  std::size_t round_limit_ = 0;
  std::vector<Member> members_{};
  TimePoint round_began_{};
  TimePoint round_end_{};
  TimePoint next_round_ = TimePoint::min();

  /// When the last probe was sent that got an ICMP message, but for those of the round under way.
  TimePoint message_used_{};

  std::vector<Pilot> pilots_{};
  Duration slowest_{};                       ///< ICMP message
  bool target_spoke_ = false;                ///< itself
  std::optional<IcmpReport> unreachable_{};  ///< the host, as somebody on the way said
  std::optional<Endpoint> own_address_{};
  bool left_unproved_ = false;
  std::vector<Verdict> verdicts_{};
};

}  // namespace net
