#include "cmd/sockopt_own.hh"

#include <utility>

#include "cmd/hints.hh"
#include "cmd/relay_options.hh"
#include "cmd/why.hh"
#include "net/dial/dialer.hh"
#include "net/sock/listener.hh"

namespace cmd {
namespace {

/// Remembers the attempts that failed, for the hint of the one that the error is about.
class Failures final : public net::DialObserver {
 public:
  void resolved(const net::dns::Answer& /*answer*/) override {}
  void attempted(const net::Attempt& attempt) override {
    if (attempt.error) failures_.push_back(attempt);
  }
  [[nodiscard]] const net::Attempt* of(const net::Error& error) const {
    for (const net::Attempt& failure : failures_) {
      if (failure.error->subject == error.subject) return &failure;
    }
    return failures_.empty() ? nullptr : &failures_.front();
  }

 private:
  std::vector<net::Attempt> failures_{};
};

/// Who a socket of our own is: nobody's but this command's, with its addresses.
std::expected<SockoptTarget, Refusal> labelled(net::Socket socket) {
  const auto facts = net::socket_facts(socket.fd());
  if (!facts) return std::unexpected(Refusal{facts.error(), {}});
  SockoptTarget target(std::move(socket).release(), false);
  target.set_label(label_from({}, *facts));
  return target;
}

net::ListenOptions listen_options(const SockoptFlags& flags) {
  net::ListenOptions options;
  options.transport = flags.transport();
  options.family = flags.family();
  // What a fresh socket has is what is asked for: nothing is set that was not named.
  options.reuse_address = false;
  options.prepare = [&flags](const net::Socket& socket, int family) {
    return net::apply_options(socket, family, flags.settings, net::OptionMoment::before);
  };
  if (flags.unix_domain) {
    options.address = unix_endpoint(flags.listen);
    return options;
  }
  const HostAndPort words = host_and_port({flags.listen}, false);
  options.port = port_number(words.port, options.transport.name(), false);
  if (words.host.empty() || words.host == "*") return options;
  options.address = ip_endpoint(words.host, options.port);
  if (options.family != AF_UNSPEC && options.family != options.address->family()) {
    throw UsageError("--listen '" + flags.listen + "': not of the address family asked for");
  }
  return options;
}

}  // namespace

void check_own_target(const SockoptFlags& flags) {
  if (!flags.listen.empty()) static_cast<void>(listen_options(flags));
  if (flags.connect.empty()) return;
  if (flags.unix_domain) {
    static_cast<void>(unix_endpoint(flags.connect));
    return;
  }
  const HostAndPort words = host_and_port({flags.connect}, true);
  check_host(words.host, false, flags.family());
  static_cast<void>(port_number(words.port, flags.transport().name(), false));
}

std::expected<SockoptTarget, Refusal> open_fresh_target(const SockoptFlags& flags) {
  const net::SocketKind kind = flags.fresh_kind();
  auto socket = net::Socket::open(kind.family, kind.type, kind.protocol);
  if (!socket) {
    net::Error error = socket.error();
    error.subject = kind_text(kind);
    const bool raw = error.code == net::errno_code(EPERM) && kind.type == SOCK_RAW;
    return std::unexpected(Refusal{std::move(error), raw ? "a raw socket needs root or CAP_NET_RAW" : ""});
  }
  return SockoptTarget(std::move(*socket).release(), true);
}

std::expected<SockoptTarget, Refusal> open_listening_target(const SockoptFlags& flags) {
  const net::ListenOptions options = listen_options(flags);
  auto listener = net::Listener::open(options);
  if (!listener) {
    return std::unexpected(Refusal{listener.error(), listen_hint(listener.error(), options)});
  }
  // Taken out of the Listener, which removes a Unix socket's file.
  return labelled(listener->take_socket());
}

net::Task<std::expected<SockoptTarget, Refusal>> open_connected_target(net::Reactor& reactor,
                                                                       const SockoptFlags& flags) {
  net::DialOptions options;
  options.transport = flags.transport();
  options.family = flags.family();
  options.options = flags.settings;
  Failures failures;
  std::optional<net::Result<net::Dialed>> dialed;
  if (flags.unix_domain) {
    std::optional<net::Endpoint> own;
    dialed = co_await net::dial_unix(reactor, options, failures, unix_endpoint(flags.connect), own);
  } else {
    const HostAndPort words = host_and_port({flags.connect}, true);
    net::Dialer dialer(reactor, options, failures);
    dialed = co_await dialer.dial(words.host, port_number(words.port, options.transport.name(), false));
  }
  if (*dialed) {
    // The dialer listens for ICMP; a socket that is looked at has only what was asked for.
    if ((*dialed)->peer.is_ip()) {
      net::end_icmp_errors((*dialed)->socket, (*dialed)->peer.family(), flags.settings);
    }
    co_return labelled(std::move((*dialed)->socket));
  }
  const net::Error& error = dialed->error();
  co_return std::unexpected(Refusal{error, connect_hint(error, failures.of(error), options)});
}

}  // namespace cmd
