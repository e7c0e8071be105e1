#include "net/serve/forward.hh"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/loop/group.hh"
#include "net/sock/icmp_meaning.hh"
#include "net/stream/datagram_stream.hh"
#include "net/stream/fd_stream.hh"

namespace net {
namespace {

// How long the answers of a datagram target may be apart once the client has ended.
constexpr Duration last_answers = std::chrono::seconds(5);
/// The way to the target as far as it came.
struct Reached {
  std::optional<Dialed> dialed{};
  Transport transport{};
  std::optional<Error> error{};    ///< the target's
  std::optional<EndReason> end{};  ///< stopped, or the client is gone
};

/// A dial as the observer hears of it.
class Told final : public DialObserver {
 public:
  Told(const Client& client, ForwardObserver& observer, Transport transport)
      : client_(client), observer_(observer), transport_(transport) {}
  void resolved(const dns::Answer& answer) override { observer_.resolved(client_, answer); }
  void attempted(const Attempt& attempt) override { observer_.attempted(client_, attempt, transport_); }

 private:
  const Client& client_;
  ForwardObserver& observer_;
  Transport transport_;
};

/// Hears of nothing: whoever asks decides what is worth telling.
class Untold final : public DialObserver {
 public:
  void resolved(const dns::Answer& /*answer*/) override {}
  void attempted(const Attempt& attempt) override { last = attempt; }
  Attempt last{};
};

/// What is between a client and its target.
struct Link {
  Stream& client;
  Stream& target;
  Pump& up;
  Pump& down;
  int client_fd;  ///< -1 if that is no TCP socket
  int target_fd;
};

/// What comes in small pieces goes on in small pieces, and does not wait for an acknowledgement between.
void set_nodelay(int tcp_fd) {
  const int on = 1;
  if (tcp_fd >= 0) static_cast<void>(setsockopt(tcp_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

int tcp_fd_of(const Socket& socket, Transport transport) {
  return !transport.unix_domain && transport.type == SOCK_STREAM ? socket.fd() : -1;
}

Task<Reached> until_stopped(Stop& stop) {
  co_await stop.event().wait();
  Reached reached;
  reached.end = stop.reason();
  co_return reached;
}

/// A client that was cut off needs no target any more. (One that has only ended its side does.)
Task<Reached> until_client_cut(Reactor& reactor, Stream& client) {
  co_await client.gone().wait();
  if (!client.take_error()) co_await reactor.sleep(forever);
  Reached reached;
  reached.end = EndReason::reset;
  co_return reached;
}

/// The target was cut off, or has cut us off.
Error target_error(std::error_code cut, const Stream& target, const Served& served, std::string subject,
                   const Endpoint& own_address) {
  // To a peer that is gone a write is a broken pipe: cut is cut.
  if (cut == errno_code(EPIPE)) cut = errno_code(ECONNRESET);
  Error error("connection", std::move(subject), cut);
  if (const auto icmp = target.failure_report()) blame_icmp(error, *icmp, own_address);
  error.detail = error.message() + " after " + size_text(served.target->sent) + " sent and " +
                 size_text(served.target->received) + " received";
  error.said_by.clear();
  return error;
}

class Forward final : public Handler {
 public:
  Forward(Reactor& reactor, ForwardOptions options, ForwardObserver& observer)
      : reactor_(reactor), options_(std::move(options)), observer_(observer) {}

  Task<Served> serve(Session session) override;
  [[nodiscard]] std::size_t descriptors() const override;

 private:
  Task<Reached> reach(Session session);
  Task<Reached> dial(const Client& client);
  Task<Reached> dial_path(const Client& client);
  Task<Served> relay(Session session, Dialed dialed, Transport transport);
  /// After the relay: delivers what was sent, and cuts a side off whom the other left half way. The reason,
  /// if that was the target.
  Task<std::error_code> settle(Link link, Served& served);
  [[nodiscard]] RelayOptions relay_options(Stream& client, Stream& target) const;
  [[nodiscard]] DialOptions dial_options(Transport transport) const;

  Reactor& reactor_;
  ForwardOptions options_;
  ForwardObserver& observer_;
  int path_type_ = SOCK_STREAM;  ///< of the target's Unix socket, as far as is known
};

std::size_t Forward::descriptors() const {
  if (options_.target.datagrams) return 1;
  // Beside the socket two pipes, for splice, and one more address in the race.
  return options_.target.path ? 5 : 6;
}

DialOptions Forward::dial_options(Transport transport) const {
  DialOptions options;
  options.transport = transport;
  options.timeout = options_.timeout;
  return options;
}

/// Whether a Unix socket may be there after all, of another type: abstract names are looked up by type too.
bool may_be_of_other_type(const Error& error, const Endpoint& path) {
  return error.code == errno_code(EPROTOTYPE) ||
         (path.is_abstract() && error.code == errno_code(ECONNREFUSED));
}

/// Only trying tells of which type it is.
Task<Reached> Forward::dial_path(const Client& client) {
  Reached reached;
  reached.transport = options_.target.transport();
  std::array<int, 4> types{path_type_, SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
  if (options_.target.datagrams) types.fill(SOCK_DGRAM);
  Untold observer;
  for (const int type : types) {
    reached.transport.type = type;
    std::optional<Endpoint> own;
    // Without a name of its own a datagram socket cannot be answered: the kernel picks an abstract one.
    if (type == SOCK_DGRAM) own = *Endpoint::parse_unix("@");
    auto dialed =
        co_await dial_unix(reactor_, dial_options(reached.transport), observer, *options_.target.path, own);
    const bool other_type =
        !dialed && !options_.target.datagrams && may_be_of_other_type(dialed.error(), *options_.target.path);
    if (!other_type) {
      observer_.attempted(client, observer.last, reached.transport);
      if (dialed) {
        path_type_ = type;
        reached.dialed = std::move(*dialed);
      } else {
        reached.error = dialed.error();
      }
      co_return reached;
    }
    reached.error = dialed.error();
  }
  observer_.attempted(client, observer.last, reached.transport);
  co_return reached;
}

Task<Reached> Forward::dial(const Client& client) {
  if (options_.target.path) co_return co_await dial_path(client);
  Reached reached;
  reached.transport = options_.target.transport();
  Told observer(client, observer_, reached.transport);
  Dialer dialer(reactor_, dial_options(reached.transport), observer);
  auto dialed = co_await dialer.dial(options_.target.host, options_.target.port);
  if (dialed) {
    reached.dialed = std::move(*dialed);
  } else {
    reached.error = dialed.error();
  }
  co_return reached;
}

Task<Reached> Forward::reach(Session session) {
  Group<Reached> first(reactor_);
  first.add(dial(session.client));
  first.add(until_stopped(session.stop));
  first.add(until_client_cut(reactor_, session.peer));
  co_return co_await first.next();
}

RelayOptions Forward::relay_options(Stream& client, Stream& target) const {
  RelayOptions relay;
  relay.idle = options_.serve.idle;
  relay.idle_by_peer = !client.has_end();
  relay.drain = target.has_end() ? forever : last_answers;
  // A client that cannot be told of the target's end will begin anew.
  if (!client.has_end()) relay.quit_after = Duration::zero();
  if (target.has_end()) relay.far = &target;
  relay.peer_ended = [&target] { static_cast<void>(target.finish()); };
  return relay;
}

Task<Served> Forward::serve(Session session) {
  const TimePoint began = reactor_.now();
  if (options_.client_nodelay) set_nodelay(session.tcp_fd);
  Reached reached = co_await reach(session);
  if (reached.dialed) {
    observer_.connected(session.client, *reached.dialed, reached.transport);
    Served served = co_await relay(session, std::move(*reached.dialed), reached.transport);
    served.closed.duration = reactor_.now() - began;
    co_return served;
  }
  Served served;
  served.error = std::move(reached.error);
  served.target.emplace();
  served.closed.reason = reached.end.value_or(EndReason::local_error);
  served.closed.duration = reactor_.now() - began;
  if (session.tcp_fd >= 0) served.closed.tcp_info = tcp_info(session.tcp_fd);
  // An end would look as if the target had been there and had nothing to say.
  if (served.error) close_by_reset(session.tcp_fd);
  co_return served;
}

Task<Served> Forward::relay(Session session, Dialed dialed, Transport transport) {
  const int target_fd = tcp_fd_of(dialed.socket, transport);
  const Endpoint own_address = dialed.socket.local();
  set_nodelay(target_fd);
  std::unique_ptr<Stream> target;
  if (!transport.keeps_boundaries()) {
    target = std::make_unique<FdStream>(reactor_, std::move(dialed.socket));
  } else if (dialed.connected) {
    target = std::make_unique<DatagramStream>(reactor_, std::move(dialed.socket), transport.type);
  } else {
    target = std::make_unique<DatagramStream>(reactor_, std::move(dialed.socket), dialed.peer,
                                              [](const Endpoint& /*from*/, std::size_t /*size*/) {});
  }
  const std::unique_ptr<Pump> up = make_pump(reactor_, *target, session.peer, options_.serve.framing);
  const std::unique_ptr<Pump> down = make_pump(reactor_, session.peer, *target, options_.serve.framing);
  if (options_.serve.attach) options_.serve.attach(session.peer, up.get(), *down);
  Served served = co_await exchange(session, up.get(), *down, relay_options(session.peer, *target));
  if (served.closed.reason == EndReason::quit) served.closed.reason = EndReason::eof;
  if (served.closed.reason == EndReason::drained) served.closed.reason = EndReason::peer_closed;
  served.target.emplace();
  served.target->sent = down->flow.written;
  served.target->received = up->flow.read;
  served.target->unsent = down->flow.pending;
  const Link link{session.peer, *target, *up, *down, session.tcp_fd, target_fd};
  const std::error_code cut = co_await settle(link, served);
  if (cut)
    served.error = target_error(cut, *target, served, subject_text(dialed.peer, transport), own_address);
  co_return served;
}

Task<std::error_code> Forward::settle(Link link, Served& served) {
  Closed& closed = served.closed;
  const bool by_client = closed.reason == EndReason::reset;
  const bool by_target = closed.reason == EndReason::local_error && !link.up.flow.write_error;
  const bool told_target = link.down.flow.input_ended;
  std::error_code cut;
  if (by_target) {
    cut = served.error->code;
    const bool told_client = link.up.flow.input_ended;
    if (link.client_fd >= 0) co_await deliver(reactor_, link.client, link.client_fd, told_client);
  } else if (link.target_fd >= 0 && closed.reason <= EndReason::reset) {
    cut = co_await deliver(reactor_, link.target, link.target_fd, told_target);
    // With the client cut off it is no news that the target does not take the rest.
    if (by_client) cut.clear();
  }
  if (cut) {
    closed.reason = EndReason::local_error;
    if (link.target_fd >= 0) served.target->unsent += unacknowledged_bytes(link.target_fd, told_target);
    close_by_reset(link.client_fd);
  }
  if (by_client) close_by_reset(link.target_fd);
  co_return cut;
}

}  // namespace

Transport ForwardTarget::transport() const {
  Transport transport;
  transport.unix_domain = path.has_value();
  if (datagrams) transport.type = SOCK_DGRAM;
  return transport;
}

std::unique_ptr<Handler> make_forward(Reactor& reactor, ForwardOptions options, ForwardObserver& observer) {
  return std::make_unique<Forward>(reactor, std::move(options), observer);
}

}  // namespace net
