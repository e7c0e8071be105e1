#pragma once

#include <functional>

#include "net/base/clock.hh"
#include "net/loop/reactor.hh"
#include "net/stream/relay.hh"

namespace cmd {

/// How a run ended.
struct Ending {
  enum class Kind { finished, deadline, signal } kind = Kind::finished;
  int value = 0;  ///< the status, or the number of the signal
};

/// How a run that has others in its charge ends early. Without this it is cancelled at once.
struct Farewell {
  net::Duration grace{};                       ///< after SIGTERM: how long what goes on may go on
  std::function<void()> close{};               ///< SIGTERM came: begin nothing new
  std::function<bool(net::EndReason)> stop{};  ///< end all, and soon the task; false: there is nothing to end
};

/// Runs a command's task until it is done, SIGINT, SIGTERM, SIGHUP or SIGQUIT comes, or `deadline` has
/// passed. In the latter cases it is told by `farewell`, then cancelled; what it left in its command's
/// members is there to report. A further signal, a second or more after the first, cancels it at once.
[[nodiscard]] Ending run_session(net::Reactor& reactor, net::Task<int> task, net::Duration deadline,
                                 const Farewell& farewell = {});

}  // namespace cmd
