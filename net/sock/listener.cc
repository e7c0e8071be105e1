#include "net/sock/listener.hh"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net {
namespace {

bool out_of_resources(const std::error_code& code) {
  const int value = code.value();
  return value == EMFILE || value == ENFILE || value == ENOBUFS || value == ENOMEM;
}

}  // namespace

Result<Listener> Listener::open_on(const ListenOptions& options, const Endpoint& address) {
  const int family = address.family();
  // Which of the two protocols matters for a port that both have.
  const auto named = [&](Error error) {
    error.subject = subject_text(address, options.transport);
    return std::unexpected(std::move(error));
  };
  auto socket = Socket::open(family, options.transport.type, options.transport.protocol);
  if (!socket) return std::unexpected(socket.error());
  Listener listener(std::move(*socket));
  const Socket& fresh = listener.socket_;
  if (address.is_ip() && options.transport.type == SOCK_STREAM && options.reuse_address) {
    if (const auto set = fresh.set_int(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR"); !set) {
      return std::unexpected(set.error());
    }
  }
  if (family == AF_INET6) {
    // Both families only where [::] was not asked for as such.
    const int v6only = options.address || options.family == AF_INET6 ? 1 : 0;
    if (const auto set = fresh.set_int(IPPROTO_IPV6, IPV6_V6ONLY, v6only, "IPV6_V6ONLY"); !set) {
      return std::unexpected(set.error());
    }
  }
  if (!options.interface.empty()) {
    if (const auto bound = fresh.bind_to_device(options.interface); !bound) {
      return std::unexpected(bound.error());
    }
  }
  if (options.prepare) {
    if (const auto prepared = options.prepare(fresh, family); !prepared) {
      return std::unexpected(prepared.error());
    }
  }
  if (address.is_unix()) {
    auto path = BoundPath::bind(fresh, address, options.mode);
    if (!path) return std::unexpected(path.error());
    listener.path_ = std::move(*path);
  } else if (const auto bound = fresh.bind(address); !bound) {
    return named(bound.error());
  }
  if (options.transport.has_connection()) {
    if (const auto listening = fresh.listen(options.backlog); !listening) return named(listening.error());
  }
  return listener;
}

Result<Listener> Listener::open(const ListenOptions& options) {
  if (options.address) return open_on(options, *options.address);
  if (options.family != AF_UNSPEC) return open_on(options, Endpoint::any(options.family, options.port));
  auto both = open_on(options, Endpoint::any(AF_INET6, options.port));
  if (both || both.error().code.value() != EAFNOSUPPORT) return both;
  auto v4 = open_on(options, Endpoint::any(AF_INET, options.port));
  if (v4) v4->ipv4_only_ = true;
  return v4;
}

Acceptor::Acceptor(Reactor& reactor, const Socket& listener, std::function<void(const Error&)> paused)
    : reactor_(reactor),
      listener_(listener),
      paused_(std::move(paused)),
      in_(reactor),
      out_(reactor),
      watch_(reactor, listener.fd(), in_, out_) {}

Task<Acceptor::Client> Acceptor::next() {
  constexpr Duration longest_pause = std::chrono::seconds(1);
  Duration pause = std::chrono::milliseconds(50);
  bool told = false;
  for (;;) {
    Endpoint peer;
    auto socket = listener_.accept(peer);
    if (socket) co_return Client{std::move(*socket), peer};
    if (would_block(socket.error())) {
      in_.reset();
      co_await in_.wait();
    } else {
      // Descriptors come back without a signal. Other errors (the network's, accept(2)) concern one client.
      if (out_of_resources(socket.error()) && !std::exchange(told, true)) {
        paused_(Error("accept", {}, socket.error()));
      }
      co_await reactor_.sleep(pause);
      pause = std::min(pause * 2, longest_pause);
    }
  }
}

}  // namespace net
