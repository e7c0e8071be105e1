#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/conversation.hh"
#include "cmd/listen_mode.hh"
#include "cmd/relay_options.hh"
#include "cmd/relay_report.hh"
#include "cmd/session.hh"
#include "net/base/text.hh"
#include "net/dial/dialer.hh"
#include "net/dial/order.hh"
#include "net/loop/group.hh"
#include "net/serve/datagram_server.hh"
#include "net/serve/source.hh"
#include "net/sock/listener.hh"
#include "net/stream/datagram_stream.hh"
#include "net/stream/fd_stream.hh"

namespace cmd {
namespace {

/// Clients talk with stdin and stdout, one at a time; datagram peers together.
class ListenRelay final : public ListenMode, private net::DatagramObserver, private net::SourceObserver {
 public:
  explicit ListenRelay(const ListenContext& context) : ListenMode(context) {}
  net::Task<int> run() override;
  [[nodiscard]] Farewell farewell() override;
  void ended(const Ending& ending) override;

 private:
  void accepted(const net::DatagramClient& client) override;
  void rejected(const net::Endpoint& peer, net::Rejection reason) override;
  void failed(const net::Error& error) override;
  void dropped(const net::Client& /*client*/) override {}
  void forgotten(const net::DatagramClient& client) override;
  void unanswered(const net::DatagramClient& /*client*/, const net::Error& error) override {
    out_.error(error);
  }

  net::Task<int> work();
  net::Task<int> until_output_gone();
  net::Task<int> until_stopped();
  net::Task<int> serve();
  net::Task<int> serve_connections();
  net::Task<int> serve_datagrams();
  net::Task<int> serve_client(net::Connection connection);
  net::Task<int> forget_idle_peers(net::Duration idle);
  net::Task<int> until_enough_clients();
  net::Task<int> converse(const ConversationEnds& ends);
  [[nodiscard]] net::Result<void> open_standard_streams();
  [[nodiscard]] bool reads_stdin() const { return !flags_.relay.no_stdin && !flags_.relay.recv_only; }
  void count_ended();
  /// Takes no more clients, and ends if there is none.
  void close();

