#include <netinet/in.h>
#include <sys/socket.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/command.hh"
#include "cmd/conversation.hh"
#include "cmd/hints.hh"
#include "cmd/relay_options.hh"
#include "cmd/relay_report.hh"
#include "cmd/session.hh"
#include "net/base/text.hh"
#include "net/dial/dialer.hh"
#include "net/dial/order.hh"
#include "net/loop/group.hh"
#include "net/serve/datagram_server.hh"
#include "net/sock/listener.hh"
#include "net/stream/datagram_stream.hh"
#include "net/stream/fd_stream.hh"

namespace cmd {
namespace {

// A datagram peer says no goodbye: this long without a word and it is gone.
constexpr net::Duration datagram_idle = std::chrono::seconds(60);

net::Parsed<mode_t> parse_mode(std::string_view text) {
  mode_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::unexpected("not an octal mode (example: 0600)");
    mode = mode * 8 + static_cast<mode_t>(c - '0');
    if (mode > 0777) return std::unexpected("out of range (0-0777)");
  }
  if (text.empty()) return std::unexpected("empty");
  return mode;
}

net::Parsed<int> parse_backlog(std::string_view text) {
  const auto number = net::parse_number(text, 1U << 20U);
  if (!number) return std::unexpected(number.error());
  return static_cast<int>(*number);
}

class Listen final : public Command, private net::DatagramObserver {
 public:
  void declare(CLI::App& app) override;
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  void accepted(const net::DatagramClient& client) override;
  void rejected(const net::Endpoint& peer) override;
  void forgotten(const net::DatagramClient& client) override;

  void read_address(const std::vector<std::string>& words);
  void check() const;
  [[nodiscard]] net::ListenOptions listen_options() const;
  [[nodiscard]] net::Result<void> prepare(const net::Socket& socket, int family) const;
  [[nodiscard]] net::Result<void> join_group(const net::Socket& socket) const;
  net::Task<net::Result<void>> resolve_address();
  net::Task<int> main();
  net::Task<int> until_output_gone();
  net::Task<int> serve();
  net::Task<int> serve_connections();
  net::Task<int> serve_datagrams();
  net::Task<int> serve_client(net::Acceptor::Client client);
  net::Task<int> forget_idle_peers(net::Duration idle);
  net::Task<int> until_enough_clients();
  net::Task<int> converse(const ConversationEnds& ends);
  [[nodiscard]] net::Result<void> open_standard_streams();
  [[nodiscard]] bool reads_stdin() const { return !relay_.no_stdin && !relay_.recv_only; }
  void count_ended();
  int fail(const net::Error& error, std::string_view hint = {}) const;
  int finish(const Ending& ending);

  // As parsed.
  RelayOptions relay_{};
  bool keep_open_ = false;
  bool no_reuse_address_ = false;
  std::optional<std::uint64_t> clients_{};
  std::uint64_t max_clients_ = 1024;
  int backlog_ = 4096;
  std::optional<mode_t> mode_{};
  std::string host_{};
  std::uint16_t port_ = 0;
  std::optional<net::Endpoint> address_{};

