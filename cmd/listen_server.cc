#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/conversation.hh"
#include "cmd/listen_forward.hh"
#include "cmd/listen_mode.hh"
#include "cmd/relay_report.hh"
#include "net/base/descriptor_limit.hh"
#include "net/base/text.hh"
#include "net/dial/socket_options.hh"
#include "net/serve/broker.hh"
#include "net/serve/datagram_source.hh"
#include "net/serve/exec.hh"
#include "net/serve/handover.hh"
#include "net/serve/server.hh"
#include "net/serve/service.hh"

namespace cmd {
namespace {

// Descriptors beside those of the clients: a program's ends of its pipes while it is started, and look-ups of
// names.
constexpr std::size_t spare = 4;
constexpr std::size_t spare_for_names = 16;

std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (char* const* variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  return variables;
}

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
  void short_of(const net::Error& error) override;
  void closed(const net::Client& client, const net::Served& served) override;
  void rejected(const net::Endpoint& peer, net::Rejection reason) override;
  void failed(const net::Error& error) override;
  void dropped(const net::Client& client) override;

  [[nodiscard]] net::ServeOptions serve_options();
  [[nodiscard]] std::unique_ptr<net::Handler> make_handler();
  [[nodiscard]] std::unique_ptr<net::Source> make_source(net::Listener listener, std::size_t at_once);
  /// How many clients are served at the same time: no more than this process has descriptors for.
  [[nodiscard]] std::size_t at_once();
  [[nodiscard]] bool one_by_one() const;
  [[nodiscard]] std::size_t descriptors_each() const;
  [[nodiscard]] bool datagrams() const { return !flags_.relay.transport().has_connection(); }

