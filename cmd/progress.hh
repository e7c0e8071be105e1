#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "cmd/progress_ticker.hh"
#include "net/loop/reactor.hh"
#include "net/sock/tcp_info.hh"

namespace cmd {

/// Bytes that moved so far, and how the path does (TCP).
struct ProgressFigures {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::optional<net::TcpInfo> tcp_info{};
};

/// --progress of bytes.
class Progress {
 public:
  /// `total` is how much there is to send, where that is known.
  Progress(net::Reactor& reactor, Output& out, std::function<ProgressFigures()> figures,
           std::optional<std::uint64_t> total);

  /// Shows until cancelled.
  net::Task<> run() { return ticker_.run(); }

 private:
  void sample();
  [[nodiscard]] ProgressLook look();
  /// Bytes per second over the samples kept.
  [[nodiscard]] double recent_rate() const;
  /// The line, its parts by what they are worth where there is little room.
  [[nodiscard]] StatusParts parts() const;

  net::Reactor& reactor_;
  std::function<ProgressFigures()> figures_;
  std::optional<std::uint64_t> total_;
  net::TimePoint began_;
  net::TimePoint last_sample_;
  std::uint64_t last_moved_ = 0;
  std::deque<double> rates_{};  ///< bytes per second, one a sample, the last eight
  ProgressTicker ticker_;
};

/// "0:01:05".
[[nodiscard]] std::string clock_text(double seconds);

/// What is left of a regular file on stdin, from its offset on.
[[nodiscard]] std::optional<std::uint64_t> stdin_size();

}  // namespace cmd
