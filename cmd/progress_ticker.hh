#pragma once

#include <cstdint>
#include <functional>

#include "cmd/output.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// How far something is: the parts of a line, and an event for JSON.
struct ProgressLook {
  StatusParts parts{};
  Object json{};
};

/// How often and where progress is told, whatever it is of: one line rewritten on a terminal, a line every
/// 10 s elsewhere, an event a second with --json.
class ProgressTicker {
 public:
  /// What stdout carries: where that is the same terminal, results make room for the line, payload does not.
  enum class Stdout : std::uint8_t { payload, results };

  /// `look` is asked each time.
  ProgressTicker(net::Reactor& reactor, Output& out, Stdout carries, std::function<ProgressLook()> look);
  ProgressTicker(const ProgressTicker&) = delete;
  ProgressTicker& operator=(const ProgressTicker&) = delete;
  /// Takes the line away.
  ~ProgressTicker();

  [[nodiscard]] bool rewrites() const { return rewrites_; }
  /// Shows until cancelled.
  net::Task<> run();
  /// The last line, which stays.
  void finish() { print(); }

 private:
  void print();

  net::Reactor& reactor_;
  Output& out_;
  std::function<ProgressLook()> look_;
  bool rewrites_;
  bool hidden_;
};

}  // namespace cmd
