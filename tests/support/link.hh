#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

/// nettool in either of its two roles, seen from the other end of its connection. Only for the end-to-end
/// tests.

namespace test {

using Arguments = std::vector<std::string>;

enum class Role { connect, listen };

/// A running nettool, and the test's own end of its connection.
struct Link {
  Program program;
  Peer peer;
};

/// `nettool connect|listen --json ARGUMENTS` over TCP, connected. `server` is what a connect finds.
[[nodiscard]] inline Link start(Role role, Arguments arguments, const Options& options = {},
                                TcpServer server = TcpServer()) {
  if (role == Role::listen) {
    arguments.insert(arguments.end(), {"127.0.0.1", "0"});
    Listener listener = start_listener(arguments, options);
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    return {std::move(listener.program), std::move(peer)};
  }
  arguments.insert(arguments.begin(), {"connect", "--json", "127.0.0.1", server.port_text()});
  Program program(nettool_argv(arguments), options);
  return {std::move(program), server.accept()};
}

/// The same with the arguments as they are: text, unless they have a --json.
[[nodiscard]] inline Link start_as_given(Role role, Arguments arguments, const Options& options = {}) {
  TcpServer server;
  const bool serves = role == Role::listen;
  arguments.insert(arguments.begin(), {serves ? "listen" : "connect", "127.0.0.1"});
  arguments.push_back(serves ? "0" : server.port_text());
  Program program(nettool_argv(arguments), options);
  if (!serves) return {std::move(program), server.accept()};
  // In text "listening on 127.0.0.1:40123/tcp", in JSON ..."port":40123,...
  const std::string line = program.read_line(Stream::err);
  std::size_t digits = line.find(line.starts_with("{") ? "\"port\":" : "127.0.0.1:");
  digits = line.find(':', digits) + 1;
  Peer peer = connect_tcp("127.0.0.1", static_cast<std::uint16_t>(std::stoi(line.substr(digits))));
  return {std::move(program), std::move(peer)};
}

}  // namespace test
