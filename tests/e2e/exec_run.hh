#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/unix_socket.hh"

namespace test {

/// `nettool listen --exec`, the same in each model.
class ExecTest : public testing::TestWithParam<const char*> {
 protected:
  /// On 127.0.0.1 and a port of the kernel's choice unless `where` says otherwise.
  [[nodiscard]] static Listener start(std::vector<std::string> arguments, const std::vector<std::string>& how,
                                      const std::vector<std::string>& where = {"127.0.0.1", "0"},
                                      const Options& options = {}) {
    arguments.insert(arguments.end(), {"--model", GetParam()});
    arguments.insert(arguments.end(), where.begin(), where.end());
    arguments.insert(arguments.end(), how.begin(), how.end());
    return start_listener(std::move(arguments), options);
  }
  /// Serves with a command line of the shell.
  [[nodiscard]] static Listener shell(const std::string& line, std::vector<std::string> arguments = {},
                                      const Options& options = {}) {
    return start(std::move(arguments), {"--shell", line}, {"127.0.0.1", "0"}, options);
  }
  [[nodiscard]] static Listener exec(const std::vector<std::string>& command,
                                     std::vector<std::string> arguments = {}, const Options& options = {}) {
    std::vector<std::string> how = {"--exec", "--"};
    how.insert(how.end(), command.begin(), command.end());
    return start(std::move(arguments), how, {"127.0.0.1", "0"}, options);
  }
  /// As exec(), on a Unix socket.
  [[nodiscard]] static Listener exec_unix(const std::string& path, const std::string& type,
                                          const std::vector<std::string>& command,
                                          std::vector<std::string> arguments = {}) {
    std::vector<std::string> how = {"--exec", "--"};
    how.insert(how.end(), command.begin(), command.end());
    return start(std::move(arguments), how, {"-U", "--type", type, path});
  }
  [[nodiscard]] static Peer connect(const Listener& listener) {
    return connect_tcp("127.0.0.1", listener.port);
  }

  /// What the next client's end is told with: the events up to its `closed`.
  struct Told {
    std::vector<json::Value> exited;  ///< with --model fork that of the process too
    std::vector<json::Value> errors;
    json::Value closed;
    [[nodiscard]] std::string reason() const { return closed["reason"].string(); }
    /// The program's status, and not that of a process of nettool's.
    [[nodiscard]] long long status() const { return exited.empty() ? -1 : exited.back()["status"].integer(); }
  };
  [[nodiscard]] static Told told(Listener& listener) {
    Told told;
    for (;;) {
      json::Value event = json::parse(listener.program.read_line(Stream::err));
      const std::string& name = event["event"].string();
      if (name == "exited") told.exited.push_back(event);
      if (name == "error") told.errors.push_back(event["error"]);
      if (name == "closed") {
        told.closed = event;
        return told;
      }
    }
  }

  /// A process number that a program printed as a line.
  [[nodiscard]] static pid_t pid_line(Peer& peer) { return std::stoi(peer.recv_until("\n")); }
  [[nodiscard]] static bool is_alive(pid_t pid) { return kill(pid, 0) == 0; }
  static void wait_gone(pid_t pid) {
    wait_until("the end of process " + std::to_string(pid), [pid] { return !is_alive(pid); });
  }
};

#define IN_EACH_MODEL(Suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(                                                   \
      Models, Suite, testing::Values("iterative", "fork", "thread", "epoll"), \
      [](const testing::TestParamInfo<const char*>& info) { return std::string(info.param); })

}  // namespace test
