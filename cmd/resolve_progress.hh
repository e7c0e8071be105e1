#pragma once

#include <cstdint>

#include "cmd/progress_ticker.hh"
#include "net/dns/bulk.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// How far `resolve -f` is, for --progress.
class BulkProgress {
 public:
  BulkProgress(net::Reactor& reactor, Output& out, const net::dns::Bulk& bulk);

  /// Shows until cancelled.
  net::Task<> run() { return ticker_.run(); }
  /// The last line, which stays.
  void finish();

 private:
  [[nodiscard]] ProgressLook look();

  net::Reactor& reactor_;
  const net::dns::Bulk& bulk_;
  net::TimePoint began_;
  net::TimePoint last_look_;
  std::uint64_t last_done_ = 0;
  ProgressTicker ticker_;
};

}  // namespace cmd
