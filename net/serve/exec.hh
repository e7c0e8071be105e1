#pragma once

#include <memory>

#include "net/serve/handler.hh"
#include "net/serve/program.hh"

namespace net {

/// A program for each client, which talks to it through two pipes: the end of its output is SHUT_WR, the end
/// of the client's input closes its input, what it does not read is dropped. The client is served until the
/// program has exited and what it had written is delivered, whoever else holds its output open; a client
/// that goes before (cut, or idle for too long) takes the program with it: SIGTERM to its process group, and
/// SIGKILL a second later.
[[nodiscard]] std::unique_ptr<Handler> make_exec(Command command, const ServeOptions& options);

}  // namespace net
