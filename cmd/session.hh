#pragma once

#include "net/base/clock.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// How a run ended.
struct Ending {
  enum class Kind { finished, deadline, signal } kind = Kind::finished;
  int value = 0;  ///< the status, or the number of the signal
};

/// Runs a command's task until it is done, SIGINT, SIGTERM or SIGHUP comes, or `deadline` has passed. In the
/// latter cases the task is cancelled; what it left in its command's members is there to report.
[[nodiscard]] Ending run_session(net::Reactor& reactor, net::Task<int> task, net::Duration deadline);

}  // namespace cmd
