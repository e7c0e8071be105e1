#include <sys/socket.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <csignal>
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
#include "net/stream/datagram_stream.hh"
#include "net/stream/fd_stream.hh"

namespace cmd {
namespace {

class Connect final : public Command, private net::DialObserver {
 public:
  void declare(CLI::App& app) override;
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  void resolved(const net::dns::Answer& answer) override { out_->print(resolved_document(answer)); }
  void attempted(const net::Attempt& attempt) override;

  void read_target(const std::vector<std::string>& words);
  void check() const;
  [[nodiscard]] net::DialOptions dial_options() const;
  net::Task<int> converse();
  net::Task<net::Result<net::Dialed>> dial();
  [[nodiscard]] net::Result<void> open_streams(net::Dialed dialed);
  [[nodiscard]] bool reads_stdin() const;
  int fail(const net::Error& error) const;
  int finish(const Ending& ending);

  // As parsed.
  RelayOptions relay_{};
  std::optional<net::Duration> timeout_{};
  std::optional<net::Endpoint> source_{};
  std::string source_text_{};
  std::string source_port_text_{};
  std::string shutdown_{};
  bool no_race_ = false;
  bool unconnected_ = false;
  std::string host_{};
  std::uint16_t port_ = 0;
  std::uint16_t source_port_ = 0;
  std::optional<net::Endpoint> path_{};

