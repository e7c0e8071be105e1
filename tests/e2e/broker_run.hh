#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/forward_run.hh"

/// Brokers and their clients, as the tests of `listen --broker` start them.
namespace test {

/// The port is in the listening event; the accepted event of each client is read as it comes, so that it is
/// known to be there.
struct BrokerRun {
  Listener listener;
  explicit BrokerRun(std::vector<std::string> arguments = {"--broker"})
      : listener(start(std::move(arguments))) {}

  [[nodiscard]] static Listener start(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"127.0.0.1", "0"});
    return start_listener(std::move(arguments), {.in = Stdio::null()});
  }
  [[nodiscard]] Peer join() {
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    static_cast<void>(next_event(listener, "accepted"));
    return peer;
  }
  [[nodiscard]] std::vector<Peer> join(std::size_t count) {
    std::vector<Peer> peers;
    for (std::size_t i = 0; i < count; ++i) peers.push_back(join());
    return peers;
  }
  [[nodiscard]] json::Value closed() { return next_event(listener, "closed"); }
};

}  // namespace test
