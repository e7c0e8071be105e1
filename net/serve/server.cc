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
  happening.kind = Happening::Kind::ended;
  co_return happening;
}

Task<Server::Happening> Server::look_again() {
  co_await reactor_.sleep(std::chrono::milliseconds(100));
  Happening happening;
  happening.kind = Happening::Kind::look;
  co_return happening;
}

bool Server::is_short() {
  const std::error_code lacking = model_.lacks();
  if (lacking && !short_) observer_.short_of(Error("serve", {}, lacking, Blame::local));
  short_ = static_cast<bool>(lacking);
  return short_;
}

void Server::take(Group<Happening>& running, std::optional<Connection> connection) {
  accepting_ = false;
  open_ = connection.has_value();
  if (!open_) return;
  ++began_;
  if (began_ == in_all_) source_.close();
  gate_.enter(connection->client.peer);
  running.add(serve(std::move(*connection)));
}

Task<> Server::run() {
  Group<Happening> running(reactor_);
  for (;;) {
    const bool lacking = is_short();
    if (takes_more() && !lacking) {
      accepting_ = true;
      running.add(await_client());
    } else if (takes_more() && !std::exchange(looking_, true)) {
      // Nobody tells when a shortage is over.
      running.add(look_again());
    }
    if (!accepting_ && !looking_ && began_ == ended_) break;
    Happening happening = co_await running.next();
    switch (happening.kind) {
      case Happening::Kind::ended:
        ++ended_;
        break;
      case Happening::Kind::look:
        looking_ = false;
        break;
      case Happening::Kind::came:
        take(running, std::move(happening.connection));
        // While the backlog is full nothing here waits: those whom we serve, and signals, must have their
        // turn.
        co_await reactor_.yield();
        break;
    }
  }
}

}  // namespace net
