#include "net/stream/exchange.hh"

#include <cerrno>
#include <vector>

namespace net {

Task<std::error_code> deliver(Reactor& reactor, Stream& peer, int tcp_fd, bool fin_sent) {
  const TimePoint limit = reactor.now() + std::chrono::seconds(1);
  std::vector<std::byte> dropped(std::size_t{16} << 10U);
  for (;;) {
    if (const std::error_code error = peer.take_error()) co_return error;
    if (reactor.now() >= limit || unacknowledged_bytes(tcp_fd, fin_sent) == 0) break;
    const Io got = peer.read(dropped);
    if (got && *got > 0) continue;
    // Nothing signals an acknowledgement: look again soon.
    co_await reactor.sleep(std::chrono::milliseconds(2));
  }
  co_return std::error_code();
}

Exchange::Exchange(Reactor& reactor, Pump* up, Pump& down, Stream& peer, int tcp_fd,
                   const RelayOptions& options)
    : reactor_(reactor),
      up_(up),
      down_(down),
      peer_(peer),
      tcp_fd_(tcp_fd),
      options_(options),
      began_(reactor.now()) {}

Task<RelayEnd> Exchange::run() {
  Relay relay(reactor_, up_, down_, peer_, options_);
  end_ = co_await relay.run();
  fin_sent_ = relay.told_end();
  // A connection that went silent, or failed, has no last word to wait for.
  if (tcp_fd_ >= 0 && end_.reason <= EndReason::quit) {
    const std::error_code cut = co_await deliver(reactor_, peer_, tcp_fd_, fin_sent_);
    if (cut) end_ = RelayEnd{EndReason::reset, errno_code(ECONNRESET), {}};
  }
  co_return end_;
}

Closed Exchange::closed(std::optional<EndReason> reason) const {
  Closed closed;
  closed.sent = up_ != nullptr ? up_->flow.written : 0;
  closed.received = down_.flow.read;
  closed.unsent = up_ != nullptr ? up_->flow.pending : 0;
  closed.reason = reason.value_or(end_.reason);
  closed.duration = reactor_.now() - began_;
  if (tcp_fd_ >= 0) {
    // What the kernel took and the peer never acknowledged is lost with a reset.
    if (closed.reason == EndReason::reset) closed.unsent += unacknowledged_bytes(tcp_fd_, fin_sent_);
    closed.tcp_info = tcp_info(tcp_fd_);
  }
  return closed;
}

}  // namespace net
