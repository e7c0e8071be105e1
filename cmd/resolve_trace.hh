#pragma once

#include "cmd/output.hh"
#include "cmd/resolve_options.hh"
#include "cmd/results.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// --trace: one line a delegation, with the servers that were passed over, then the answer. The status is
/// the answer's; of a walk that came to no end, the last zone's servers'.
net::Task<int> resolve_trace(net::Reactor& reactor, Results& results, Output& out, const ResolveFlags& flags);

}  // namespace cmd
