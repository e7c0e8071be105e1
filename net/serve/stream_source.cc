#include <utility>

#include "net/loop/group.hh"
#include "net/serve/source.hh"

namespace net {
namespace {

Task<std::optional<Acceptor::Client>> accept(Acceptor& acceptor) {
  co_return co_await acceptor.next();
}

Task<std::optional<Acceptor::Client>> nobody(Event& closed) {
  co_await closed.wait();
  co_return std::nullopt;
}

class StreamSource final : public Source {
 public:
  StreamSource(Reactor& reactor, Listener listener, Transport transport, Gate& gate, SourceObserver& observer,
               std::function<Result<void>(const Socket&)> prepare)
      : reactor_(reactor),
        transport_(transport),
        gate_(gate),
        observer_(observer),
        prepare_(std::move(prepare)),
        closed_(reactor),
        listener_(std::move(listener)) {
    acceptor_.emplace(reactor, listener_->socket(), [this](const Error& error) { observer_.failed(error); });
  }

  Task<std::optional<Connection>> next() override {
    waited_for_ = true;
    std::optional<Connection> connection;
    while (!closed_.is_set() && !connection) {
      std::optional<Acceptor::Client> came = co_await accept_or_close();
      if (came) connection = admit(std::move(*came));
      // A flood of those who may not come in must not keep the loop from everybody else.
      if (!connection) co_await reactor_.yield();
    }
    waited_for_ = false;
    if (!connection) close();
    co_return connection;
  }
  void close() override {
    closed_.set();
    // Whoever waits closes them when it wakes.
    if (waited_for_) return;
    acceptor_.reset();
    listener_.reset();
  }

 private:
  Task<std::optional<Acceptor::Client>> accept_or_close() {
    Group<std::optional<Acceptor::Client>> first(reactor_);
    first.add(nobody(closed_));
    first.add(accept(*acceptor_));
    co_return co_await first.next();
  }
  std::optional<Connection> admit(Acceptor::Client came);

  Reactor& reactor_;
  Transport transport_;
  Gate& gate_;
  SourceObserver& observer_;
  std::function<Result<void>(const Socket&)> prepare_;
  Event closed_;
  std::optional<Listener> listener_;
  std::optional<Acceptor> acceptor_{};
  bool waited_for_ = false;
  std::uint64_t last_id_ = 0;
};

std::optional<Connection> StreamSource::admit(Acceptor::Client came) {
  const Endpoint peer = came.peer.unmapped();
  if (const auto reason = gate_.refuses(peer)) {
    observer_.rejected(peer, *reason);
    return std::nullopt;
  }
  if (const auto prepared = prepare_(came.socket); !prepared) {
    observer_.failed(prepared.error());
    return std::nullopt;
  }
  Connection connection;
  connection.client = {++last_id_, peer, came.socket.local().unmapped(), transport_};
  connection.socket.emplace(std::move(came.socket));
  return connection;
}

}  // namespace

std::unique_ptr<Source> make_stream_source(Reactor& reactor, Listener listener, Transport transport,
                                           Gate& gate, SourceObserver& observer,
                                           std::function<Result<void>(const Socket&)> prepare) {
  return std::make_unique<StreamSource>(reactor, std::move(listener), transport, gate, observer,
                                        std::move(prepare));
}

}  // namespace net
