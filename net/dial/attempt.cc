#include "net/dial/attempt.hh"

#include <netinet/in.h>

#include <cerrno>
#include <utility>

#include "net/sock/icmp_meaning.hh"
#include "net/sock/tcp_info.hh"

namespace net {
namespace {

std::string_view icmp_errors_option(int family) {
  return family == AF_INET ? "IP_RECVERR" : "IPV6_RECVERR";
}

void want_icmp_errors(const Socket& socket, int family, bool wanted) {
  const bool v4 = family == AF_INET;
  static_cast<void>(socket.set_int(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
                                   wanted ? 1 : 0, icmp_errors_option(family)));
}

/// An option of our own wish, unless the user has one.
Result<void> turn_on(const DialOptions& options, const Socket& socket, int level, int number,
                     std::string_view name) {
  if (asks_for(options.options, name)) return {};
  return socket.set_int(level, number, 1, name);
}

Result<void> turn_on_broadcast(const DialOptions& options, const Socket& socket) {
  return turn_on(options, socket, SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST");
}

Result<void> bind_source(const DialOptions& options, const Socket& socket, int family) {
  if (!options.source && options.source_port == 0) return {};
  if (options.source_port != 0) {
    // Racing attempts share the port, which takes the flag on each of them (socket(7)).
    const auto set = turn_on(options, socket, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (!set) return set;
  } else {
    // The kernel picks the port when it knows the peer, so that one port serves many peers.
    static_cast<void>(
        turn_on(options, socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT"));
  }
  const Endpoint source = options.source ? *options.source : Endpoint::any(family, 0);
  return socket.bind(source.with_port(options.source_port));
}

std::optional<Error> refusal(const DialOptions& options, Attempting& attempting, std::error_code code) {
  Attempt& attempt = attempting.attempt;
  return connect_error(*attempting.socket, attempt.address, options.transport, code, attempt.icmp);
}

std::optional<Error> connect_datagram(const DialOptions& options, Attempting& attempting) {
  const Endpoint& address = attempting.attempt.address;
  const Socket& fresh = *attempting.socket;
  // What a group answers comes from its members, which a connected socket would not hear.
  attempting.connected = !options.unconnected && !address.is_multicast();
  if (!attempting.connected) {
    static_cast<void>(turn_on_broadcast(options, fresh));
    return std::nullopt;
  }
  const auto connected = fresh.connect(address);
  if (connected) return std::nullopt;
  // EACCES is how the kernel says "a broadcast address" to a socket without SO_BROADCAST (ip(7)).
  const bool broadcast =
      connected.error().code.value() == EACCES && turn_on_broadcast(options, fresh) && fresh.connect(address);
  if (!broadcast) return refusal(options, attempting, connected.error().code);
  auto again = open_socket(options, address);
  if (!again) return again.error();
  attempting.socket.emplace(std::move(*again));
  attempting.connected = false;
  if (const auto set = turn_on_broadcast(options, *attempting.socket); !set) return set.error();
  return std::nullopt;
}

Task<std::optional<Error>> connect_stream(Reactor& reactor, const DialOptions& options,
                                          Attempting& attempting) {
  const Socket& fresh = *attempting.socket;
  const auto connected = fresh.connect(attempting.attempt.address);
  if (!connected) co_return refusal(options, attempting, connected.error().code);
  if (!*connected) {
    Event in(reactor);
    Event out(reactor);
    const Watch watch(reactor, fresh.fd(), in, out);
    co_await out.wait();
    if (const std::error_code error = fresh.take_error()) {
      if (const auto info = tcp_info(fresh.fd())) attempting.attempt.syns_sent = info->retransmits + 1;
      co_return refusal(options, attempting, error);
    }
  }
  if (!is_self_connected(fresh)) co_return std::nullopt;
  co_return self_connected_error(attempting.attempt.address, options.transport);
}

Task<std::optional<Error>> connect(Reactor& reactor, const DialOptions& options, Attempting& attempting) {
  auto socket = open_socket(options, attempting.attempt.address);
  if (!socket) co_return socket.error();
  attempting.socket.emplace(std::move(*socket));
  const bool datagrams = options.transport.type == SOCK_DGRAM;
  std::optional<Error> refused;
  if (datagrams) {
    refused = connect_datagram(options, attempting);
  } else {
    refused = co_await connect_stream(reactor, options, attempting);
  }
  if (refused) co_return refused;
  const int family = attempting.attempt.address.family();
  // Once connected, an ICMP message is only a hint that TCP may outlive; with it on it would end the
  // connection.
  if (!datagrams) end_icmp_errors(*attempting.socket, family, options.options);
  const auto set = apply_options(*attempting.socket, family, options.options, OptionMoment::connected);
  if (!set) co_return set.error();
  attempting.attempt.local = attempting.socket->local();
  co_return std::nullopt;
}

}  // namespace

void end_icmp_errors(const Socket& socket, int family, const std::vector<OptionSetting>& options) {
  if (!asks_for(options, icmp_errors_option(family))) want_icmp_errors(socket, family, false);
}

Result<Socket> open_socket(const DialOptions& options, const Endpoint& address) {
  const int family = address.family();
  auto socket = Socket::open(family, options.transport.type, options.transport.protocol);
  if (!socket) return socket;
  if (!options.interface.empty()) {
    if (const auto bound = socket->bind_to_device(options.interface); !bound) {
      return std::unexpected(bound.error());
    }
  }
  if (const auto set = apply_options(*socket, family, options.options, OptionMoment::before); !set) {
    return std::unexpected(set.error());
  }
  if (const auto bound = bind_source(options, *socket, family); !bound) return std::unexpected(bound.error());
  // The ICMP errors that name who refused: without it a router's "no" to UDP is never heard, and to TCP over
  // IPv6 it comes late and without a name.
  const bool wanted = !options.unconnected && !asks_for(options.options, icmp_errors_option(family));
  if (wanted) want_icmp_errors(*socket, family, true);
  return socket;
}

Error connect_error(const Socket& socket, const Endpoint& address, Transport transport, std::error_code code,
                    std::optional<IcmpReport>& icmp) {
  Error error("connect", subject_text(address, transport), code);
  icmp = take_icmp_report(socket.fd());
  if (!icmp) return error;
  blame_icmp(error, *icmp, socket.local());
  return error;
}

bool is_self_connected(const Socket& socket) {
  return socket.local() == socket.peer();
}

Error self_connected_error(const Endpoint& address, Transport transport) {
  Error error("connect", subject_text(address, transport), errno_code(ECONNREFUSED));
  error.detail = "connection refused (it connected to itself: nothing listens there)";
  return error;
}

Task<> try_address(Reactor& reactor, const DialOptions& options, Attempting& attempting) {
  attempting.attempt.began = reactor.now();
  attempting.attempt.error = co_await connect(reactor, options, attempting);
  attempting.attempt.time = reactor.now() - attempting.attempt.began;
  attempting.decided = true;
}

void give_up(Reactor& reactor, const DialOptions& options, Attempting& attempting, const std::string& why,
             int code) {
  Attempt& attempt = attempting.attempt;
  attempt.time = reactor.now() - attempt.began;
  Error& error = attempt.error.emplace("connect", subject_text(attempt.address, options.transport),
                                       errno_code(code), Blame::silence);
  error.detail = why;
  const auto info = attempting.socket ? tcp_info(attempting.socket->fd()) : std::nullopt;
  if (info) attempt.syns_sent = info->retransmits + 1;
}

}  // namespace net
