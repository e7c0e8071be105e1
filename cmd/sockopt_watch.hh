#pragma once

#include <vector>

#include "cmd/results.hh"
#include "cmd/sockopt_rows.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// A socket that is watched, and what it read last.
struct Watched {
  const SockoptTarget* target = nullptr;
  SocketLabel label{};
  SocketReading last{};
};

/// Looks at the sockets again every `tick` and shows what changed since the look before, until all have gone.
/// Between two looks no descriptor is held. The status.
net::Task<int> watch_sockets(net::Reactor& reactor, Results& results, std::vector<Watched> sockets,
                             const std::vector<const net::SocketOption*>& named, net::Duration tick);

}  // namespace cmd
