#include "net/sock/udp_channel.hh"

#include <netinet/in.h>

#include <utility>

namespace net {

UdpChannel::Port::Port(UdpChannel& channel, Socket socket, int of_family)
    : datagram(std::move(socket)),
      family(of_family),
      watch(channel.reactor_, datagram.socket().fd(), channel.in_, channel.out_) {}

UdpChannel::UdpChannel(Reactor& reactor, const std::optional<Endpoint>& source)
    : UdpChannel(reactor, [source](int family) -> Result<Socket> {
        auto socket = Socket::open(family, SOCK_DGRAM);
        if (!socket) return socket;
        const Endpoint local = source ? source->with_port(0) : Endpoint::any(family, 0);
        if (const auto bound = socket->bind(local); !bound) return std::unexpected(bound.error());
        return socket;
      }) {}

Result<UdpChannel::Port*> UdpChannel::port_for(int family) {
  for (Port& port : ports_) {
    if (port.family == family) return &port;
  }
  auto socket = open_(family);
  if (!socket) return std::unexpected(socket.error());
  // Without it an unconnected socket hears of no ICMP message (ip(7)).
  const auto told = family == AF_INET ? socket->set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR")
                                      : socket->set_int(IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR");
  if (!told) return std::unexpected(told.error());
  return &ports_.emplace_back(*this, std::move(*socket), family);
}

Result<void> UdpChannel::send(ByteView message, const Endpoint& peer) {
  const auto port = port_for(peer.family());
  if (!port) return std::unexpected(port.error());
  // An ICMP error that waits is reported by the next call, whatever that is for: the second try sends.
  std::error_code error = (*port)->datagram.send_to(std::as_bytes(message), peer);
  if (error) error = (*port)->datagram.send_to(std::as_bytes(message), peer);
  if (!error || would_block(error) || error == errno_code(ENOBUFS)) return {};
  return fail("send", peer.text() + "/udp", error);
}

Endpoint UdpChannel::local(int family) const {
  for (const Port& port : ports_) {
    if (port.family == family) return port.datagram.socket().local();
  }
  return {};
}

std::optional<UdpChannel::Arrival> UdpChannel::take() {
  // Before the reading: what arrives after it sets the flag again.
  in_.reset();
  for (const Port& port : ports_) {
    if (auto arrival = take_from(port)) return arrival;
  }
  return std::nullopt;
}

std::optional<UdpChannel::Arrival> UdpChannel::take_from(const Port& port) {
  // Each turn takes an error away; a kernel that brought one for ever must not hold the loop.
  for (int turn = 0; turn < 64; ++turn) {
    if (auto report = take_icmp_report(port.datagram.socket().fd())) {
      Arrival arrival;
      arrival.icmp = report;
      return arrival;
    }
    const auto received = port.datagram.receive(buffer_);
    if (received) {
      const auto* const begin = reinterpret_cast<const std::uint8_t*>(buffer_.data());
      Arrival arrival;
      arrival.message.assign(begin, begin + received->size);
      arrival.source = received->peer;
      return arrival;
    }
    if (would_block(received.error())) return std::nullopt;
    // The error is of a datagram sent before; its report is in the queue, or it has none and is taken now.
  }
  return std::nullopt;
}

std::optional<Endpoint> own_address_towards(const Endpoint& peer) {
  const auto socket = Socket::open(peer.family(), SOCK_DGRAM);
  if (!socket || !socket->connect(peer)) return std::nullopt;
  return socket->local();
}

}  // namespace net
