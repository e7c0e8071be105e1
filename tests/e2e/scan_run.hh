#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/json.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

/// `nettool connect -z` in one line.
namespace test {

[[nodiscard]] inline std::vector<std::string> scan_argv(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = nettool("connect", "-z");
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

[[nodiscard]] inline Outcome scan(const std::vector<std::string>& arguments, const std::string& input = {},
                                  Options options = {}) {
  return run(scan_argv(arguments), std::move(options), input);
}

/// Listens on one port of all addresses of both families.
class OpenPort {
 public:
  explicit OpenPort(std::uint16_t port = 0)
      : four_("0.0.0.0", {.port = port}), six_("::", {.port = four_.port()}) {}
  [[nodiscard]] std::uint16_t port() const { return four_.port(); }
  [[nodiscard]] std::string port_text() const { return four_.port_text(); }

 private:
  TcpServer four_;
  TcpServer six_;
};

/// "127.0.0.1 22 open" for each port of an output with --json.
[[nodiscard]] inline std::vector<std::string> scanned_ports(const std::string& out) {
  std::vector<std::string> ports;
  for (const json::Value& port : json::events(out, "port")) {
    ports.push_back(port["host"].string() + " " + std::to_string(port["port"].integer()) + " " +
                    port["state"].string());
  }
  return ports;
}

}  // namespace test
