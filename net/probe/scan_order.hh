#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/loop/event.hh"
#include "net/probe/scan.hh"
#include "net/probe/scan_walk.hh"

namespace net {

/// Puts what the ports come to back into the order of the targets, and counts it: a ring of small entries
/// between the oldest probe that is not decided and the newest. It is bounded; when it is full, no more may
/// be begun until the oldest is decided and the sink has taken it.
class ScanOrder {
 public:
  using Ticket = std::uint64_t;

  ScanOrder(Reactor& reactor, const ScanOptions& options, ScanSink& sink);

  /// True when begin() must wait for room().
  [[nodiscard]] bool full() const;
  /// Set when there may be room again.
  [[nodiscard]] Event& room() { return room_; }

  /// A place for what this target comes to.
  [[nodiscard]] Ticket begin(const ScanTarget& target);
  /// What it came to. `error` says why it is not open.
  void decide(Ticket ticket, PortState state, Duration time);
  void decide(Ticket ticket, PortState state, Duration time, std::optional<Error> error, std::string banner);
  /// Nothing became of it: it is not counted.
  void drop(Ticket ticket);

  /// Hands over in order until the sink wants no more, or until end() was called and all is handed over. Its
  /// result is that all is over: true.
  Task<bool> deliver();
  void end();
  /// Has deliver() flush the sink, which was told something besides results.
  void flush() { news_.set(); }
  /// Hands over what is decided, whatever is not.
  void hand_over_rest();

  [[nodiscard]] ScanFigures& figures() { return figures_; }
  [[nodiscard]] const ScanFigures& figures() const { return figures_; }

 private:
  enum class Stage : std::uint8_t { begun, decided, dropped };
  struct Entry {
    Duration time{};
    std::uint32_t host = 0;  ///< its number
    std::uint16_t port = 0;
    PortState state = PortState::filtered;
    Stage stage = Stage::begun;
  };
  struct Extra {
    std::optional<Error> error{};
    std::string banner{};
  };
  struct OpenHost {
    std::shared_ptr<const ScanHost> host;
    std::size_t entries = 0;
  };

  [[nodiscard]] Entry& at(Ticket ticket) { return entries_[ticket - first_]; }
  [[nodiscard]] bool has_next() const { return !entries_.empty() && entries_.front().stage != Stage::begun; }
  void count(PortState state);
  void hand_over_front();

  ScanSink& sink_;
  bool all_;
  ScanFigures figures_{};
  std::deque<Entry> entries_{};
  Ticket first_ = 0;  ///< of entries_
  std::unordered_map<Ticket, Extra> extras_{};
  std::deque<OpenHost> hosts_{};
  std::uint32_t first_host_ = 0;  ///< of hosts_
  bool ended_ = false;
  Reactor& reactor_;
  Event room_;
  Event news_;
};

}  // namespace net
