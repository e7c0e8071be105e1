#pragma once

#include <string>

#include "cmd/output.hh"
#include "cmd/results.hh"
#include "net/dns/query.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// A name in the hosts file, in DNS and in libc side by side, and a sentence for each difference. It ends at
/// the options' timeout. The status is 0 if libc, what programs get, has an address, 1 if it says no, 3 if
/// nobody answered in time, 4 if it could not be asked.
net::Task<int> resolve_compare(net::Reactor& reactor, Results& results, Output& out, std::string name,
                               net::dns::QueryOptions options);

}  // namespace cmd
