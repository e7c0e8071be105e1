#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/connect_backoff.hh"
#include "cmd/connect_mode.hh"
#include "cmd/conversation.hh"
#include "cmd/relay_report.hh"
#include "cmd/why.hh"
#include "net/base/text.hh"
#include "net/dial/dialer.hh"
#include "net/stream/datagram_stream.hh"
#include "net/stream/fd_stream.hh"

namespace cmd {
namespace {

/// Between two tries of --retry, unless --interval is longer.
constexpr net::Duration longest_pause = std::chrono::seconds(30);

class ConnectRelay final : public ConnectMode, private net::DialObserver {
 public:
  explicit ConnectRelay(const ConnectContext& context)
      : ConnectMode(context), hexdump_(context.out, context.flags.relay.hexdump) {}

  net::Task<int> run() override;
  int interrupted(const Ending& ending) override;

 private:
  void resolved(const net::dns::Answer& answer) override { out_.print(resolved_document(answer)); }
  void attempted(const net::Attempt& attempt) override;

  net::Task<net::Result<net::Dialed>> dial();
  net::Task<net::Result<net::Dialed>> dial_once();
  [[nodiscard]] net::Result<void> open_streams(net::Dialed dialed);
  [[nodiscard]] bool reads_stdin() const;
  int fail(const net::Error& error) const;

  const RelayOptions& relay_ = flags_.relay;
  std::vector<net::Attempt> failures_{};  ///< of the last try
  std::uint64_t tries_ = 0;
  std::optional<net::Error> last_error_{};  ///< of the tries so far
  net::BoundPath own_path_{};
  int fd_ = -1;
  std::string subject_{};
  net::Endpoint own_address_{};
  net::Endpoint peer_address_{};
  Hexdump hexdump_;
  std::unique_ptr<net::Stream> peer_{};
  std::unique_ptr<net::FdStream> input_{};
  std::unique_ptr<net::FdStream> output_{};
  std::optional<Conversation> conversation_{};
};

void ConnectRelay::attempted(const net::Attempt& attempt) {
  if (attempt.error) failures_.push_back(attempt);
  const std::string hint = attempt.error ? connect_hint(*attempt.error, &attempt, dial_options(flags_)) : "";
  out_.print(attempt_document(attempt, relay_.transport(), hint));
}

bool ConnectRelay::reads_stdin() const {
  return !relay_.no_stdin && !relay_.recv_only && flags_.shutdown != "wr" && flags_.shutdown != "rdwr";
}

int ConnectRelay::fail(const net::Error& error) const {
  out_.error(error, dial_hint(error, failures_, dial_options(flags_), out_.options().verbose));
  return exit_status(error);
}

net::Task<net::Result<net::Dialed>> ConnectRelay::dial() {
  const net::Duration first = flags_.repeat.interval.value_or(std::chrono::seconds(1));
  Backoff backoff(first, std::max<net::Duration>(first, longest_pause));
  const net::TimePoint began = reactor_.now();
  for (;;) {
    failures_.clear();
    auto dialed = co_await dial_once();
    ++tries_;
    if (dialed || flags_.repeat.retries == 0 || dialed.error().blame == net::Blame::usage) co_return dialed;
    last_error_ = after_tries(dialed.error(), tries_, reactor_.now() - began);
    if (tries_ > flags_.repeat.retries) co_return std::unexpected(*last_error_);
    const net::Duration pause = backoff.next();
    out_.print(retry_document(tries_, pause, dialed.error()));
    co_await reactor_.sleep(pause);
  }
}

net::Task<net::Result<net::Dialed>> ConnectRelay::dial_once() {
  if (!flags_.path) {
    net::Dialer dialer(reactor_, dial_options(flags_), *this);
    co_return co_await dialer.dial(flags_.host, flags_.port);
  }
  std::optional<net::Endpoint> own = flags_.source;
  // Without a name of its own a datagram client cannot be answered: the kernel picks an abstract one.
  if (!own && relay_.transport().type == SOCK_DGRAM) own = unix_endpoint("@");
  co_return co_await net::dial_unix(reactor_, dial_options(flags_), *this, *flags_.path, own);
}

net::Result<void> ConnectRelay::open_streams(net::Dialed dialed) {
  const net::Transport transport = relay_.transport();
  fd_ = dialed.socket.fd();
  own_path_ = std::move(dialed.own_path);
  subject_ = net::subject_text(dialed.peer, transport);
  own_address_ = dialed.socket.local();
  peer_address_ = dialed.peer;
  out_.print(connected_document(dialed.socket.local(), dialed.peer, transport, dialed.time));
  print_options(out_, fd_, relay_.socket_options, net::OptionMoment::connected);
  if (!flags_.shutdown.empty()) {
    const int how = flags_.shutdown == "rd" ? SHUT_RD : flags_.shutdown == "wr" ? SHUT_WR : SHUT_RDWR;
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
      out_.print(document);
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

net::Task<int> ConnectRelay::run() {
  if (const auto opened = hexdump_.open(); !opened) co_return fail(opened.error());
  auto dialed = co_await dial();
  if (!dialed) co_return fail(dialed.error());
  if (const auto opened = open_streams(std::move(*dialed)); !opened) co_return fail(opened.error());
  ConversationEnds ends{*peer_, input_.get(), output_.get(), fd_, subject_, own_address_, relay_.transport()};
  ends.peer_address = peer_address_;
  // A datagram "connection" proves nothing: -w then also waits for the first sign of life.
  if (!ends.transport.has_connection() && !relay_.quit_after) ends.first_reply = flags_.timeout;
  conversation_.emplace(reactor_, out_, relay_, hexdump_, ends);
  const int status = co_await conversation_->run();
  out_.print(closed_document(conversation_->closed()));
  co_return status;
}

int ConnectRelay::interrupted(const Ending& ending) {
  const bool signalled = ending.kind == Ending::Kind::signal;
  const auto reason = signalled ? net::EndReason::signal : net::EndReason::deadline;
  if (conversation_) {
    const net::Closed figures = conversation_->closed(reason);
    conversation_.reset();  // takes the progress line away
    out_.print(closed_document(figures));
  }
  if (signalled) return 0;
  net::Error error("connect", subject_, net::errno_code(ETIMEDOUT));
  if (subject_.empty()) {
    const std::string protocol(relay_.transport().name());
    error.subject = flags_.path ? flags_.path->text()
                                : flags_.host + " port " + std::to_string(flags_.port) + "/" + protocol;
  }
  error.detail = "the deadline of " + net::duration_text(relay_.deadline) + " passed";
  // Before there was a connection, the last try's failure is the news.
  if (last_error_ && subject_.empty()) {
    error.subject = last_error_->subject;
    error.detail += "; " + last_error_->message();
  }
  out_.error(error);
  return status_silence;
}

}  // namespace

std::unique_ptr<ConnectMode> make_relay_mode(const ConnectContext& context) {
  return std::make_unique<ConnectRelay>(context);
}

}  // namespace cmd
