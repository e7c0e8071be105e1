#include "net/dns/udp_channel.hh"

#include <netinet/in.h>

#include <utility>

namespace net::dns {

UdpChannel::Port::Port(UdpChannel& channel, Socket socket, int of_family)
    : datagram(std::move(socket)),
      family(of_family),
      watch(channel.reactor_, datagram.socket().fd(), channel.in_, channel.out_) {}

std::expected<UdpChannel::Port*, std::error_code> UdpChannel::port_for(int family) {
  for (Port& port : ports_) {
    if (port.family == family) return &port;
  }
  auto socket = Socket::open(family, SOCK_DGRAM);
  if (!socket) return std::unexpected(socket.error().code);
  // Without it an unconnected socket hears of no ICMP message (ip(7)).
  const auto told = family == AF_INET ? socket->set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR")
                                      : socket->set_int(IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR");
  if (!told) return std::unexpected(told.error().code);
  const Endpoint local = source_ ? source_->with_port(0) : Endpoint::any(family, 0);
  if (const auto bound = socket->bind(local); !bound) return std::unexpected(bound.error().code);
  return &ports_.emplace_back(*this, std::move(*socket), family);
}

std::error_code UdpChannel::send(ByteView message, const Endpoint& server) {
  const auto port = port_for(server.family());
  if (!port) return port.error();
  // An ICMP error that waits is reported by the next call, whatever that is for: the second try sends.
  std::error_code error = (*port)->datagram.send_to(std::as_bytes(message), server);
  if (error) error = (*port)->datagram.send_to(std::as_bytes(message), server);
  return would_block(error) || error == errno_code(ENOBUFS) ? std::error_code{} : error;
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

std::optional<Endpoint> own_address_towards(const Endpoint& server) {
  const auto socket = Socket::open(server.family(), SOCK_DGRAM);
  if (!socket || !socket->connect(server)) return std::nullopt;
  return socket->local();
}

}  // namespace net::dns
