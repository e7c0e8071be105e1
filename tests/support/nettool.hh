#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/json.hh"
#include "tests/support/program.hh"

/// The program under test. Only for the end-to-end tests, where CMake defines NETTOOL_BINARY.

namespace test {

/// nettool("connect", "127.0.0.1", server.port_text()): the argv for Program and run().
template <class... Arguments>
[[nodiscard]] std::vector<std::string> nettool(Arguments&&... arguments) {
  return {NETTOOL_BINARY, std::string(std::forward<Arguments>(arguments))...};
}

/// The same from a list, as tables of cases have it.
[[nodiscard]] inline std::vector<std::string> nettool_argv(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {NETTOOL_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

/// A listener that listens: its `listening` event has been read from stderr.
struct Listener {
  Program program;
  json::Value listening;
  std::uint16_t port = 0;  ///< 0 for a Unix socket
  std::string path = {};   ///< of a Unix socket
  [[nodiscard]] std::string port_text() const { return std::to_string(port); }
};

/// Runs `nettool listen ARGUMENTS --json` and waits until it listens. Arguments after a "--" stay behind it.
[[nodiscard]] inline Listener start_listener(std::vector<std::string> arguments, Options options = {}) {
  auto dashes = arguments.begin();
  while (dashes != arguments.end() && *dashes != "--") ++dashes;
  arguments.insert(dashes, "--json");
  arguments.insert(arguments.begin(), "listen");
  Program program(nettool_argv(arguments), std::move(options));
  for (;;) {
    // Notes may come first; read_line throws with all of stderr when the program ends instead.
    json::Value event = json::parse(program.read_line(Stream::err));
    if (!event.has("event") || event["event"].string() != "listening") continue;
    Listener listener{std::move(program), event};
    if (event.has("port")) listener.port = static_cast<std::uint16_t>(event["port"].integer());
    if (event.has("path")) listener.path = event["path"].string();
    return listener;
  }
}

}  // namespace test
