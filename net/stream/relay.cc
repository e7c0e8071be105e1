#include "net/stream/relay.hh"

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/loop/group.hh"

namespace net {

std::string_view reason_name(EndReason reason) {
  constexpr std::array<std::string_view, 9> names{
      "eof", "peer_closed", "drained", "quit", "reset", "idle_timeout", "deadline", "signal", "local_error"};
  return names.at(static_cast<std::size_t>(reason));
}

Relay::Relay(Reactor& reactor, Pump* up, Pump& down, Stream& peer, const RelayOptions& options)
    : reactor_(reactor), up_(up), down_(down), peer_(peer), options_(options), up_open_(up != nullptr) {}

RelayEnd Relay::peer_failure(std::error_code code) const {
  const std::optional<IcmpReport> icmp = peer_.failure_report();
  // To a peer that is gone a write is a broken pipe: cut is cut.
  if (code == errno_code(EPIPE)) code = errno_code(ECONNRESET);
  const bool ours = usual_blame(code) == Blame::local && !icmp;
  return {ours ? EndReason::local_error : EndReason::reset, code, icmp};
}

Task<Relay::Happening> Relay::pump(Pump& which, Happening then) {
  co_await which.run();
  co_return then;
}

Task<Relay::Happening> Relay::after(Duration span, Happening then) {
  co_await reactor_.sleep(span);
  co_return then;
}

Task<Relay::Happening> Relay::until_idle() {
  for (;;) {
    TimePoint last = down_.flow.last_activity;
    if (up_ != nullptr && !options_.idle_by_peer) last = std::max(last, up_->flow.last_activity);
    // Before the first datagram of a listener there is nobody to be idle.
    const bool began = !options_.idle_begins_with_traffic || down_.flow.messages > 0;
    const TimePoint limit = saturating_add(began ? last : reactor_.now(), options_.idle);
    if (limit <= reactor_.now()) co_return Happening::idle;
    co_await reactor_.sleep_until(limit);
  }
}

Task<Relay::Happening> Relay::until_drained(TimePoint peer_ended) {
  for (;;) {
    // The silence only counts while nothing is on its way to the peer.
    co_await up_->flow.settled.wait();
    const TimePoint silent_since = std::max(peer_ended, up_->flow.last_activity);
    const TimePoint limit = saturating_add(silent_since, options_.drain);
    if (limit <= reactor_.now()) co_return Happening::drained;
    co_await reactor_.sleep_until(limit);
  }
}

Task<Relay::Happening> Relay::until_cut() {
  co_await peer_.gone().wait();
  // What is on its way meets the failure itself.
  co_await up_->flow.settled.wait();
  lost_ = peer_.take_error();
  if (!lost_) co_await reactor_.sleep(forever);
  co_return Happening::cut;
}

Task<Relay::Happening> Relay::until_over() {
  co_await options_.over->wait();
  co_return Happening::over;
}

RelayEnd Relay::on_over() {
  if (lost_) return peer_failure(lost_);
  if (up_open_ && options_.shutdown_at_end) told_end_ = !peer_.finish();
  return {EndReason::quit, {}, {}};
}

Task<Relay::Happening> Relay::until_far_cut() {
  co_await options_.far->gone().wait();
  co_await down_.flow.settled.wait();
  far_lost_ = options_.far->take_error();
  if (!far_lost_) co_await reactor_.sleep(forever);
  co_return Happening::far_cut;
}

RelayEnd Relay::far_failure() const {
  return lost_ ? peer_failure(lost_) : RelayEnd{EndReason::local_error, far_lost_, {}};
}

std::optional<RelayEnd> Relay::on_up_end() {
  up_open_ = false;
  const Flow& flow = up_->flow;
  if (flow.read_error) return RelayEnd{EndReason::local_error, flow.read_error, {}};
  if (flow.write_error) {
    // The peer takes no more, but what it had sent is still to be read.
    lost_ = flow.write_error;
    if (options_.peer_lost) options_.peer_lost();
    RelayEnd end = peer_failure(lost_);
    // Where there is no end to wait for (datagrams), this is it.
    if (!down_open_ || !peer_.has_end() || end.reason == EndReason::local_error) return end;
    return std::nullopt;
  }
  if (far_lost_) return far_failure();
  if (flow.read == 0 && options_.silent_input_stays_open) return std::nullopt;
  input_ended_ = true;
  if (options_.shutdown_at_end) {
    // A connection that is gone already (ENOTCONN) says so to the reading side.
    told_end_ = !peer_.finish();
  }
  return std::nullopt;
}

std::optional<RelayEnd> Relay::on_down_end() {
  down_open_ = false;
  const Flow& flow = down_.flow;
  if (flow.write_error) {
    far_lost_ = flow.write_error;
    if (options_.far != nullptr && options_.far->has_end() && up_open_) return std::nullopt;
    return RelayEnd{EndReason::local_error, far_lost_, {}};
  }
  // The kernel tells the reason once, to whichever direction asks first; the other one gets EPIPE.
  if (flow.read_error) return peer_failure(flow.read_error);
  if (lost_) return peer_failure(lost_);
  peer_ended_first_ = !input_ended_;
  if (options_.peer_ended) options_.peer_ended();
  return std::nullopt;
}

Task<RelayEnd> Relay::run() {
  if (options_.shutdown_at_begin) told_end_ = !peer_.finish();
  Group<Happening> running(reactor_);
  running.add(pump(down_, Happening::down_ended));
  if (up_ != nullptr) running.add(pump(*up_, Happening::up_ended));
  if (options_.idle != forever) running.add(until_idle());
  if (options_.first_reply != forever) running.add(after(options_.first_reply, Happening::no_reply));
  if (options_.over != nullptr) running.add(until_over());
  while (up_open_ || down_open_) {
    const Happening happening = co_await running.next();
    std::optional<RelayEnd> end;
    switch (happening) {
      case Happening::up_ended:
        end = on_up_end();
        if (!end && input_ended_ && options_.quit_after) {
          running.add(after(*options_.quit_after, Happening::quit));
        }
        if (!end && down_open_ && options_.far != nullptr) running.add(until_far_cut());
        break;
      case Happening::down_ended:
        end = on_down_end();
        if (!end && up_open_) {
          running.add(until_drained(reactor_.now()));
          running.add(until_cut());
        }
        break;
      case Happening::drained:
        end = RelayEnd{EndReason::drained, {}, {}};
        break;
      case Happening::idle:
        end = RelayEnd{EndReason::idle_timeout, {}, {}};
        break;
      case Happening::no_reply:
        if (down_.flow.messages == 0) end = RelayEnd{EndReason::idle_timeout, errno_code(ETIMEDOUT), {}};
        break;
      case Happening::quit:
        end = RelayEnd{EndReason::quit, {}, {}};
        break;
      case Happening::cut:
        end = peer_failure(lost_);
        break;
      case Happening::over:
        end = on_over();
        break;
      case Happening::far_cut:
        end = far_failure();
        break;
    }
    if (end) co_return *end;
  }
  co_return RelayEnd{peer_ended_first_ ? EndReason::peer_closed : EndReason::eof, {}, {}};
}

}  // namespace net
