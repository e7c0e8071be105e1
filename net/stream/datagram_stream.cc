#include "net/stream/datagram_stream.hh"

#include <sys/socket.h>

#include <utility>

#include "net/sock/error_queue.hh"

namespace net {

DatagramStream::DatagramStream(Reactor& reactor, Socket socket, int type)
    : datagram_(std::move(socket)),
      type_(type),
      in_(reactor),
      out_(reactor),
      watch_(reactor, datagram_.socket().fd(), in_, out_) {}

DatagramStream::DatagramStream(Reactor& reactor, Socket socket, const Endpoint& destination,
                               std::function<void(const Endpoint&, std::size_t)> heard)
    : datagram_(std::move(socket)),
      type_(SOCK_DGRAM),
      destination_(destination),
      heard_(std::move(heard)),
      in_(reactor),
      out_(reactor),
      watch_(reactor, datagram_.socket().fd(), in_, out_) {}

std::unexpected<std::error_code> DatagramStream::failed(std::error_code error, Event& event) {
  if (would_block(error)) {
    event.reset();
  } else {
    failure_report_ = take_icmp_report(datagram_.socket().fd());
  }
  return std::unexpected(error);
}

Io DatagramStream::read(std::span<std::byte> into) {
  const auto received = datagram_.receive(into);
  if (!received) return failed(received.error(), in_);
  if (heard_) heard_(received->peer, received->size);
  return received->size;
}

Io DatagramStream::write(std::span<const std::byte> from) {
  const std::error_code error = destination_ ? datagram_.send_to(from, *destination_) : datagram_.send(from);
  if (error) return failed(error, out_);
  return from.size();
}

std::error_code DatagramStream::finish() {
  // A datagram socket has no end to announce.
  return type_ == SOCK_DGRAM ? std::error_code{} : datagram_.socket().shutdown(SHUT_WR);
}

}  // namespace net
