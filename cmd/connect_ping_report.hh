#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cmd/document.hh"
#include "cmd/terminal.hh"
#include "net/probe/ping.hh"
#include "net/probe/samples.hh"

/// What --ping tells: each probe, the summary, and the drawings.
namespace cmd {

/// Whom the probes go to, as they are told before an address is known.
struct PingTarget {
  std::string host{};
  std::uint16_t port = 0;
  net::Transport transport{};
};

/// What all probes came to that were decided.
struct PingSummary {
  std::uint64_t sent = 0;
  net::Samples round_trips{};
  /// The last few round trips in milliseconds, no_value for a failure.
  std::deque<double> latest{};

  void add(const net::Probe& probe);
  [[nodiscard]] std::uint64_t received() const { return round_trips.count(); }
  [[nodiscard]] double loss_percent() const;
};

[[nodiscard]] Document probe_document(const net::Probe& probe, const PingTarget& target);
[[nodiscard]] Document ping_summary_document(const PingSummary& summary);
/// Bars of the round trips in a terminal of that width; none while there are too few to compare.
[[nodiscard]] std::vector<std::string> histogram_lines(const net::Samples& round_trips, std::size_t columns,
                                                       bool utf8);
/// The line at the bottom of the terminal while it goes on.
[[nodiscard]] StatusParts ping_status(const PingSummary& summary, bool utf8);

}  // namespace cmd
