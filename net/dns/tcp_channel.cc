#include "net/dns/tcp_channel.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/failure.hh"
#include "net/dns/status.hh"
#include "net/loop/group.hh"
#include "net/sock/error_queue.hh"

namespace net::dns {
namespace {

constexpr std::size_t length_bytes = 2;

std::string came_text(std::size_t have, std::size_t wanted) {
  if (have == 0 && wanted == length_bytes) return "the connection was there, and nothing came by it";
  return std::to_string(have) + " of " + count_text(wanted, "byte") + " came";
}

}  // namespace

std::unexpected<Error> TcpChannel::failed(std::error_code code, std::string detail) const {
  Error error("resolve", subject_, code);
  error.detail = std::move(detail);
  return std::unexpected(std::move(error));
}

Task<Result<void>> TcpChannel::open(Endpoint server, std::optional<Endpoint> source, TimePoint until) {
  auto socket = Socket::open(server.family(), SOCK_STREAM);
  if (!socket) co_return failed(socket.error().code);
  if (source) {
    if (const auto bound = socket->bind(source->with_port(0)); !bound) co_return failed(bound.error().code);
  }
  // Without it a router's word about an IPv6 connection comes late and without a name.
  if (server.family() == AF_INET6) {
    static_cast<void>(socket->set_int(IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR"));
  }
  const auto connected = socket->connect(server);
  if (!connected) co_return failed(connected.error().code);
  stream_.emplace(reactor_, std::move(*socket));
  if (!*connected && !co_await wait_until(reactor_, stream_->out(), until))
    co_return failed(Status::timed_out);
  const std::error_code error = stream_->take_error();
  if (!error) co_return Result<void>();
  if (const auto report = take_icmp_report(stream_->fd())) {
    co_return std::unexpected(icmp_error(*report, subject_, server));
  }
  co_return failed(error);
}

Task<Result<void>> TcpChannel::send(Buffer message, TimePoint until) {
  ByteWriter framed;
  framed.u16(static_cast<std::uint16_t>(message.size()));
  framed.append(message);
  std::span<const std::byte> rest = std::as_bytes(std::span(framed.bytes()));
  while (!rest.empty()) {
    const Io put = stream_->write(rest);
    if (put) {
      rest = rest.subspan(*put);
    } else if (!would_block(put.error())) {
      co_return failed(put.error());
    } else if (!co_await wait_until(reactor_, stream_->out(), until)) {
      co_return failed(Status::timed_out);
    }
  }
  co_return Result<void>();
}

Task<Result<void>> TcpChannel::fill(std::span<std::uint8_t> into, TimePoint until) {
  std::size_t have = 0;
  while (have < into.size()) {
    const Io got = stream_->read(std::as_writable_bytes(into.subspan(have)));
    if (got && *got == 0) {
      co_return failed(Status::malformed, "the server closed the TCP connection after " +
                                              count_text(have, "byte") + " of " +
                                              std::to_string(into.size()));
    }
    if (got) {
      have += *got;
    } else if (!would_block(got.error())) {
      co_return failed(got.error());
    } else if (!co_await wait_until(reactor_, stream_->in(), until)) {
      co_return failed(Status::incomplete, came_text(have, into.size()));
    }
  }
  co_return Result<void>();
}

Task<Result<Buffer>> TcpChannel::receive(TimePoint until) {
  // A server that never stops sending must hide neither the deadline nor a signal.
  co_await reactor_.yield();
  if (reactor_.now() >= until) co_return failed(Status::timed_out);
  std::array<std::uint8_t, length_bytes> length{};
  if (auto got = co_await fill(length, until); !got) co_return std::unexpected(std::move(got.error()));
  Buffer message(static_cast<std::size_t>(length[0] << 8U | length[1]));
  if (auto got = co_await fill(message, until); !got) co_return std::unexpected(std::move(got.error()));
  co_return message;
}

}  // namespace net::dns
