#pragma once

#include <string>

#include "cmd/output.hh"
#include "net/dns/bulk.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// `resolve -f --progress`: one line rewritten on a terminal, a line every 10 s elsewhere, an event a second
/// with --json.
class BulkProgress {
 public:
  BulkProgress(net::Reactor& reactor, Output& out, const net::dns::Bulk& bulk);
  BulkProgress(const BulkProgress&) = delete;
  BulkProgress& operator=(const BulkProgress&) = delete;
  /// Takes the line away.
  ~BulkProgress();

  /// Shows until cancelled.
  net::Task<> run();
  /// The last line, which stays.
  void finish();

 private:
  void show(bool rewrite);
  [[nodiscard]] std::string text() const;

  net::Reactor& reactor_;
  Output& out_;
  const net::dns::Bulk& bulk_;
  bool rewrites_;
  net::TimePoint began_;
  net::TimePoint last_sample_;
  std::uint64_t last_done_ = 0;
  double rate_ = 0;  ///< results a second since the last sample
};

}  // namespace cmd