  // At work. Here and not in the coroutine, so that an interruption leaves them to report.
  Output* out_ = nullptr;
  net::Reactor reactor_{};
  std::vector<net::Attempt> failures_{};
  net::BoundPath own_path_{};
  int fd_ = -1;
  std::string subject_{};
  std::string own_address_{};
  std::optional<Hexdump> hexdump_{};
  std::unique_ptr<net::Stream> peer_{};
  std::unique_ptr<net::FdStream> input_{};
  std::unique_ptr<net::FdStream> output_{};
  std::optional<Conversation> conversation_{};
};

void Connect::declare(CLI::App& app) {
  declare_relay_options(app, relay_);
  add_parsed(app, "-w,--timeout", "D", timeout_, net::parse_duration,
             "bound the way to a connection, over all addresses");
  add_parsed(app, "-s,--source", "ADDR", source_text_, parse_text,
             "use this source address (with -u -U: this PATH)");
  add_parsed(app, "-p,--source-port", "PORT", source_port_text_, parse_text, "use this source port");
  add_flag(app, "--no-race", no_race_, "try addresses one by one instead of racing them");
  add_flag(app, "--unconnected", unconnected_, "UDP: sendto and recvfrom, answers from anyone");
  add_choice(app, "--shutdown", shutdown_, {"rd", "wr", "rdwr"}, "HOW",
             "call shutdown(2) right after connecting: rd, wr, rdwr");
}

void Connect::read_target(const std::vector<std::string>& words) {
  if (relay_.unix_domain) {
    if (words.size() != 1) throw UsageError(words.empty() ? "PATH is missing" : "-U takes one PATH");
    path_ = unix_endpoint(words[0]);
    if (!source_text_.empty()) source_ = unix_endpoint(source_text_);
    return;
  }
  const std::string_view protocol = relay_.transport().name();
  const HostAndPort target = host_and_port(words, true);
  check_host(target.host, relay_.numeric, relay_.family());
  host_ = target.host;
  port_ = port_number(target.port, protocol, relay_.numeric);
  if (!source_port_text_.empty()) source_port_ = port_number(source_port_text_, protocol, relay_.numeric);
  if (source_text_.empty()) return;
  source_ = ip_endpoint(source_text_, 0);
}

void Connect::check() const {
  const net::Transport transport = relay_.transport();
  if (transport.unix_domain && source_ && transport.type != SOCK_DGRAM) {
    throw UsageError("-s with -U is for datagrams (-u)");
  }
  if (transport.unix_domain && !source_port_text_.empty()) throw UsageError("-p is not for -U");
  if (unconnected_ && (transport.unix_domain || transport.type != SOCK_DGRAM)) {
    throw UsageError("--unconnected is for UDP (-u)");
  }
  const int family = source_ ? source_->family() : relay_.family();
  if (source_ && source_->is_ip() && relay_.family() != AF_UNSPEC && family != relay_.family()) {
    throw UsageError("--source '" + source_text_ + "': not of the address family asked for");
  }
  const auto literal = net::Endpoint::parse_ip(host_, 0);
  if (literal && family != AF_UNSPEC && family != literal->family()) {
    throw UsageError("'" + host_ + "': not of the source address's family");
  }
  check_socket_options(relay_, literal ? literal->family() : family);
}

net::DialOptions Connect::dial_options() const {
  net::DialOptions options;
  options.transport = relay_.transport();
  options.family = relay_.family();
  options.timeout = timeout_.value_or(net::forever);
  options.race = !no_race_;
  options.source = source_;
  options.source_port = source_port_;
  options.interface = relay_.interface;
  options.options = relay_.socket_options;
  options.unconnected = unconnected_;
  return options;
}

void Connect::attempted(const net::Attempt& attempt) {
  if (attempt.error) failures_.push_back(attempt);
  out_->print(attempt_document(attempt, relay_.transport()));
}

bool Connect::reads_stdin() const {
  return !relay_.no_stdin && !relay_.recv_only && shutdown_ != "wr" && shutdown_ != "rdwr";
}

int Connect::fail(const net::Error& error) const {
  const auto* attempt = failures_.empty() ? nullptr : &failures_.front();
  for (const net::Attempt& failure : failures_) {
    if (failure.error->subject == error.subject) attempt = &failure;
  }
  std::string hint = connect_hint(error, attempt, relay_.transport());
  if (failures_.size() > 1) {
    hint += (hint.empty() ? "" : " ") + std::string("All ") + std::to_string(failures_.size()) +
            " addresses failed; -v shows each.";
  }
  out_->error(error, hint);
  return exit_status(error);
}

net::Task<net::Result<net::Dialed>> Connect::dial() {
  if (!path_) {
    net::Dialer dialer(reactor_, dial_options(), *this);
    co_return co_await dialer.dial(host_, port_);
  }
  std::optional<net::Endpoint> own = source_;
  // Without a name of its own a datagram client cannot be answered: the kernel picks an abstract one.
  if (!own && relay_.transport().type == SOCK_DGRAM) own = unix_endpoint("@");
  co_return co_await net::dial_unix(reactor_, dial_options(), *this, *path_, own);
}

net::Result<void> Connect::open_streams(net::Dialed dialed) {
  const net::Transport transport = relay_.transport();
  fd_ = dialed.socket.fd();
  own_path_ = std::move(dialed.own_path);
  subject_ = net::subject_text(dialed.peer, transport);
  own_address_ = dialed.socket.local().address_text();
  out_->print(connected_document(dialed.socket.local(), dialed.peer, transport, dialed.time));
  print_options(*out_, fd_, relay_.socket_options, net::OptionMoment::connected);
  if (!shutdown_.empty()) {
    const int how = shutdown_ == "rd" ? SHUT_RD : shutdown_ == "wr" ? SHUT_WR : SHUT_RDWR;
    if (const std::error_code error = dialed.socket.shutdown(how))
      return net::fail("shutdown", subject_, error);
  }
  if (!transport.keeps_boundaries()) {
    peer_ = std::make_unique<net::FdStream>(reactor_, std::move(dialed.socket));
  } else if (dialed.connected) {
    peer_ = std::make_unique<net::DatagramStream>(reactor_, std::move(dialed.socket), transport.type);
  } else {
    const auto heard = [this, transport](const net::Endpoint& from, std::size_t size) {
      Document document;
      document.label = "from";
      document.subject = net::subject_text(from, transport);
      document.text = net::size_text(size);
      out_->print(document);
    };
    peer_ = std::make_unique<net::DatagramStream>(reactor_, std::move(dialed.socket), dialed.peer, heard);
  }
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

net::Task<int> Connect::converse() {
  auto dialed = co_await dial();
  if (!dialed) co_return fail(dialed.error());
  if (const auto opened = open_streams(std::move(*dialed)); !opened) co_return fail(opened.error());
  ConversationEnds ends{*peer_, input_.get(), output_.get(), fd_, subject_, own_address_, relay_.transport()};
  // A datagram "connection" proves nothing: -w then also waits for the first sign of life.
  if (!ends.transport.has_connection() && !relay_.quit_after) ends.first_reply = timeout_;
  conversation_.emplace(reactor_, *out_, relay_, *hexdump_, ends);
  const int status = co_await conversation_->run();
  out_->print(closed_document(conversation_->closed()));
  co_return status;
}

int Connect::finish(const Ending& ending) {
  if (ending.kind == Ending::Kind::finished) return ending.value;
  const bool signalled = ending.kind == Ending::Kind::signal;
  const auto reason = signalled ? net::EndReason::signal : net::EndReason::deadline;
  if (conversation_) {
    const Closed figures = conversation_->closed(reason);
    conversation_.reset();  // takes the progress line away
    out_->print(closed_document(figures));
  }
  if (signalled) return 128 + ending.value;
  net::Error error("connect", subject_.empty() ? host_ : subject_, net::errno_code(ETIMEDOUT));
  error.detail = "the deadline of " + net::duration_text(relay_.deadline) + " passed";
  out_->error(error);
  return status_silence;
}

int Connect::run(const std::vector<std::string>& words, Output& out) {
  out_ = &out;
  check_relay_options(relay_, out.options().json);
  read_target(words);
  check();
  hexdump_.emplace(out, relay_.hexdump);
  if (const auto opened = hexdump_->open(); !opened) return fail(opened.error());
  return finish(run_session(reactor_, converse(), relay_.deadline));
}

}  // namespace

std::unique_ptr<Command> make_connect() {
  return std::make_unique<Connect>();
}

}  // namespace cmd
