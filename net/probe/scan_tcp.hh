#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "net/loop/pacer.hh"
#include "net/loop/ready_set.hh"
#include "net/loop/timeout_ring.hh"
#include "net/probe/scan.hh"
#include "net/probe/scan_order.hh"
#include "net/probe/scan_refusals.hh"
#include "net/probe/scan_walk.hh"

/// The inside of the TCP scan; nobody else includes it.
namespace net {

/// Connects to one port after the other as fast as they answer. On the way to a host that refuses at once
/// (this one, a neighbour behind a virtual cable) the answer is there when connect(2) returns: it is asked a
/// second time, and the socket used again. Only what is still under way then gets a place in the table, a
/// deadline and the kernel's attention.
class TcpScan final : public Scan {
 public:
  TcpScan(Reactor& reactor, ScanOptions options, ScanSource& source, ScanSink& sink);

  Task<Result<void>> run() override;
  [[nodiscard]] const ScanFigures& figures() const override { return order_.figures(); }
  void hand_over_rest() override;

 private:
  using Number = std::uint32_t;  ///< of a place in the table
  enum class Stage : std::uint8_t { free, connecting, reading };
  struct Asked {
    Endpoint address{};
    ScanOrder::Ticket ticket = 0;
    TimePoint began{};
    Duration took{};  ///< to connect
  };
  struct Probe {
    Stage stage = Stage::free;
    bool young = false;
    Asked asked{};
    std::optional<Socket> socket{};
    std::string banner{};
  };

  // Each of these tasks answers whether all is over.
  Task<bool> feed();
  Task<bool> collect();
  Task<bool> watch_deadlines();

  [[nodiscard]] bool has_room() const;
  Task<> wait_for_room();
  /// Asks the next target, or leaves it out. False when that must wait until a probe under way has ended.
  [[nodiscard]] bool launch(const ScanTarget& target);
  [[nodiscard]] bool cannot_ask(const ScanTarget& target, Error error);
  [[nodiscard]] Result<Socket> socket_for(const Endpoint& address);

  Number place(Socket socket, const Asked& asked, Stage stage);
  void release(Number number);
  void grow_old(Number number);
  void arm(Number item, TimePoint when);

  /// Finds out what became of a probe in the table.
  void look(Number number);
  void expire(Number number);
  /// Decides what connected, unless there is a banner to be read: then true.
  [[nodiscard]] bool connected(const Socket& socket, Asked& asked);
  void refused(const Socket& socket, const Asked& asked, std::error_code code);
  void read_banner(Number number);
  void finish_banner(Number number);

  Reactor& reactor_;
  ScanOptions options_;
  ScanWalk walk_;
  ScanOrder order_;
  ScanRefusals refusals_;
  Pacer pacer_;
  TimeoutRing ring_;  ///< of the place N: item 2 N is its end, 2 N + 1 the end of its youth
  ReadySet ready_;
  Event room_;
  Event earlier_;
  TimePoint alarm_ = TimePoint::max();  ///< when watch_deadlines() looks again
  std::deque<Probe> table_{};
  std::vector<Number> free_{};
  std::size_t in_flight_ = 0;  ///< places taken
  std::size_t young_ = 0;
  std::size_t most_;   ///< of in_flight_, as far as this process has descriptors
  std::size_t limit_;  ///< of in_flight_, as far as this host gives sockets for the moment
  bool reuses_;        ///< a socket that was refused
  std::optional<Socket> spare_{};
  int spare_family_ = AF_UNSPEC;
  std::optional<Error> error_{};
};

}  // namespace net
