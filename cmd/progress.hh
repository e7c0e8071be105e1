#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "cmd/output.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// Bytes that moved so far.
struct ProgressFigures {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

/// --progress: one line rewritten on a terminal, a line every 10 s elsewhere, an event a second with --json.
class Progress {
 public:
  /// `total` is how much there is to send, where that is known.
  Progress(net::Reactor& reactor, Output& out, std::function<ProgressFigures()> figures,
           std::optional<std::uint64_t> total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Takes the line away.
  ~Progress();

  /// Shows until cancelled.
  net::Task<> run();

 private:
  void sample();
  void show();
  /// Bytes per second over the samples kept.
  [[nodiscard]] double recent_rate() const;
  [[nodiscard]] std::string text() const;

  net::Reactor& reactor_;
  Output& out_;
  std::function<ProgressFigures()> figures_;
  std::optional<std::uint64_t> total_;
  bool rewrites_;
  net::TimePoint began_;
  net::TimePoint last_sample_;
  std::uint64_t last_moved_ = 0;
  std::deque<double> rates_{};  ///< bytes per second, one a sample, the last eight
};

/// "0:01:05".
[[nodiscard]] std::string clock_text(double seconds);

/// What is left of a regular file on stdin, from its offset on.
[[nodiscard]] std::optional<std::uint64_t> stdin_size();

}  // namespace cmd
