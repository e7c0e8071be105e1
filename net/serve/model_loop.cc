#include <unistd.h>

#include <utility>

#include "net/serve/handover.hh"
#include "net/serve/model.hh"
#include "net/stream/datagram_stream.hh"
#include "net/stream/fd_stream.hh"

namespace net {
namespace {

/// Everything on the one loop: each client is a coroutine.
class LoopModel final : public Model {
 public:
  LoopModel(Reactor& reactor, Handler& handler, ServeObserver& observer)
      : reactor_(reactor), handler_(handler), observer_(observer) {}

  Task<Served> serve(Connection connection, Stop& stop) override {
    observer_.accepted(connection.client, Worker{getpid(), gettid()});
    if (!connection.peer) co_return co_await serve_here(reactor_, handler_, connection, stop);
    ClientStop own(reactor_, stop, *connection.peer);
    co_return co_await serve_here(reactor_, handler_, connection, own.stop());
  }
  [[nodiscard]] std::size_t descriptors() const override { return 1 + handler_.descriptors(); }
  [[nodiscard]] std::error_code lacks() const override { return handler_.lacks(); }

 private:
  Reactor& reactor_;
  Handler& handler_;
  ServeObserver& observer_;
};

}  // namespace

Task<Served> serve_here(Reactor& reactor, Handler& handler, Connection& connection, Stop& stop) {
  const Transport transport = connection.client.transport;
  int tcp_fd = -1;
  if (connection.socket) {
    if (!transport.unix_domain && transport.type == SOCK_STREAM) tcp_fd = connection.socket->fd();
    if (transport.keeps_boundaries()) {
      connection.peer =
          std::make_unique<DatagramStream>(reactor, std::move(*connection.socket), transport.type);
    } else {
      connection.peer = std::make_unique<FdStream>(reactor, std::move(*connection.socket));
    }
    connection.socket.reset();
  }
  co_return co_await handler.serve(Session{reactor, connection.client, *connection.peer, tcp_fd, stop});
}

std::unique_ptr<Model> make_loop_model(Reactor& reactor, Handler& handler, ServeObserver& observer) {
  return std::make_unique<LoopModel>(reactor, handler, observer);
}

std::unique_ptr<Model> make_model(ModelKind kind, Reactor& reactor, Handler& handler, ServeObserver& observer,
                                  std::vector<int> keep) {
  if (kind == ModelKind::fork) return make_fork_model(reactor, handler, observer, std::move(keep));
  if (kind == ModelKind::thread) return make_thread_model(reactor, handler, observer);
  return make_loop_model(reactor, handler, observer);
}

}  // namespace net
