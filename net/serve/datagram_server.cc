#include "net/serve/datagram_server.hh"

#include <cerrno>
#include <utility>

namespace net {

DatagramServer::DatagramServer(Reactor& reactor, Socket socket, Gate& gate, bool many,
                               std::size_t max_clients, DatagramObserver& observer)
    : reactor_(reactor),
      datagram_(std::move(socket)),
      gate_(gate),
      many_(many),
      max_clients_(max_clients),
      observer_(observer),
      in_(reactor),
      out_(reactor),
      watch_(reactor, datagram_.socket().fd(), in_, out_) {}

DatagramClient& DatagramServer::add(const Datagram::Received& received) {
  if (clients_.size() >= max_clients_) forget_oldest();
  DatagramClient client;
  client.id = ++last_id_;
  client.peer = received.peer;
  client.began = reactor_.now();
  client.arrived_at = received.arrived_at;
  gate_.enter(client.peer);
  clients_.add({received.peer}, client);
  observer_.accepted(clients_.front());
  // A writer that waited for somebody to write to has one now.
  out_.set();
  return clients_.front();
}

DatagramClient* DatagramServer::client_of(const Datagram::Received& received) {
  if (DatagramClient* const known = clients_.heard({received.peer})) return known;
  return admit(received.peer) ? &add(received) : nullptr;
}

bool DatagramServer::admit(const Endpoint& peer) {
  if (!open_) return false;
  std::optional<Rejection> reason = gate_.refuses(peer);
  if (!reason && !many_ && !clients_.empty()) reason = Rejection::not_the_client;
  if (reason && rejected_.is_new(peer)) observer_.rejected(peer, *reason);
  return !reason;
}

Io DatagramServer::read(std::span<std::byte> into) {
  constexpr int most_rejected = 64;
  for (int rejected = 0; rejected < most_rejected; ++rejected) {
    const auto received = datagram_.receive(into);
    if (!received) {
      if (would_block(received.error())) in_.reset();
      return std::unexpected(received.error());
    }
    DatagramClient* const client = client_of(*received);
    if (client == nullptr) continue;
    client->received += received->size;
    client->last = reactor_.now();
    client->arrived_at = received->arrived_at;
    return received->size;
  }
  // A flood from strangers: in() stays set, and everybody else has a turn.
  return std::unexpected(errno_code(EAGAIN));
}

Io DatagramServer::write(std::span<const std::byte> from) {
  if (clients_.empty()) {
    out_.reset();
    return std::unexpected(errno_code(EAGAIN));
  }
  DatagramClient& client = clients_.front();
  const std::error_code error = datagram_.send_to(from, client.peer, client.arrived_at);
  if (error) {
    if (would_block(error)) out_.reset();
    if (would_block(error) || error.value() == ENOBUFS || !many_) return std::unexpected(error);
    observer_.unanswered(
        client,
        Error("send", subject_text(client.peer.unmapped(), Transport{client.peer.is_unix(), SOCK_DGRAM}),
              error));
    return from.size();
  }
  client.sent += from.size();
  client.last = reactor_.now();
  return from.size();
}

void DatagramServer::forget_oldest() {
  const DatagramClient oldest = clients_.take_oldest();
  gate_.leave(oldest.peer);
  observer_.forgotten(oldest);
}

void DatagramServer::forget_all() {
  while (!clients_.empty()) forget_oldest();
}

Task<> DatagramServer::forget_idle(Duration idle) {
  for (;;) {
    while (!clients_.empty() && saturating_add(clients_.back().last, idle) <= reactor_.now()) forget_oldest();
    const TimePoint from = clients_.empty() ? reactor_.now() : clients_.back().last;
    co_await reactor_.sleep_until(saturating_add(from, idle));
  }
}

}  // namespace net
