#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/loop/pacer.hh"
#include "net/loop/timeout_ring.hh"
#include "net/probe/scan.hh"
#include "net/probe/scan_order.hh"
#include "net/probe/scan_refusals.hh"
#include "net/probe/scan_walk.hh"
#include "net/probe/udp_host.hh"
#include "net/sock/udp_channel.hh"

/// The inside of the UDP scan; nobody else includes it.
namespace net {

/// Asks the ports of many hosts from one socket a family. What is sent to a host and what it means is its
/// UdpHost's; here is what they share: sockets, the rate, how many probes are out, the order of results. A
/// probe that is repeated goes before a new one.
class UdpScan final : public Scan {
 public:
  UdpScan(Reactor& reactor, ScanOptions options, ScanSource& source, ScanSink& sink);

  Task<Result<void>> run() override;
  [[nodiscard]] const ScanFigures& figures() const override { return order_.figures(); }
  void hand_over_rest() override;

 private:
  using Number = std::uint32_t;  ///< of a place in the table
  struct Asked {
    std::unique_ptr<UdpHost> host{};  ///< none: the place is free
    std::shared_ptr<const ScanHost> as_given{};
    bool limit_told = false;
    bool queued = false;  ///< in sending_
    std::size_t in_flight = 0;
    std::size_t pressing = 0;
  };

  // Each of these tasks answers whether all is over.
  Task<bool> feed();
  Task<bool> send();
  Task<bool> receive();
  Task<bool> watch_order();

  /// Takes what came, up to a limit: true when there may be more.
  bool hear_all();
  void hear(const UdpChannel::Arrival& arrival);
  void hear_from(UdpHost& host, const UdpChannel::Arrival& arrival) const;
  /// Whether that address and port are those of the socket that it is asked from.
  [[nodiscard]] bool is_own(const Endpoint& address) const;
  void watch_deadlines();
  /// Sends one datagram, if there is one to send and room for it.
  [[nodiscard]] bool send_one();
  [[nodiscard]] bool send_again();
  [[nodiscard]] bool send_new();
  /// Why this host could not send it.
  [[nodiscard]] std::optional<Error> transmit(Number number, const UdpHost::Probe& probe);
  /// What is said of a target that was just taken and could not be asked.
  void cannot_ask(Number number, const ScanTarget& target, Error error);
  [[nodiscard]] TimePoint wake_at() const;
  /// How many more may be in flight, of so many.
  [[nodiscard]] std::size_t room_beside(std::size_t count) const;
  [[nodiscard]] bool is_over() const;

  [[nodiscard]] static std::string key_of(const Endpoint& address);
  [[nodiscard]] Number place_of(const ScanTarget& target);
  /// The walk has left that host.
  void leave_current();
  /// After anything happened to a host: its verdicts, its next deadline, its end.
  void settle(Number number);
  void decide(UdpHost::Verdict verdict);
  void tell_limit(Asked& asked);
  void release(Number number);

  Reactor& reactor_;
  ScanOptions options_;
  ScanSink& sink_;
  ScanWalk walk_;
  ScanOrder order_;
  ScanRefusals refusals_;
  Pacer pacer_;
  TimeoutRing ring_;
  UdpChannel channel_;
  Event work_;        ///< there may be something to send
  Event wants_more_;  ///< the walk has to be asked for more
  bool has_more_ = false;
  bool ended_ = false;  ///< the walk has

  std::deque<Asked> table_{};
  std::vector<Number> free_{};
  std::unordered_multimap<std::string, Number> by_address_{};
  std::deque<Number> sending_{};     ///< hosts in the middle of a round
  std::optional<Number> current_{};  ///< the host whose ports the walk gives
  std::size_t in_flight_ = 0;
  std::size_t pressing_ = 0;  ///< those too that will be asked again at once
  std::optional<Error> error_{};
};

}  // namespace net
