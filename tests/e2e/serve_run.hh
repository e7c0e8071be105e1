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

[[nodiscard]] inline QuietServer start_quiet_server(std::vector<std::string> arguments,
                                                    Options options = {}) {
  arguments.insert(arguments.begin(), "listen");
  arguments.insert(arguments.end(), {"127.0.0.1", "0"});
  Program program(nettool_argv(arguments), std::move(options));
  const std::string line = program.read_until(Stream::err, "/tcp\n");
  const std::string before_port = "listening on 127.0.0.1:";
  const auto port =
      static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(before_port) + before_port.size())));
  return {std::move(program), port};
}

/// Ends a server as an operator does; its status must be that of the signal.
inline Outcome stop_server(Program& program, int signal_number = SIGTERM) {
  program.signal(signal_number);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 128 + signal_number) << outcome.err;
  return outcome;
}

}  // namespace test
