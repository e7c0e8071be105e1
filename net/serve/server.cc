#include "net/serve/server.hh"

#include <utility>

namespace net {

Server::Server(Reactor& reactor, Source& source, Model& model, Gate& gate, ServerObserver& observer,
               std::size_t at_once, std::optional<std::uint64_t> in_all)
    : reactor_(reactor),
      source_(source),
      model_(model),
      gate_(gate),
      observer_(observer),
      at_once_(at_once),
      in_all_(in_all),
      stop_(reactor) {}

void Server::stop(EndReason reason) {
  source_.close();
  stop_.now(reason);
}

bool Server::takes_more() const {
  return open_ && !accepting_ && began_ - ended_ < at_once_ && (!in_all_ || began_ < *in_all_);
}

Task<Server::Happening> Server::await_client() {
  Happening happening;
  happening.connection = co_await source_.next();
  co_return happening;
}

Task<Server::Happening> Server::serve(Connection connection) {
  const Client client = connection.client;
  const Served served = co_await model_.serve(std::move(connection), stop_);
  gate_.leave(client.peer);
  observer_.closed(client, served);
  Happening happening;
  happening.ended = true;
  co_return happening;
}

Task<> Server::run() {
  Group<Happening> running(reactor_);
  for (;;) {
    if (takes_more()) {
      accepting_ = true;
      running.add(await_client());
    }
    if (!accepting_ && began_ == ended_) break;
    Happening happening = co_await running.next();
    if (happening.ended) {
      ++ended_;
      continue;
    }
    accepting_ = false;
    open_ = happening.connection.has_value();
    if (!open_) continue;
    ++began_;
    if (began_ == in_all_) source_.close();
    gate_.enter(happening.connection->client.peer);
    running.add(serve(std::move(*happening.connection)));
    // While the backlog is full nothing here waits: those whom we serve, and signals, must have their turn.
    co_await reactor_.yield();
  }
}

}  // namespace net
