#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "cmd/conversation.hh"
#include "cmd/listen_mode.hh"
#include "cmd/relay_report.hh"
#include "net/base/descriptor_limit.hh"
#include "net/base/text.hh"
#include "net/dial/socket_options.hh"
#include "net/serve/server.hh"
#include "net/serve/service.hh"

namespace cmd {
namespace {

/// Clients are served by nettool itself, by programs, or by each other.
class ListenServer final : public ListenMode, private net::ServerObserver, private net::SourceObserver {
 public:
  explicit ListenServer(const ListenContext& context) : ListenMode(context) {}
  net::Task<int> run() override;
  [[nodiscard]] Farewell farewell() override;
  void ended(const Ending& /*ending*/) override {}

 private:
  void accepted(const net::Client& client, const net::Worker& worker) override;
  void exited(const net::Client& client, const net::Exited& process) override;
  void closed(const net::Client& client, const net::Served& served) override;
  void rejected(const net::Endpoint& peer, net::Rejection reason) override;
  void failed(const net::Error& error) override;

  [[nodiscard]] net::ServeOptions serve_options();
  [[nodiscard]] std::unique_ptr<net::Handler> make_handler();
  [[nodiscard]] std::unique_ptr<net::Source> make_source(net::Listener listener);
  /// How many clients this process has descriptors for.
  [[nodiscard]] std::size_t at_once(std::size_t descriptors_each);

  Hexdump hexdump_{out_, flags_.relay.hexdump};
  net::Gate gate_{flags_.guards.access, flags_.guards.max_per_address};
  std::unique_ptr<net::Handler> handler_{};
  std::unique_ptr<net::Model> model_{};
  std::unique_ptr<net::Source> source_{};
  std::optional<net::Server> server_{};
};

net::ServeOptions ListenServer::serve_options() {
  net::ServeOptions options;
  options.idle = flags_.relay.idle.value_or(net::forever);
  options.framing = flags_.relay.framing;
  options.attach = [this](net::Stream& peer, net::Pump* to_client, net::Pump& from_client) {
    attach_filters(flags_.relay, hexdump_, peer, to_client, from_client);
  };
  return options;
}

std::unique_ptr<net::Handler> ListenServer::make_handler() {
  return net::make_service(*flags_.service, serve_options(), [] { return std::time(nullptr); });
}

std::unique_ptr<net::Source> ListenServer::make_source(net::Listener listener) {
  const auto prepare = [this](const net::Socket& socket) {
    return net::apply_options(socket, socket.local().family(), flags_.relay.socket_options,
                              net::OptionMoment::accepted);
  };
  return net::make_stream_source(reactor_, std::move(listener), flags_.relay.transport(), gate_, *this,
                                 prepare);
}

std::size_t ListenServer::at_once(std::size_t descriptors_each) {
  if (flags_.model == net::ModelKind::iterative) return 1;
  // Beside the clients': what was there at the start, the listener, the loop, and room for look-ups.
  constexpr std::size_t own = 32;
  const auto wanted = static_cast<std::size_t>(flags_.max_clients_at_once());
  const std::size_t limit = net::raise_descriptor_limit(wanted * descriptors_each + own);
  const std::size_t room = limit > own ? std::max<std::size_t>((limit - own) / descriptors_each, 1) : 1;
  if (room >= wanted) return wanted;
  out_.note(net::count_text(limit, "descriptor") + " (ulimit -n) serve " + net::count_text(room, "client") +
            " at once; further ones wait in the backlog");
  return room;
}

net::Task<int> ListenServer::run() {
  int failure = status_ok;
  if (const auto opened = hexdump_.open(); !opened) co_return fail(opened.error());
  std::optional<net::Listener> listener = co_await open(failure);
  if (!listener) co_return failure;
  source_ = make_source(std::move(*listener));
  handler_ = make_handler();
  model_ = net::make_model(flags_.model, reactor_, *handler_, *this, hexdump_.descriptors());
  server_.emplace(reactor_, *source_, *model_, gate_, static_cast<net::ServerObserver&>(*this),
                  at_once(model_->descriptors()), flags_.clients);
  co_await server_->run();
  co_return status_ok;
}

Farewell ListenServer::farewell() {
  if (!server_) return {};
  Farewell farewell;
  farewell.grace = flags_.grace;
  farewell.close = [this] { server_->close(); };
  farewell.stop = [this](net::EndReason reason) { server_->stop(reason); };
  return farewell;
}

void ListenServer::accepted(const net::Client& client, const net::Worker& worker) {
  out_.print(accepted_document(client, worker));
}

void ListenServer::exited(const net::Client& client, const net::Exited& process) {
  out_.print(exited_document(client.id, process));
}

void ListenServer::closed(const net::Client& client, const net::Served& served) {
  if (served.error) out_.error(*served.error, served.error->hint);
  if (served.program) out_.print(exited_document(client.id, *served.program));
  out_.print(closed_document(served.closed, client.id));
}

void ListenServer::rejected(const net::Endpoint& peer, net::Rejection reason) {
  out_.print(rejected_document(peer, flags_.relay.transport(), net::rejection_name(reason)));
}

void ListenServer::failed(const net::Error& error) {
  out_.error(error, error.op == "accept" ? "clients wait in the backlog until descriptors are free again"
                                         : std::string_view(error.hint));
}

}  // namespace

std::unique_ptr<ListenMode> make_listen_server(const ListenContext& context) {
  return std::make_unique<ListenServer>(context);
}

}  // namespace cmd
