#include "cmd/conversation.hh"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

#include "cmd/why.hh"
#include "net/base/text.hh"
#include "net/loop/group.hh"
#include "net/sock/icmp_meaning.hh"
#include "net/stream/filter.hh"
#include "net/stream/message_pump.hh"

namespace cmd {
namespace {

net::Task<net::RelayEnd> forever_progress(Progress& progress) {
  co_await progress.run();
  co_return net::RelayEnd{};
}

}  // namespace

net::Result<void> Hexdump::open() {
  if (file_.empty() || file_ == "-") return {};
  fd_ =
      net::Fd(::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!fd_.valid()) return net::fail("open", file_);
  return {};
}

void Hexdump::attach(net::Pump& pump, char mark) {
  if (file_.empty()) return;
  pump.add_filter(net::hexdump_filter(mark, [this](std::string_view lines) { write(lines); }));
}

void Hexdump::write(std::string_view lines) {
  // Other threads and processes write there too: whole lines at a time, as many as a pipe takes at once.
  while (!lines.empty()) {
    const std::size_t last = lines.substr(0, PIPE_BUF).rfind('\n');
    const std::size_t size = last == std::string_view::npos ? lines.size() : last + 1;
    write_some(lines.substr(0, size));
    lines.remove_prefix(size);
  }
}

void Hexdump::write_some(std::string_view lines) {
  if (!fd_.valid()) {
    out_.terminal().raw(lines);
    return;
  }
  const std::lock_guard lock(mutex_);
  while (!lines.empty() && !failed_) {
    const ssize_t put = ::write(fd_.get(), lines.data(), lines.size());
    if (put > 0) {
      lines.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      // Whatever cannot take it now (a FIFO with a slow reader) would stop everything else.
      failed_ = true;
      out_.error(net::Error("write", file_, net::errno_code()));
    }
  }
}

std::vector<int> Hexdump::descriptors() const {
  return fd_.valid() ? std::vector<int>{fd_.get()} : std::vector<int>();
}

void attach_filters(const RelayOptions& options, Hexdump& hexdump, net::Stream& peer, net::Pump* to_peer,
                    net::Pump& from_peer) {
  hexdump.attach(from_peer, '<');
  if (options.telnet) {
    // Between two writes of the other direction any place is right. A peer that does not read its answers
    // gets no more of them: nothing may pile up here.
    from_peer.add_filter(net::telnet_filter(
        [&peer](std::string_view bytes) { static_cast<void>(peer.write(std::as_bytes(std::span(bytes)))); }));
  }
  if (to_peer == nullptr) return;
  if (options.crlf) to_peer->add_filter(net::crlf_filter());
  hexdump.attach(*to_peer, '>');
}

Conversation::Conversation(net::Reactor& reactor, Output& out, const RelayOptions& options, Hexdump& hexdump,
                           const ConversationEnds& ends)
    : reactor_(reactor), out_(out), options_(options), hexdump_(hexdump), ends_(ends), began_(reactor.now()) {
  make_pumps();
  const bool tcp = !ends_.transport.unix_domain && ends_.transport.type == SOCK_STREAM;
  exchange_.emplace(reactor_, up_.get(), *down_, ends_.peer, tcp ? ends_.fd : -1, relay_options());
  if (!options_.progress) return;
  const auto figures = [this] {
    const net::Closed now = closed();
    return ProgressFigures{now.sent, now.received, now.tcp_info};
  };
  progress_.emplace(reactor_, out_, figures, ends_.input == nullptr ? std::nullopt : stdin_size());
}

void Conversation::make_pumps() {
  if (ends_.input != nullptr) up_ = net::make_pump(reactor_, *ends_.input, ends_.peer, options_.framing);
  if (ends_.output == nullptr) {
    down_ = std::make_unique<net::DropPump>(reactor_, ends_.peer);
  } else if (ends_.peer.keeps_boundaries()) {
    // Whatever stdout is: nothing to write is nothing written, and no framing is for it.
    down_ = std::make_unique<net::MessageReceiver>(reactor_, ends_.peer, *ends_.output);
  } else {
    down_ = std::make_unique<net::StreamPump>(reactor_, ends_.peer, *ends_.output);
  }
  attach_filters(options_, hexdump_, ends_.peer, up_.get(), *down_);
}

net::RelayOptions Conversation::relay_options() const {
  net::RelayOptions relay;
  relay.shutdown_at_begin = options_.recv_only;
  relay.shutdown_at_end = !options_.no_shutdown;
  relay.silent_input_stays_open = ends_.serving;
  relay.quit_after = options_.quit_after;
  relay.drain = options_.drain;
  relay.idle = options_.idle.value_or(net::forever);
  relay.idle_begins_with_traffic = ends_.serving && !ends_.transport.has_connection();
  relay.first_reply = ends_.first_reply.value_or(net::forever);
  return relay;
}

net::Task<int> Conversation::run() {
  net::Group<net::RelayEnd> both(reactor_);
  both.add(exchange_->run());
  if (progress_) both.add(forever_progress(*progress_));
  const net::RelayEnd end = co_await both.next();
  input_ended_ = up_ != nullptr && up_->flow.input_ended;
  progress_.reset();
  co_return report(end);
}

int Conversation::report_reset(const net::RelayEnd& end) const {
  const net::Closed figures = closed(net::EndReason::reset);
  net::Error error("connection", ends_.subject, end.error);
  // A peer's silence (ETIMEDOUT) is not its "no"; what an ICMP message said is somebody's.
  if (end.icmp) net::blame_icmp(error, *end.icmp, ends_.own_address);
  const std::string hint = cut_hint(error, ends_.peer_address, ends_.transport, ends_.fd, end.icmp);
  error.detail = error.message() + " after " + net::size_text(figures.sent) + " sent and " +
                 net::size_text(figures.received) + " received";
  if (figures.unsent > 0) error.detail += ", " + net::size_text(figures.unsent) + " unsent";
  error.said_by.clear();
  out_.error(error, hint);
  return exit_status(error);
}

void Conversation::report_local(std::error_code reason) const {
  const net::Flow& down = down_->flow;
  if (down.write_error) {
    // The reader of stdout went away on purpose: as quiet as any filter (`| head`).
    if (reason.value() != EPIPE) out_.error(net::Error("write", "stdout", reason, net::Blame::local));
  } else if (up_ != nullptr && up_->flow.read_error) {
    out_.error(net::Error("read", "stdin", reason, net::Blame::local));
  } else {
    const net::Error error(down.read_error ? "receive" : "send", ends_.subject, reason, net::Blame::local);
    out_.error(error, cut_hint(error, ends_.peer_address, ends_.transport, ends_.fd, std::nullopt));
  }
}

int Conversation::report(const net::RelayEnd& end) {
  int status = hexdump_.failed() ? status_local : status_ok;
  switch (end.reason) {
    case net::EndReason::reset:
      status = report_reset(end);
      break;
    case net::EndReason::local_error:
      report_local(end.error);
      status = status_local;
      break;
    case net::EndReason::idle_timeout:
      if (down_->flow.read > 0 || down_->flow.messages > 0) break;
      {
        net::Error silence("connection", ends_.subject, net::errno_code(ETIMEDOUT));
        silence.detail = "nothing received in " + net::duration_text(reactor_.now() - began_);
        // Nothing was asked, so that there is nothing to wonder about.
        const bool asked = up_ != nullptr && up_->flow.messages > 0;
        out_.error(
            silence,
            asked ? cut_hint(silence, ends_.peer_address, ends_.transport, ends_.fd, std::nullopt) : "");
      }
      status = status_silence;
      break;
    case net::EndReason::drained:
      out_.note("the peer ended, and stdin was silent for " + net::duration_text(options_.drain) +
                " but is still open (--drain)");
      break;
    default:
      break;
  }
  return status;
}

}  // namespace cmd