  // At work. Here and not in the coroutine, so that an interruption leaves them to report.
  Output* out_ = nullptr;
  net::Reactor reactor_{};
  std::optional<net::Listener> listener_{};
  std::optional<Hexdump> hexdump_{};
  std::unique_ptr<net::FdStream> input_{};
  std::unique_ptr<net::FdStream> output_{};
  std::unique_ptr<net::DatagramServer> server_{};
  std::unique_ptr<net::Stream> peer_{};
  std::optional<Conversation> conversation_{};
  std::optional<std::uint64_t> current_{};  ///< the stream client that is being served
  std::uint64_t accepted_ = 0;
  std::uint64_t ended_ = 0;
  net::Event enough_{reactor_};
  net::EndReason datagram_reason_ = net::EndReason::idle_timeout;
};

void Listen::declare(CLI::App& app) {
  declare_relay_options(app, relay_);
  add_flag(app, "-k,--keep-open", keep_open_, "go on with the next client");
  add_parsed(app, "--clients", "N", clients_, parse_count, "end after N clients (with -k)");
  add_parsed(app, "--max-clients", "N", max_clients_, parse_count,
             "remember at most N datagram peers (1024)");
  add_parsed(app, "--backlog", "N", backlog_, parse_backlog,
             "length of the queue of clients that wait (4096)");
  add_parsed(app, "--mode", "MODE", mode_, parse_mode, "permissions of the Unix socket, as in 0600");
  add_flag(app, "--no-reuse-address", no_reuse_address_,
           "do not set SO_REUSEADDR (to see TIME_WAIT at work)");
}

void Listen::read_address(const std::vector<std::string>& words) {
  if (relay_.unix_domain) {
    if (words.size() != 1) throw UsageError(words.empty() ? "PATH is missing" : "-U takes one PATH");
    address_ = unix_endpoint(words[0]);
    return;
  }
  const HostAndPort target = host_and_port(words, false);
  port_ = port_number(target.port, relay_.transport().name(), relay_.numeric);
  if (target.host.empty() || target.host == "*") return;
  check_host(target.host, relay_.numeric, relay_.family());
  host_ = target.host;
  if (const auto literal = net::Endpoint::parse_ip(host_, port_)) address_ = *literal;
}

void Listen::check() const {
  const net::Transport transport = relay_.transport();
  if (mode_ && !transport.unix_domain) throw UsageError("--mode is for Unix sockets (-U)");
  if (mode_ && address_ && address_->is_abstract()) throw UsageError("--mode: an abstract name has no file");
  if (clients_ && *clients_ > 1 && !keep_open_) throw UsageError("--clients needs -k");
  if (no_reuse_address_ && (transport.unix_domain || transport.type != SOCK_STREAM)) {
    throw UsageError("--no-reuse-address is for TCP");
  }
  check_socket_options(relay_, address_ ? address_->family() : relay_.family());
}

net::ListenOptions Listen::listen_options() const {
  net::ListenOptions options;
  options.transport = relay_.transport();
  options.address = address_;
  options.family = relay_.family();
  options.port = port_;
  options.backlog = backlog_;
  options.reuse_address = !no_reuse_address_;
  options.mode = mode_;
  options.interface = relay_.interface;
  options.prepare = [this](const net::Socket& socket, int family) { return prepare(socket, family); };
  return options;
}

net::Result<void> Listen::prepare(const net::Socket& socket, int family) const {
  if (address_ && address_->is_multicast()) {
    if (auto joined = join_group(socket); !joined) return joined;
  }
  return net::apply_options(socket, family, relay_.socket_options, false);
}

net::Result<void> Listen::join_group(const net::Socket& socket) const {
  const auto index = net::interface_index(relay_.interface).value_or(address_->scope());
  const bool v4 = address_->family() == AF_INET;
  group_req request{};
  request.gr_interface = index;
  std::memcpy(&request.gr_group, address_->data(), address_->size());
  if (setsockopt(socket.fd(), v4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, &request, sizeof request) <
      0) {
    return net::fail("join", address_->address_text());
  }
  return {};
}

int Listen::fail(const net::Error& error, std::string_view hint) const {
  out_->error(error, hint);
  return exit_status(error);
}

net::Task<net::Result<void>> Listen::resolve_address() {
  net::dns::HostLookup lookup(reactor_, host_, relay_.family());
  std::vector<net::Endpoint> found;
  std::optional<net::Error> reason;
  for (;;) {
    const auto answer = co_await lookup.next();
    if (!answer) break;
    out_->print(resolved_document(*answer));
    found.insert(found.end(), answer->addresses.begin(), answer->addresses.end());
    if (answer->error) reason = answer->error;
  }
  if (found.empty()) co_return std::unexpected(*reason);
  address_ = net::order_destinations(std::move(found)).front().with_port(port_);
  co_return net::Result<void>();
}

net::Result<void> Listen::open_standard_streams() {
  if (reads_stdin()) {
    auto input = net::FdStream::standard(reactor_, 0);
    if (!input) return std::unexpected(input.error());
    input_ = std::move(*input);
  }
  if (!relay_.send_only) {
    auto output = net::FdStream::standard(reactor_, 1);
    if (!output) return std::unexpected(output.error());
    output_ = std::move(*output);
  }
  return {};
}

net::Task<int> Listen::main() {
  if (!host_.empty() && !address_) {
    if (const auto resolved = co_await resolve_address(); !resolved) co_return fail(resolved.error());
  }
  auto listener = net::Listener::open(listen_options());
  if (!listener) co_return fail(listener.error(), listen_hint(listener.error(), listen_options()));
  listener_.emplace(std::move(*listener));
  if (const auto opened = open_standard_streams(); !opened) co_return fail(opened.error());
  if (listener_->ipv4_only()) out_->note("this host has no IPv6: listening on IPv4 alone");
  out_->print(listening_document(listener_->local(), relay_.transport()));
  net::Group<int> first(reactor_);
  first.add(serve());
  if (output_) first.add(until_output_gone());
  co_return co_await first.next();
}

net::Task<int> Listen::until_output_gone() {
  co_await output_->gone().wait();
  co_return status_local;
}

net::Task<int> Listen::serve() {
  if (relay_.transport().has_connection()) co_return co_await serve_connections();
  co_return co_await serve_datagrams();
}

net::Task<int> Listen::serve_connections() {
  net::Acceptor acceptor(reactor_, listener_->socket(), [this](const net::Error& error) {
    out_->error(error, "clients wait in the backlog until descriptors are free again");
  });
  for (;;) {
    auto client = co_await acceptor.next();
    const int status = co_await serve_client(std::move(client));
    if (!keep_open_) co_return status;
    if (clients_ && ended_ >= *clients_) co_return status_ok;
  }
}

net::Task<int> Listen::serve_client(net::Acceptor::Client client) {
  const net::Transport transport = relay_.transport();
  current_ = ++accepted_;
  const net::Endpoint peer = client.peer.unmapped();
  out_->print(accepted_document(*current_, peer, client.socket.local().unmapped(), transport));
  const int family = client.socket.local().family();
  for (const net::OptionSetting& setting : relay_.socket_options) {
    // accept(2) hands the rest on from the listener.
    if (setting.option->inherited || (setting.option->level == IPPROTO_IPV6 && family == AF_INET)) continue;
    if (const auto set = net::set_option(client.socket.fd(), setting); !set) co_return fail(set.error());
  }
  const int fd = client.socket.fd();
  if (transport.keeps_boundaries()) {
    peer_ = std::make_unique<net::DatagramStream>(reactor_, std::move(client.socket), transport.type);
  } else {
    peer_ = std::make_unique<net::FdStream>(reactor_, std::move(client.socket));
  }
  ConversationEnds ends{*peer_,   input_.get(), output_.get(), fd, net::subject_text(peer, transport),
                        transport};
  ends.serving = true;
  const int status = co_await converse(ends);
  Closed closed = conversation_->closed();
  closed.client = std::exchange(current_, std::nullopt);
  // An input that has ended has nothing for the clients to come: they find it as with -d.
  if (conversation_->input_ended()) input_.reset();
  conversation_.reset();
  peer_.reset();
  out_->print(closed_document(closed));
  count_ended();
  co_return status;
}

net::Task<int> Listen::converse(const ConversationEnds& ends) {
  conversation_.emplace(reactor_, *out_, relay_, *hexdump_, ends);
  co_return co_await conversation_->run();
}

void Listen::count_ended() {
  ++ended_;
  if (clients_ && ended_ >= *clients_) enough_.set();
}

net::Task<int> Listen::forget_idle_peers(net::Duration idle) {
  co_await server_->forget_idle(idle);
  co_return status_ok;
}

net::Task<int> Listen::until_enough_clients() {
  co_await enough_.wait();
  co_return status_ok;
}

net::Task<int> Listen::serve_datagrams() {
  const net::Endpoint local = listener_->local();
  const int fd = listener_->socket().fd();
  server_ = std::make_unique<net::DatagramServer>(reactor_, listener_->take_socket(), keep_open_,
                                                  static_cast<std::size_t>(max_clients_),
                                                  static_cast<net::DatagramObserver&>(*this));
  if (const auto wanted = server_->want_packet_info(); !wanted) co_return fail(wanted.error());
  const net::Transport transport = relay_.transport();
  ConversationEnds ends{*server_, input_.get(), output_.get(), fd, net::subject_text(local, transport),
                        transport};
  ends.serving = true;
  // With -k it is each client that grows idle, not the whole.
  const net::Duration idle = relay_.idle.value_or(datagram_idle);
  relay_.idle = keep_open_ ? std::nullopt : std::optional(idle);
  net::Group<int> first(reactor_);
  if (keep_open_) {
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

void Listen::accepted(const net::DatagramClient& client) {
  const net::Endpoint local = client.arrived_at ? client.arrived_at->local : server_->socket().local();
  const std::uint16_t port = server_->socket().local().port();
  out_->print(accepted_document(client.id, client.peer.unmapped(), local.unmapped().with_port(port),
                                relay_.transport()));
}

void Listen::rejected(const net::Endpoint& peer) {
  out_->print(rejected_document(peer.unmapped(), relay_.transport(), "not_the_client"));
}

void Listen::forgotten(const net::DatagramClient& client) {
  Closed closed;
  closed.client = client.id;
  closed.sent = client.sent;
  closed.received = client.received;
  closed.duration = reactor_.now() - client.began;
  closed.reason = datagram_reason_;
  out_->print(closed_document(closed));
  count_ended();
}

int Listen::finish(const Ending& ending) {
  const bool finished = ending.kind == Ending::Kind::finished;
  const bool signalled = ending.kind == Ending::Kind::signal;
  const auto reason = finished    ? net::EndReason::local_error
                      : signalled ? net::EndReason::signal
                                  : net::EndReason::deadline;
  if (conversation_) {
    // Cut off in the middle: by a signal, the deadline, or stdout whose reader went away.
    Closed figures = conversation_->closed(reason);
    figures.client = current_;
    conversation_.reset();
    if (current_) out_->print(closed_document(figures));
  }
  datagram_reason_ = reason;
  if (server_) server_->forget_all();
  if (finished) return ending.value;
  if (signalled) return 128 + ending.value;
  net::Error error("listen", host_.empty() ? "" : host_, net::errno_code(ETIMEDOUT));
  error.detail = "the deadline of " + net::duration_text(relay_.deadline) + " passed";
  out_->error(error);
  return status_silence;
}

int Listen::run(const std::vector<std::string>& words, Output& out) {
  out_ = &out;
  check_relay_options(relay_, out.options().json);
  read_address(words);
  check();
  hexdump_.emplace(out, relay_.hexdump);
  if (const auto opened = hexdump_->open(); !opened) return fail(opened.error());
  return finish(run_session(reactor_, main(), relay_.deadline));
}

}  // namespace

std::unique_ptr<Command> make_listen() {
  return std::make_unique<Listen>();
}

}  // namespace cmd
