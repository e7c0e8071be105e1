#include "net/dns/bulk_ports.hh"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

namespace net::dns {
namespace {

// So few replies fit into a socket's buffer where net.core.rmem_max is as the kernel sets it: more would be
// lost when they come at once.
constexpr std::size_t queries_per_port = 128;
constexpr std::size_t least_ports = 4;
// Beyond, only ids make more of them necessary.
constexpr std::size_t usual_most_ports = 32;
constexpr std::size_t most_ports = 1024;
// Half of the ids, so that a free one is soon found, and half as many again before a port is full: while
// limit() is kept, there always is one that is not.
constexpr std::size_t ids_per_port = 32768;
constexpr std::size_t full_port = ids_per_port + ids_per_port / 2;
constexpr int receive_buffer = 1 << 20;

/// Each try has an id of its own, and so has the one after FORMERR.
std::size_t ids_per_question(const QueryOptions& options) {
  return static_cast<std::size_t>(options.tries) + 1;
}

std::size_t wanted_ports(std::size_t concurrency, std::size_t ids) {
  const std::size_t by_buffer = std::clamp(concurrency / queries_per_port, least_ports, usual_most_ports);
  return std::min(std::max(by_buffer, ids / ids_per_port + 1), most_ports);
}

}  // namespace

BulkPorts::Port::Port(Reactor& reactor, Socket opened, std::size_t of_server)
    : socket(std::move(opened)),
      server(of_server),
      in(reactor),
      out(reactor),
      watch(reactor, socket.fd(), in, out) {}

Result<Socket> BulkPorts::open(const Endpoint& server, const std::optional<Endpoint>& source) {
  auto socket = Socket::open(server.family(), SOCK_DGRAM);
  if (!socket) return socket;
  const bool v4 = server.family() == AF_INET;
  // The report says which of the many queries was refused.
  auto done = v4 ? socket->set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR")
                 : socket->set_int(IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR");
  if (done) done = socket->set_int(SOL_SOCKET, SO_RCVBUF, receive_buffer, "SO_RCVBUF");
  if (done && source) done = socket->bind(source->with_port(0));
  if (!done) return std::unexpected(std::move(done.error()));
  if (auto connected = socket->connect(server); !connected) return std::unexpected(connected.error());
  return socket;
}

BulkPorts::BulkPorts(Reactor& reactor, const QueryOptions& options, std::size_t concurrency) {
  const std::size_t wanted = wanted_ports(concurrency, concurrency * ids_per_question(options));
  servers_.resize(options.servers.size());
  // One for each server first: short of descriptors, all should have some.
  for (std::size_t round = 0; round < wanted; ++round) {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (servers_[i].ports.size() < round) continue;
      auto error = add_port(reactor, options, i);
      if (error && round == 0) servers_[i].error = std::move(error);
    }
  }
  limit_ = concurrency;
  for (const Server& server : servers_) {
    if (server.error) continue;
    limit_ = std::min(limit_, server.ports.size() * ids_per_port / ids_per_question(options));
  }
}

std::optional<Error> BulkPorts::add_port(Reactor& reactor, const QueryOptions& options, std::size_t server) {
  auto socket = open(options.servers[server], options.source);
  if (!socket) return std::move(socket.error());
  const Port& port = ports_.emplace_back(reactor, std::move(*socket), server);
  if (const std::error_code unwatched = port.watch.error()) {
    ports_.pop_back();
    return Error("watch", server_text(options.servers[server]), unwatched);
  }
  servers_[server].ports.push_back(static_cast<std::uint16_t>(ports_.size() - 1));
  return std::nullopt;
}

std::uint16_t BulkPorts::current(std::size_t server) {
  const std::vector<std::uint16_t>& ports = servers_[server].ports;
  for (;;) {
    const std::uint16_t number = ports[servers_[server].current % ports.size()];
    if (ports_[number].given < full_port) return number;
    rotate(server);
  }
}

void BulkPorts::rotate(std::size_t server) {
  ++servers_[server].current;
}

}  // namespace net::dns
