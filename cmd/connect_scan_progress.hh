#pragma once

#include <cstdint>
#include <optional>

#include "cmd/progress_ticker.hh"
#include "net/probe/scan.hh"

namespace cmd {

/// How far a scan is.
class ScanProgress {
 public:
  /// `total` ports are to be asked, where that is known.
  ScanProgress(net::Reactor& reactor, Output& out, const net::ScanFigures& figures,
               std::optional<std::uint64_t> total);

  /// Shows until cancelled.
  net::Task<> run() { return ticker_.run(); }

 private:
  [[nodiscard]] ProgressLook look();

  net::Reactor& reactor_;
  const net::ScanFigures& figures_;
  std::optional<std::uint64_t> total_;
  net::TimePoint began_;
  net::TimePoint last_look_;
  std::uint64_t last_done_ = 0;
  ProgressTicker ticker_;
};

}  // namespace cmd
