#pragma once

#include <memory>

#include "cmd/connect_options.hh"
#include "cmd/results.hh"
#include "cmd/session.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"

namespace cmd {

/// What a mode works with; all of it outlives the mode.
struct ConnectContext {
  net::Reactor& reactor;
  Results& results;
  Output& out;
  const ConnectFlags& flags;
};

/// One way in which connect works: carrying bytes, or asking something of the target. What a run has found so
/// far lives in its members, so that an interruption leaves it to report.
class ConnectMode {
 public:
  explicit ConnectMode(const ConnectContext& context)
      : reactor_(context.reactor), results_(context.results), out_(context.out), flags_(context.flags) {}
  ConnectMode(const ConnectMode&) = delete;
  ConnectMode& operator=(const ConnectMode&) = delete;
  virtual ~ConnectMode() = default;

  /// Works until it is done; the exit status.
  virtual net::Task<int> run() = 0;
  /// run() was cancelled by a signal or by --deadline: reports what there is to report; Results are written
  /// after that. The status counts after a deadline.
  virtual int interrupted(const Ending& ending) = 0;

 protected:
  net::Reactor& reactor_;
  Results& results_;
  Output& out_;
  const ConnectFlags& flags_;
};

[[nodiscard]] std::unique_ptr<ConnectMode> make_relay_mode(const ConnectContext& context);
[[nodiscard]] std::unique_ptr<ConnectMode> make_trace_mode(const ConnectContext& context);
[[nodiscard]] std::unique_ptr<ConnectMode> make_scan_mode(const ConnectContext& context);
[[nodiscard]] std::unique_ptr<ConnectMode> make_ping_mode(const ConnectContext& context);
[[nodiscard]] std::unique_ptr<ConnectMode> make_wait_mode(const ConnectContext& context);

}  // namespace cmd