  Hexdump hexdump_{out_, flags_.relay.hexdump};
  net::Gate gate_{flags_.guards.access, flags_.guards.max_per_address};
  ForwardReport forward_report_{out_};
  std::unique_ptr<net::Handler> handler_{};
  std::unique_ptr<net::Model> model_{};
  std::unique_ptr<net::Source> source_{};
  std::optional<net::Server> server_{};
  bool closed_ = false;  ///< the end came while the address was looked up
};

net::ServeOptions ListenServer::serve_options() {
  net::ServeOptions options;
  options.idle = flags_.relay.idle.value_or(datagrams() ? datagram_idle : net::forever);
  options.framing = flags_.relay.framing;
  options.attach = [this](net::Stream& peer, net::Pump* to_client, net::Pump& from_client) {
    attach_filters(flags_.relay, hexdump_, peer, to_client, from_client);
  };
  return options;
}

std::unique_ptr<net::Handler> ListenServer::make_handler() {
  if (!flags_.command.empty()) {
    net::keep_descriptors_from_programs();
    return net::make_exec({flags_.command, environment()}, serve_options());
  }
  if (flags_.forward) {
    net::ForwardOptions options;
    options.target = *flags_.forward;
    options.timeout = flags_.timeout;
    options.client_nodelay = !net::asks_for(flags_.relay.socket_options, "TCP_NODELAY");
    options.serve = serve_options();
    return net::make_forward(reactor_, std::move(options), forward_report_);
  }
  if (flags_.broker) {
    const auto who = flags_.chat ? net::BrokerKind::lines : net::BrokerKind::bytes;
    return net::make_broker(reactor_, who, serve_options());
  }
  return net::make_service(*flags_.service, serve_options(), [] { return std::time(nullptr); });
}

std::unique_ptr<net::Source> ListenServer::make_source(net::Listener listener, std::size_t at_once) {
  if (datagrams()) {
    net::DatagramSourceOptions options;
    // Peers whose turn has not come are remembered as well.
    options.max_peers = one_by_one() ? static_cast<std::size_t>(flags_.max_clients_at_once()) : at_once;
    options.answers_everything = flags_.service.has_value();
    return net::make_datagram_source(reactor_, std::move(listener), flags_.relay.transport(), gate_, *this,
                                     options);
  }
  const auto prepare = [this](const net::Socket& socket) {
    return net::apply_options(socket, socket.local().family(), flags_.relay.socket_options,
                              net::OptionMoment::accepted);
  };
  return net::make_stream_source(reactor_, std::move(listener), flags_.relay.transport(), gate_, *this,
                                 prepare);
}

bool ListenServer::one_by_one() const {
  // A service answers one datagram and then the next, whoever they are from: there is nobody to wait for.
  return flags_.model == net::ModelKind::iterative && !(datagrams() && flags_.service);
}

std::size_t ListenServer::descriptors_each() const {
  const bool handed_over = flags_.model == net::ModelKind::fork || flags_.model == net::ModelKind::thread;
  return model_->descriptors() + (datagrams() && handed_over ? net::handover_descriptors : 0);
}

std::size_t ListenServer::at_once() {
  if (one_by_one()) return 1;
  const auto wanted = static_cast<std::size_t>(flags_.max_clients_at_once());
  const std::size_t own = net::open_descriptors() + (flags_.forward ? spare_for_names : spare);
  const std::size_t limit = net::raise_descriptor_limit(wanted * descriptors_each() + own);
  const std::size_t room = limit > own ? std::max<std::size_t>((limit - own) / descriptors_each(), 1) : 1;
  if (room >= wanted) return wanted;
  out_.note(net::count_text(limit, "descriptor") + " (ulimit -n) serve " + net::count_text(room, "client") +
            " at once; " +
            (datagrams() ? "for a further one the one that was silent the longest is let go"
                         : "further ones wait in the backlog"));
  return room;
}

net::Task<int> ListenServer::run() {
  int failure = status_ok;
  if (const auto opened = hexdump_.open(); !opened) co_return fail(opened.error());
  std::optional<net::Listener> listener = co_await open(failure);
  if (!listener) co_return failure;
  if (closed_) co_return status_ok;
  handler_ = make_handler();
  model_ = net::make_model(flags_.model, reactor_, *handler_, *this, hexdump_.descriptors());
  const std::size_t most = at_once();
  source_ = make_source(std::move(*listener), most);
  server_.emplace(reactor_, *source_, *model_, gate_, static_cast<net::ServerObserver&>(*this), most,
                  flags_.clients);
  co_await server_->run();
  co_return status_ok;
}

Farewell ListenServer::farewell() {
  Farewell farewell;
  farewell.grace = flags_.grace;
  farewell.close = [this] {
    closed_ = true;
    if (server_) server_->close();
  };
  farewell.stop = [this](net::EndReason reason) {
    if (server_) server_->stop(reason);
    return server_.has_value();
  };
  return farewell;
}

void ListenServer::accepted(const net::Client& client, const net::Worker& worker) {
  out_.print(accepted_document(client, worker));
}

void ListenServer::exited(const net::Client& client, const net::Exited& process) {
  out_.print(exited_document(client.id, process));
}

void ListenServer::closed(const net::Client& client, const net::Served& served) {
  if (served.error) {
    const net::Error& error = *served.error;
    out_.error(error, flags_.forward ? forward_report_.hint(client, error) : error.hint, client.id);
  }
  if (served.program) out_.print(exited_document(client.id, *served.program, "program"));
  Document document = closed_document(served.closed, client.id);
  if (served.target) add_target_figures(document, *served.target);
  out_.print(document);
  forward_report_.forget(client);
}

void ListenServer::rejected(const net::Endpoint& peer, net::Rejection reason) {
  out_.print(rejected_document(peer, flags_.relay.transport(), net::rejection_name(reason)));
}

void ListenServer::failed(const net::Error& error) {
  out_.error(error, error.op == "accept" ? "clients wait in the backlog until descriptors are free again"
                                         : std::string_view(error.hint));
}

void ListenServer::short_of(const net::Error& error) {
  out_.error(error, "clients wait until there is enough to serve them");
}

void ListenServer::dropped(const net::Client& client) {
  out_.note(net::subject_text(client.peer, client.transport) +
            " sends faster than it is served: what is too much is dropped");
}

}  // namespace

std::unique_ptr<ListenMode> make_listen_server(const ListenContext& context) {
  return std::make_unique<ListenServer>(context);
}

}  // namespace cmd
