#pragma once

#include <string>

#include "net/base/error.hh"
#include "net/dial/dialer.hh"
#include "net/sock/listener.hh"

namespace cmd {

/// What a failure to connect usually means, from what is known about the attempt; empty when there is nothing
/// to add.
[[nodiscard]] std::string connect_hint(const net::Error& error, const net::Attempt* attempt,
                                       net::Transport transport);

/// Why an address could not be bound or listened on: who holds it (as far as this user may see), which limit
/// stands in the way.
[[nodiscard]] std::string listen_hint(const net::Error& error, const net::ListenOptions& options);

}  // namespace cmd
