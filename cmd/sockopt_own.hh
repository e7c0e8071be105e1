#pragma once

#include <expected>

#include "cmd/sockopt_target.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// A fresh socket of the kind that the flags name.
[[nodiscard]] std::expected<SockoptTarget, Refusal> open_fresh_target(const SockoptFlags& flags);

/// A socket that listens (or, for datagrams, is bound) at --listen, the settings made before that.
[[nodiscard]] std::expected<SockoptTarget, Refusal> open_listening_target(const SockoptFlags& flags);

/// A socket connected to --connect, each setting made when it counts.
net::Task<std::expected<SockoptTarget, Refusal>> open_connected_target(net::Reactor& reactor,
                                                                       const SockoptFlags& flags);

/// Throws UsageError for a --connect or --listen that is malformed.
void check_own_target(const SockoptFlags& flags);

}  // namespace cmd
