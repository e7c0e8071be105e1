#include "net/probe/ping.hh"

#include <utility>

#include "net/dial/addresses.hh"
#include "net/probe/port_probe.hh"

namespace net {
namespace {

// A delay up to this is made up for.
constexpr Duration patience = std::chrono::seconds(1);

}  // namespace

Ping::Ping(Reactor& reactor, PingOptions options, Listener listener)
    : reactor_(reactor),
      options_(std::move(options)),
      listener_(std::move(listener)),
      address_(options_.path),
      due_(reactor.now()),
      running_(reactor) {}

bool Ping::more_to_begin() const {
  return !options_.count || begun_ < *options_.count;
}

void Ping::begin_due() {
  const bool one_by_one = options_.interval == Duration::zero();
  const std::size_t room = one_by_one ? 1 : most_in_flight;
  while (more_to_begin() && !seeking_ && in_flight_ < room && due_ <= reactor_.now()) {
    const bool again = options_.resolve_every && begun_ % *options_.resolve_every == 0;
    ++in_flight_;
    ++begun_;
    seeking_ = !address_;
    if (reactor_.now() - due_ > patience) due_ = reactor_.now();
    due_ = saturating_add(due_, options_.interval);
    running_.add(address_ ? probe(begun_, again && !options_.path) : first_probe(begun_));
  }
  // With no room, or no address, the end of what is under way is what to wait for.
  if (waiting_ || !more_to_begin() || seeking_ || in_flight_ >= room) return;
  waiting_ = true;
  running_.add(wait_until_due());
}

Task<Ping::Step> Ping::wait_until_due() {
  co_await reactor_.sleep_until(due_);
  waiting_ = false;
  co_return std::nullopt;
}

Task<std::optional<Probe>> Ping::next() {
  for (;;) {
    begin_due();
    if (running_.empty()) co_return std::nullopt;
    Step step = co_await running_.next();
    if (step) {
      --in_flight_;
      co_return step;
    }
  }
}

Task<std::optional<Error>> Ping::find_address() {
  const TimePoint limit = saturating_add(reactor_.now(), options_.timeout);
  auto found = co_await find_addresses_by(reactor_, limit, options_.host, options_.port, options_.dial,
                                          listener_.resolved);
  if (!found) co_return found.error();
  address_ = found->front();
  co_return std::nullopt;
}

Task<Ping::Step> Ping::first_probe(std::uint64_t sequence) {
  Probe failed;
  failed.sequence = sequence;
  failed.attempt.began = reactor_.now();
  failed.attempt.error = co_await find_address();
  failed.attempt.time = reactor_.now() - failed.attempt.began;
  seeking_ = false;
  if (failed.attempt.error) co_return failed;
  // The time that the name took is no part of the schedule.
  due_ = saturating_add(reactor_.now(), options_.interval);
  running_.add(probe(sequence, false));
  co_return std::nullopt;
}

Task<Ping::Step> Ping::probe(std::uint64_t sequence, bool look_up) {
  Probe probe;
  probe.sequence = sequence;
  if (look_up) {
    const std::optional<Error> failed = co_await find_address();
    if (failed) listener_.look_up_failed(*failed, *address_);
  }
  probe.attempt = co_await probe_port(reactor_, options_.dial, *address_, options_.timeout,
                                      static_cast<std::uint32_t>(sequence));
  co_return probe;
}

}  // namespace net
