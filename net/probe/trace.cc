#include "net/probe/trace.hh"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "net/probe/port_probe.hh"
#include "net/probe/scan_verdict.hh"
#include "net/sock/icmp_meaning.hh"

namespace net {
namespace {

constexpr unsigned tries_of_a_hop = 3;
/// So many silent hops in a row are hardly followed by another that answers.
constexpr std::size_t hopeless = 6;
/// Answers that were sent at one time may arrive a little apart, and in any order.
constexpr Duration disorder = std::chrono::milliseconds(20);
/// A router that says one "no" a second has more than one to give again after so long. (Linux charges some of
/// them twice, so that a question a second is never answered.)
constexpr Duration recovery = std::chrono::seconds(3);
/// A router asks for a host for three seconds before it says that it is not there.
constexpr Duration neighbour_patience = std::chrono::milliseconds(3500);

void add_option(DialOptions& dial, const std::string& name, unsigned value) {
  if (auto setting = parse_option(name + "=" + std::to_string(value))) dial.options.push_back(*setting);
}

DialOptions with_ttl(DialOptions dial, int family, unsigned ttl) {
  add_option(dial, family == AF_INET ? "IP_TTL" : "IPV6_UNICAST_HOPS", ttl);
  if (dial.transport.type != SOCK_STREAM) return dial;
  // A client that "defers accepting" holds back the third packet of the handshake for 200 ms, in the hope
  // that it can carry data: long enough to close by a reset instead. The server never has a connection.
  add_option(dial, "TCP_DEFER_ACCEPT", 1);
  add_option(dial, "SO_LINGER", 0);
  // The kernel's own repetitions add nothing to ours, but with one it would give up after three seconds: just
  // before a router says that a host is not there.
  if (!asks_for(dial.options, "TCP_SYNCNT")) add_option(dial, "TCP_SYNCNT", 2);
  return dial;
}

bool is_kernels_silence(const Attempt& attempt) {
  return attempt.error && !attempt.icmp && attempt.error->code.value() == ETIMEDOUT;
}

/// True when somebody on the way said no: what every TTL that gets there is told.
bool is_no_of_a_router(const Hop& hop) {
  return hop.state == PortState::filtered && hop.icmp.has_value();
}

}  // namespace

Hop hop_of(unsigned ttl, const Attempt& attempt) {
  Hop hop;
  hop.ttl = ttl;
  hop.time = attempt.time;
  hop.icmp = attempt.icmp;
  if (!attempt.icmp) {
    hop.address = attempt.address;
    // A reset is a refusal only before there was a connection.
    const bool refused = attempt.error && attempt.error->code.value() == ECONNREFUSED;
    hop.state = refused ? PortState::closed : PortState::open;
    return hop;
  }
  hop.address = attempt.icmp->offender;
  if (is_time_exceeded(*attempt.icmp)) return hop;
  hop.state = is_own_refusal(*attempt.icmp, attempt.address) ? PortState::closed : PortState::filtered;
  return hop;
}

Trace::Trace(Reactor& reactor, TraceOptions options, Endpoint target)
    : reactor_(reactor),
      options_(std::move(options)),
      target_(target),
      one_socket_(options_.dial.source_port != 0),
      last_(options_.max_hops),
      news_(reactor) {
  if (one_socket_) window_ = 1;
}

Task<Result<std::optional<Hop>>> Trace::next() {
  for (;;) {
    news_.reset();
    look_again_ = TimePoint::max();
    cut();
    start_more();
    if (failure_) co_return std::unexpected(*failure_->error);
    std::optional<Hop> hop = take();
    if (hop || told_ == last_) co_return hop;
    co_await wait_until(reactor_, news_, look_again_);
  }
}

/// A router that forwards to nobody says so to every TTL that gets past it, and maybe only to a large one
/// (routers limit what they say): it is for the hop behind that router.
void Trace::settle(const Distance& last) {
  if (!is_no_of_a_router(last.hop)) return;
  for (std::size_t index = last.hop.ttl - 1; index-- > 0;) {
    const Hop& before = distances_[index].hop;
    if (distances_[index].stage != Stage::known) continue;
    Distance& behind = distances_[index + 1];
    if (before.address->address_text() == last.hop.address->address_text() && &behind != &last &&
        index + 1 >= told_) {
      behind.hop = last.hop;
      behind.hop.ttl = before.ttl + 1;
      behind.stage = Stage::known;
      behind.since = last.since;
    }
    return;
  }
}

/// Nothing behind the lowest final answer matters, and no other answer of a hop that is known.
void Trace::cut() {
  const auto last = std::ranges::find_if(distances_, [](const Distance& distance) {
    return distance.stage == Stage::known && distance.hop.state;
  });
  if (last != distances_.end()) settle(*last);
  for (Distance& distance : distances_) {
    if (distance.stage != Stage::known) continue;
    distance.tries.reset();
    if (!distance.hop.state) continue;
    last_ = std::min<std::size_t>(last_, distance.hop.ttl);
  }
  while (distances_.size() > last_) distances_.pop_back();
}

std::size_t Trace::in_flight() const {
  return static_cast<std::size_t>(std::ranges::count(distances_, Stage::asking, &Distance::stage));
}

void Trace::start_more() {
  while (!failure_ && distances_.size() < last_ && in_flight() < window_) {
    const auto ttl = static_cast<unsigned>(distances_.size() + 1);
    Distance& distance = distances_.emplace_back(reactor_);
    distance.options = with_ttl(options_.dial, target_.family(), ttl);
    distance.hop.ttl = ttl;
    distance.task.emplace(ask(distance));
    distance.task->start();
  }
}

/// Silent hops behind the last one that answered make the next ones unlikely to.
unsigned Trace::tries_due() const {
  std::size_t silent = 0;
  for (const Distance& distance : distances_) {
    if (distance.stage == Stage::known) silent = 0;
    if (distance.stage == Stage::silent) ++silent;
  }
  return silent >= hopeless ? 1 : tries_of_a_hop;
}

Task<> Trace::ask(Distance& distance) {
  for (unsigned count = 0; count < tries_due();) {
    if (one_socket_ || distance.spoilt || !distance.tries) distance.tries.emplace(reactor_);
    distance.spoilt = false;
    distance.tries->add(try_once(distance));
    co_await wait_until(reactor_, distance.answered, saturating_add(reactor_.now(), options_.wait));
    if (distance.stage == Stage::known || failure_) co_return;
    distance.answered.reset();
    if (!distance.spoilt) ++count;
  }
  // The sockets stay: an answer may come late. A router needs three seconds to find out that a neighbour is
  // not there.
  if (one_socket_) distance.tries.reset();
  distance.stage = Stage::silent;
  news_.set();
}

/// Once more and with nothing else under way, for our own questions may have used up what a router says.
Task<> Trace::ask_alone(Distance& distance) {
  for (Distance& other : distances_) other.tries.reset();
  distance.answered.reset();
  co_await wait_until(reactor_, distance.answered, saturating_add(reactor_.now(), recovery));
  distance.tries.emplace(reactor_);
  distance.tries->add(try_once(distance));
  const Duration patience = std::max(options_.wait, neighbour_patience);
  co_await wait_until(reactor_, distance.answered, saturating_add(reactor_.now(), patience));
  if (distance.stage == Stage::known || failure_) co_return;
  distance.tries.reset();
  distance.stage = Stage::silent;
  news_.set();
}

Task<Attempt> Trace::probe(const DialOptions& options) {
  const Held held(sockets_);
  co_return co_await probe_port(reactor_, options, target_, forever);
}

Task<> Trace::try_once(Distance& distance) {
  Attempt attempt = co_await probe(distance.options);
  // This host has the word of a router for it.
  if (attempt.error && attempt.error->code.value() == EMSGSIZE && !attempt.icmp && too_big_) {
    attempt.error->blame = Blame::remote;
    attempt.icmp = too_big_;
  }
  if (is_kernels_silence(attempt)) co_return;
  if (attempt.error && is_shortage(attempt.error->code) && sockets_ > 0) {
    distance.spoilt = true;
    window_ = std::max<std::size_t>(1, window_ - 1);
    drop_silent_sockets();
    co_return;
  }
  distance.answered.set();
  if (learn_path_mtu(distance, attempt)) co_return;
  if (attempt.error && attempt.error->blame != Blame::remote) {
    failure_ = attempt;
  } else {
    const auto too_big = std::exchange(distance.hop, hop_of(distance.hop.ttl, attempt)).too_big;
    // Of the last hop it is the answer itself.
    if (!distance.hop.icmp || !is_too_big(*distance.hop.icmp)) distance.hop.too_big = too_big;
    distance.stage = Stage::known;
    distance.since = reactor_.now();
  }
  news_.set();
}

/// True when the probe was too big for a link on its way, for the first time: the kernel knows better now,
/// and the next one goes in pieces, unless a socket option forbids that.
bool Trace::learn_path_mtu(Distance& distance, const Attempt& attempt) {
  if (!attempt.icmp || !is_too_big(*attempt.icmp) || distance.hop.too_big) return false;
  too_big_ = distance.hop.too_big = attempt.icmp;
  distance.spoilt = true;
  return true;
}

void Trace::drop_silent_sockets() {
  for (Distance& distance : distances_) {
    if (distance.stage == Stage::silent) distance.tries.reset();
  }
}

std::optional<Hop> Trace::take() {
  if (told_ == distances_.size()) return std::nullopt;
  Distance& distance = distances_[told_];
  if (distance.stage == Stage::asking) return std::nullopt;
  if (distance.stage == Stage::silent) return take_silent(distance);
  Hop hop = distance.hop;
  for (std::size_t earlier = 0; hop.too_big && earlier < told_; ++earlier) {
    const auto& told = distances_[earlier].hop.too_big;
    if (told && told->offender == hop.too_big->offender) hop.too_big.reset();
  }
  ++told_;
  return hop;
}

/// A silent hop is one if another behind it answers; else it may be the first of those that nobody answers
/// for, and all of them are told as one. Where it matters it is asked a last time before.
std::optional<Hop> Trace::take_silent(Distance& distance) {
  Hop hop;
  hop.ttl = distance.hop.ttl;
  const auto behind = std::find_if(distances_.begin() + static_cast<std::ptrdiff_t>(told_), distances_.end(),
                                   [](const Distance& other) { return other.stage == Stage::known; });
  const bool doubtful = behind == distances_.end() || is_no_of_a_router(behind->hop);
  if (doubtful && !asked_alone_) {
    if (in_flight() > 0 || distances_.size() < last_) return std::nullopt;
    asked_alone_ = true;
    distance.stage = Stage::asking;
    distance.task.emplace(ask_alone(distance));
    distance.task->start();
    return std::nullopt;
  }
  if (behind != distances_.end()) {
    look_again_ = saturating_add(behind->since, disorder);
    if (reactor_.now() < look_again_) return std::nullopt;
    ++told_;
    return hop;
  }
  if (in_flight() > 0 || distances_.size() < last_) return std::nullopt;
  hop.state = options_.dial.transport.type == SOCK_STREAM ? PortState::filtered : PortState::open_filtered;
  told_ = last_;
  return hop;
}

}  // namespace net
