#include "net/stream/exchange.hh"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace net {
namespace {

// How often to look whether what was sent has arrived.
constexpr Duration soon = std::chrono::milliseconds(2);
constexpr Duration seldom = std::chrono::seconds(1);

}  // namespace

Task<std::error_code> deliver(Reactor& reactor, Stream& peer, int tcp_fd, bool fin_sent,
                              std::optional<Duration> silence) {
  TimePoint moved = reactor.now();
  std::uint64_t least = UINT64_MAX;
  std::vector<std::byte> dropped(std::size_t{16} << 10U);
  for (;;) {
    if (const std::error_code error = peer.take_error()) co_return error;
    const std::uint64_t left = unacknowledged_bytes(tcp_fd, fin_sent);
    if (silence && left < least) moved = reactor.now();
    least = std::min(least, left);
    const Duration waited = reactor.now() - moved;
    if (left == 0 || waited >= silence.value_or(std::chrono::seconds(1))) break;
    const Io got = peer.read(dropped);
    if (got && *got > 0) {
      co_await reactor.yield();
      continue;
    }
    // Nothing signals an acknowledgement: look again soon, less often at one who takes nothing.
    co_await reactor.sleep(silence ? std::clamp<Duration>(waited / 4, soon, seldom) : soon);
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
    const auto silence = options_.deliver_all ? std::optional(options_.idle) : std::nullopt;
    const std::error_code cut = co_await deliver(reactor_, peer_, tcp_fd_, fin_sent_, silence);
    if (cut) {
      end_ = RelayEnd{EndReason::reset, errno_code(ECONNRESET), {}};
    } else if (silence && unacknowledged_bytes(tcp_fd_, fin_sent_) > 0) {
      end_ = RelayEnd{EndReason::idle_timeout, {}, {}};
    }
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
