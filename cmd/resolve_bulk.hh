#pragma once

#include "cmd/output.hh"
#include "cmd/resolve_options.hh"
#include "cmd/results.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"

namespace cmd {

/// `resolve -f`: asks for every line of a file or of stdin, shows results as they come, and gives the status:
/// the largest of the names', where a name is answered when one of its types has data; 2 counts for a line
/// that is no question.
net::Task<int> resolve_bulk(net::Reactor& reactor, Results& results, Output& out, const ResolveFlags& flags);

}  // namespace cmd