  // At work. Here and not in the coroutine, so that an interruption leaves them to report.
  net::Gate gate_{flags_.guards.access, flags_.guards.max_per_address};
  std::optional<net::Listener> listener_{};  ///< of datagrams; `source_` has that of streams
  std::unique_ptr<net::Source> source_{};
  Hexdump hexdump_{out_, flags_.relay.hexdump};
  std::unique_ptr<net::FdStream> input_{};
  std::unique_ptr<net::FdStream> output_{};
  std::unique_ptr<net::DatagramServer> server_{};
  std::unique_ptr<net::Stream> peer_{};
  std::optional<Conversation> conversation_{};
  std::optional<std::uint64_t> current_{};  ///< the stream client that is being served
  std::uint64_t ended_ = 0;
  bool closed_ = false;
  net::Event enough_{reactor_};
  net::Event stopped_{reactor_};
  net::EndReason datagram_reason_ = net::EndReason::idle_timeout;
};

net::Result<void> ListenRelay::open_standard_streams() {
  if (reads_stdin()) {
    auto input = net::FdStream::standard(reactor_, 0);
    if (!input) return std::unexpected(input.error());
    input_ = std::move(*input);
  }
  if (!flags_.relay.send_only) {
    auto output = net::FdStream::standard(reactor_, 1);
    if (!output) return std::unexpected(output.error());
    output_ = std::move(*output);
  }
  return {};
}

net::Task<int> ListenRelay::run() {
  net::Group<int> first(reactor_);
  first.add(until_stopped());
  first.add(work());
  co_return co_await first.next();
}

net::Task<int> ListenRelay::work() {
  int failure = status_ok;
  if (const auto opened = hexdump_.open(); !opened) co_return fail(opened.error());
  listener_ = co_await open(failure);
  if (!listener_) co_return failure;
  if (const auto opened = open_standard_streams(); !opened) co_return fail(opened.error());
  net::Group<int> first(reactor_);
  first.add(serve());
  if (output_) first.add(until_output_gone());
  co_return co_await first.next();
}

net::Task<int> ListenRelay::until_output_gone() {
  co_await output_->gone().wait();
  co_return status_local;
}

net::Task<int> ListenRelay::until_stopped() {
  co_await stopped_.wait();
  co_return status_ok;
}

net::Task<int> ListenRelay::serve() {
  if (flags_.relay.transport().has_connection()) co_return co_await serve_connections();
  co_return co_await serve_datagrams();
}

net::Task<int> ListenRelay::serve_connections() {
  source_ = net::make_stream_source(reactor_, std::move(*listener_), flags_.relay.transport(), gate_, *this,
                                    [](const net::Socket& /*socket*/) { return net::Result<void>(); });
  for (;;) {
    std::optional<net::Connection> connection = co_await source_->next();
    if (!connection) co_return status_ok;
    const int status = co_await serve_client(std::move(*connection));
    if (!flags_.keep_open) co_return status;
    if (flags_.clients && ended_ >= *flags_.clients) co_return status_ok;
  }
}

net::Task<int> ListenRelay::serve_client(net::Connection connection) {
  const auto& [id, peer, local, transport] = connection.client;
  net::Socket& socket = *connection.socket;
  current_ = id;
  out_.print(accepted_document(id, peer, local, transport));
  const auto set = net::apply_options(socket, socket.local().family(), flags_.relay.socket_options,
                                      net::OptionMoment::accepted);
  if (!set) co_return fail(set.error(), set.error().hint);
  const int fd = socket.fd();
  print_options(out_, fd, flags_.relay.socket_options, net::OptionMoment::accepted);
  if (transport.keeps_boundaries()) {
    peer_ = std::make_unique<net::DatagramStream>(reactor_, std::move(socket), transport.type);
  } else {
    peer_ = std::make_unique<net::FdStream>(reactor_, std::move(socket));
  }
  ConversationEnds ends{*peer_, input_.get(), output_.get(), fd, net::subject_text(peer, transport),
                        {},     transport};
  ends.serving = true;
  const int status = co_await converse(ends);
  const net::Closed closed = conversation_->closed();
  // An input that has ended has nothing for the clients to come: they find it as with -d.
  if (conversation_->input_ended()) input_.reset();
  conversation_.reset();
  peer_.reset();
  out_.print(closed_document(closed, std::exchange(current_, std::nullopt)));
  count_ended();
  co_return status;
}

net::Task<int> ListenRelay::converse(const ConversationEnds& ends) {
  conversation_.emplace(reactor_, out_, flags_.relay, hexdump_, ends);
  co_return co_await conversation_->run();
}

void ListenRelay::count_ended() {
  ++ended_;
  if (flags_.clients && ended_ >= *flags_.clients) enough_.set();
}

net::Task<int> ListenRelay::forget_idle_peers(net::Duration idle) {
  co_await server_->forget_idle(idle);
  co_return status_ok;
}

net::Task<int> ListenRelay::until_enough_clients() {
  co_await enough_.wait();
  co_return status_ok;
}

net::Task<int> ListenRelay::serve_datagrams() {
  const net::Endpoint local = listener_->local();
  const int fd = listener_->socket().fd();
  server_ = std::make_unique<net::DatagramServer>(reactor_, listener_->take_socket(), gate_, flags_.keep_open,
                                                  static_cast<std::size_t>(flags_.max_clients_at_once()),
                                                  static_cast<net::DatagramObserver&>(*this));
  const net::Transport transport = flags_.relay.transport();
  ConversationEnds ends{*server_, input_.get(), output_.get(), fd, net::subject_text(local, transport),
                        {},       transport};
  ends.serving = true;
  // With -k it is each client that grows idle, not the whole.
  const net::Duration idle = flags_.relay.idle.value_or(datagram_idle);
  flags_.relay.idle = flags_.keep_open ? std::nullopt : std::optional(idle);
  net::Group<int> first(reactor_);
  if (flags_.keep_open) {
    first.add(forget_idle_peers(idle));
    first.add(until_enough_clients());
  }
  first.add(converse(ends));
  const int status = co_await first.next();
  datagram_reason_ = conversation_->closed().reason;
  conversation_.reset();
  server_->forget_all();
  co_return status;
}

void ListenRelay::accepted(const net::DatagramClient& client) {
  const net::Endpoint local = client.arrived_at ? client.arrived_at->local : server_->socket().local();
  const std::uint16_t port = server_->socket().local().port();
  out_.print(accepted_document(client.id, client.peer.unmapped(), local.unmapped().with_port(port),
                               flags_.relay.transport()));
}

void ListenRelay::rejected(const net::Endpoint& peer, net::Rejection reason) {
  out_.print(rejected_document(peer.unmapped(), flags_.relay.transport(), net::rejection_name(reason)));
}

void ListenRelay::failed(const net::Error& error) {
  out_.error(error, "clients wait in the backlog until descriptors are free again");
}

void ListenRelay::forgotten(const net::DatagramClient& client) {
  net::Closed closed;
  closed.sent = client.sent;
  closed.received = client.received;
  closed.duration = reactor_.now() - client.began;
  closed.reason = datagram_reason_;
  out_.print(closed_document(closed, client.id));
  count_ended();
  if (closed_ && server_->clients().empty()) stopped_.set();
}

void ListenRelay::close() {
  closed_ = true;
  if (source_) {
    source_->close();
  } else if (server_) {
    server_->close();
  }
  const bool serving = current_ || (server_ && !server_->clients().empty());
  if (!serving) stopped_.set();
}

Farewell ListenRelay::farewell() {
  Farewell farewell;
  farewell.grace = flags_.grace;
  farewell.close = [this] { close(); };
  farewell.stop = [this](net::EndReason /*reason*/) {
    stopped_.set();
    return true;
  };
  return farewell;
}

void ListenRelay::ended(const Ending& ending) {
  const bool finished = ending.kind == Ending::Kind::finished;
  const bool signalled = ending.kind == Ending::Kind::signal;
  const auto reason = finished    ? net::EndReason::local_error
                      : signalled ? net::EndReason::signal
                                  : net::EndReason::deadline;
  if (conversation_) {
    // Cut off in the middle: by a signal, the deadline, or stdout whose reader went away.
    const net::Closed figures = conversation_->closed(reason);
    conversation_.reset();
    if (current_) out_.print(closed_document(figures, current_));
  }
  datagram_reason_ = reason;
  if (server_) server_->forget_all();
}

}  // namespace

std::unique_ptr<ListenMode> make_listen_relay(const ListenContext& context) {
  return std::make_unique<ListenRelay>(context);
}

}  // namespace cmd
