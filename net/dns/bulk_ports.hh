#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "net/dns/query.hh"
#include "net/loop/reactor.hh"
#include "net/sock/socket.hh"

namespace net::dns {

/// The UDP sockets of a Bulk: several for each server, connected to it.
class BulkPorts {
 public:
  struct Port {
    Port(Reactor& reactor, Socket opened, std::size_t of_server);
    Socket socket;
    std::size_t server;
    std::size_t given = 0;  ///< ids that are out
    Event in;
    Event out;
    Watch watch;
  };

  /// As many sockets as `concurrency` wants, or as there are descriptors for.
  BulkPorts(Reactor& reactor, const QueryOptions& options, std::size_t concurrency);

  [[nodiscard]] std::size_t size() const { return ports_.size(); }
  [[nodiscard]] Port& operator[](std::size_t number) { return ports_[number]; }
  /// Why a server cannot be asked at all, or nothing.
  [[nodiscard]] const std::optional<Error>& error(std::size_t server) const { return servers_[server].error; }
  /// How many questions may be open at a time, so that the ids last.
  [[nodiscard]] std::size_t limit() const { return limit_; }
  /// The socket for the next queries to a server that can be asked.
  [[nodiscard]] std::uint16_t current(std::size_t server);
  /// Goes on to the server's next socket.
  void rotate(std::size_t server);

 private:
  struct Server {
    std::vector<std::uint16_t> ports{};
    std::size_t current = 0;
    std::optional<Error> error{};
  };
  /// A socket towards `server`.
  static Result<Socket> open(const Endpoint& server, const std::optional<Endpoint>& source);
  std::optional<Error> add_port(Reactor& reactor, const QueryOptions& options, std::size_t server);

  std::deque<Port> ports_{};
  std::vector<Server> servers_{};
  std::size_t limit_ = 0;
};

}  // namespace net::dns
