#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

/// Servers as the tests of `listen --serve` and its like start them.
namespace test {

inline const std::vector<std::string> every_model = {"iterative", "fork", "thread", "epoll"};
/// Those that serve several clients at the same time.
inline const std::vector<std::string> concurrent_models = {"fork", "thread", "epoll"};

/// `nettool listen ARGUMENTS` on a TCP port, without JSON: it says where it listens and, without -v, nothing
/// more, so that no test has to read along.
struct QuietServer {
  Program program;
  std::uint16_t port = 0;
  [[nodiscard]] Peer connect() const { return connect_tcp("127.0.0.1", port); }
};

/// `arguments` with the address; it says "listening on ADDRESS:PORT/PROTOCOL".
[[nodiscard]] inline QuietServer start_quiet(std::vector<std::string> arguments, const std::string& protocol,
                                             Options options = {}) {
  arguments.insert(arguments.begin(), "listen");
  Program program(nettool_argv(arguments), std::move(options));
  const std::string line = program.read_until(Stream::err, "/" + protocol + "\n");
  const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
  return {std::move(program), port};
}

[[nodiscard]] inline QuietServer start_quiet_server(std::vector<std::string> arguments,
                                                    Options options = {}) {
  arguments.insert(arguments.end(), {"127.0.0.1", "0"});
  return start_quiet(std::move(arguments), "tcp", std::move(options));
}

/// Ends a server as an operator does; its status must be that of the signal.
inline Outcome stop_server(Program& program, int signal_number = SIGTERM) {
  program.signal(signal_number);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 128 + signal_number) << outcome.err;
  return outcome;
}

}  // namespace test
