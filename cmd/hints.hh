#pragma once

#include <cstdint>
#include <string>

#include "net/base/error.hh"
#include "net/sock/listener.hh"

namespace cmd {

/// Who listens on that port of other addresses of this host, to go on a sentence with: ", but
/// 127.0.0.1:80/tcp is listened on by nginx (pid 812)"; empty when nobody does.
[[nodiscard]] std::string listeners_elsewhere(net::Transport transport, std::uint16_t port);

/// Why a source address or port could not be bound, `port` being 0 where none was asked for.
[[nodiscard]] std::string source_hint(const net::Error& error, net::Transport transport, std::uint16_t port);

/// Why an address could not be bound or listened on: who holds it (as far as this user may see), which limit
/// stands in the way.
[[nodiscard]] std::string listen_hint(const net::Error& error, const net::ListenOptions& options);

}  // namespace cmd
