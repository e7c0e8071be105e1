#include "net/probe/udp_host.hh"

#include <algorithm>
#include <utility>

#include "net/probe/scan_verdict.hh"
#include "net/sock/socket.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr Transport udp{.type = SOCK_DGRAM};
// Silence counts after so many questions.
constexpr std::uint8_t least_tries = 3;
// One datagram may be lost, or a message have become possible between two of them.
constexpr std::uint8_t least_shown = 2;
// A message becomes possible between two probes so near, in parts of its interval, hardly ever.
constexpr int nearness = 50;
// More at a time would not be near.
constexpr std::size_t most_members = 256;
// Who was asked so often will never be proved.
constexpr std::uint8_t most_tries = 20;
// What falls silent within that time is asked again together.
constexpr Duration gathering = 20ms;
// How long a pilot's answer is waited for at least.
constexpr Duration least_wait = 100ms;

}  // namespace

UdpHost::UdpHost(std::shared_ptr<const ScanHost> host, const Settings& settings)
    : host_(std::move(host)),
      // A datagram to 0.0.0.0 or [::] goes to this host, and the answer comes from there.
      address_(host_->address.is_any() ? Endpoint::loopback(host_->address.family(), 0)
                                       : host_->address.unmapped().with_port(0)),
      settings_(settings) {}

bool UdpHost::ask(std::uint16_t port, Ticket ticket, TimePoint now, Probe& probe) {
  const auto [at, is_new] = ports_.try_emplace(port);
  if (!is_new) return false;
  at->second.ticket = ticket;
  at->second.question = udp_question(port);
  at->second.first = now;
  at->second.in_flight = false;
  probe = send(at, now);
  return true;
}

std::optional<UdpHost::Ticket> UdpHost::forget(std::uint16_t port) {
  const auto at = ports_.find(port);
  if (at == ports_.end()) return std::nullopt;
  const Ticket ticket = at->second.ticket;
  if (at->second.in_flight) --in_flight_;
  ports_.erase(at);
  return ticket;
}

UdpHost::Probe UdpHost::send(Ports::iterator at, TimePoint now) {
  Port& port = at->second;
  port.in_flight = true;
  ++in_flight_;
  ++port.tries;
  port.last = now;
  sent_.push_back({at->first, now});
  return {at->first, port.question.bytes};
}

std::optional<UdpHost::Probe> UdpHost::next(TimePoint now, std::size_t room) {
  if (stage_ != Stage::sending) return std::nullopt;
  if (const auto member = next_member(now, room)) return member;
  // Without room for its first port there is no round yet.
  if (members_.empty() && !silent_.empty()) return std::nullopt;
  if (const auto pilot = next_pilot(now)) return pilot;
  wait_for_round(now);
  return std::nullopt;
}

std::optional<UdpHost::Probe> UdpHost::next_member(TimePoint now, std::size_t room) {
  while (room > 0 && members_.size() < round_limit_ && !silent_.empty()) {
    const auto at = ports_.find(silent_.front());
    silent_.pop_front();
    if (at == ports_.end() || at->second.in_flight) continue;
    at->second.round = round_;
    at->second.member = members_.size();
    if (members_.empty()) round_began_ = now;
    members_.push_back({at->first, now});
    return send(at, now);
  }
  return std::nullopt;
}

std::optional<UdpHost::Probe> UdpHost::next_pilot(TimePoint now) {
  if (members_.empty()) return std::nullopt;
  for (Pilot& pilot : pilots_) {
    if (pilot.round == round_ || pilot.dead) continue;
    pilot.round = round_;
    pilot.sent = now;
    pilot.answered = false;
    pilot.token = udp_token();
    return Probe{pilot.port, pilot.token};
  }
  return std::nullopt;
}

void UdpHost::begin_round() {
  while (!silent_.empty() && !ports_.contains(silent_.front())) silent_.pop_front();
  if (silent_.empty()) return;
  stage_ = Stage::sending;
  ++round_;
  round_limit_ = std::min({group(), silent_.size(), pilots_.empty() ? SIZE_MAX : most_members});
  members_.clear();
}

void UdpHost::wait_for_round(TimePoint now) {
  next_round_ = now + gathering;
  const bool piloted =
      std::ranges::any_of(pilots_, [this](const Pilot& pilot) { return pilot.round == round_; });
  stage_ = piloted ? Stage::waiting : Stage::idle;
  round_end_ = now + std::min(settings_.timeout, std::max<Duration>(least_wait, 4 * slowest_));
}

TimePoint UdpHost::deadline() const {
  TimePoint when = TimePoint::max();
  if (!sent_.empty()) when = saturating_add(sent_.front().when, settings_.timeout);
  if (stage_ == Stage::waiting) when = std::min(when, round_end_);
  if (stage_ == Stage::idle && !silent_.empty()) when = std::min(when, next_round_);
  return when;
}

void UdpHost::tick(TimePoint now) {
  expire(now);
  if (stage_ == Stage::waiting && now >= round_end_) end_round(now);
  if (stage_ == Stage::idle && !silent_.empty() && now >= next_round_) begin_round();
}

void UdpHost::expire(TimePoint now) {
  while (!sent_.empty() && saturating_add(sent_.front().when, settings_.timeout) <= now) {
    const Sent sent = sent_.front();
    sent_.pop_front();
    const auto at = ports_.find(sent.port);
    if (at == ports_.end() || at->second.last != sent.when) continue;
    at->second.in_flight = false;
    --in_flight_;
    settle(at, now);
    if (!ports_.contains(sent.port)) continue;
    if (silent_.empty()) next_round_ = std::max(next_round_, now + gathering);
    silent_.push_back(sent.port);
  }
}

bool UdpHost::all_pilots_answered() const {
  return std::ranges::all_of(pilots_,
                             [this](const Pilot& pilot) { return pilot.round != round_ || pilot.answered; });
}

void UdpHost::show(std::size_t number, const std::vector<Member>& members) {
  const Pilot& pilot = pilots_[number];
  const auto last = std::find_if(members.rbegin(), members.rend(), [&](const Member& member) {
    return pilot.answered || member.answered == number + 1;
  });
  if (last == members.rend()) return;
  const TimePoint answered = pilot.answered ? pilot.sent : last->sent;
  const Duration interval = pilot.rate.interval();
  TimePoint used = message_used_;
  for (auto member = members.begin(); member != last.base(); ++member) {
    // Between two that are far apart a message may have become possible, unless it had been before.
    const bool near =
        answered - member->sent <= interval / nearness || member->sent - used >= interval / 4 * 5;
    if (member->answered != 0) used = std::max(used, member->sent);
    const auto at = ports_.find(member->port);
    if (near && at != ports_.end() && at->second.round == round_) ++at->second.shown[number];
  }
}

void UdpHost::note_messages(const std::vector<Member>& members) {
  for (const Member& member : members) {
    if (member.answered != 0) message_used_ = std::max(message_used_, member.sent);
  }
  for (const Pilot& pilot : pilots_) {
    if (pilot.round == round_ && pilot.answered) message_used_ = std::max(message_used_, pilot.sent);
  }
}

void UdpHost::end_round(TimePoint now) {
  const std::vector<Member> members = std::exchange(members_, {});
  stage_ = Stage::idle;
  next_round_ = now + gathering;
  std::optional<Duration> interval;
  TimePoint last_sent{};
  for (std::size_t i = 0; i < pilots_.size(); ++i) {
    Pilot& pilot = pilots_[i];
    if (pilot.round != round_) continue;
    last_sent = std::max(last_sent, pilot.sent);
    show(i, members);
    const auto answers = std::ranges::count(members, i + 1, &Member::answered);
    pilot.rate.round_over(round_began_, static_cast<std::size_t>(answers), pilot.answered);
    if (pilot.rate.is_dead(now)) pilot.dead = left_unproved_ = true;
    if (pilot.rate.was_exhausted()) interval = std::min(interval.value_or(forever), pilot.rate.interval());
  }
  note_messages(members);
  if (interval) next_round_ = std::max(now, round_began_ + *interval);
  // Sent so slowly (by a rate), ports are shown silent only where a message was possible from the first on.
  const bool slow = last_sent - round_began_ > interval.value_or(1s) / nearness;
  if (slow) next_round_ = std::max(next_round_, message_used_ + interval.value_or(1s) * 3 / 2);
  for (const Member& member : members) {
    if (const auto at = ports_.find(member.port); at != ports_.end()) settle(at, now);
  }
}

bool UdpHost::is_shown(const Port& port) const {
  for (std::size_t i = 0; i < pilots_.size(); ++i) {
    if (!pilots_[i].dead && port.shown[i] < least_shown) return false;
  }
  return true;
}

std::size_t UdpHost::group() const {
  std::size_t least = SIZE_MAX;
  for (const Pilot& pilot : pilots_) {
    if (!pilot.dead) least = std::min(least, pilot.rate.group());
  }
  return least;
}

bool UdpHost::is_limited() const {
  return std::ranges::any_of(pilots_, [](const Pilot& pilot) { return pilot.rate.was_exhausted(); });
}

std::size_t UdpHost::pressing() const {
  return in_flight_ + (is_limited() ? 0 : silent_.size());
}

std::optional<Duration> UdpHost::icmp_interval() const {
  std::optional<Duration> slowest;
  for (const Pilot& pilot : pilots_) {
    if (pilot.rate.is_limited()) slowest = std::max(slowest.value_or(Duration()), pilot.rate.interval());
  }
  return slowest;
}

void UdpHost::settle(Ports::iterator at, TimePoint now) {
  const Port& port = at->second;
  if (port.in_flight || port.tries < least_tries) return;
  if (is_shown(port)) return silent(at, now);
  if (port.tries < most_tries) return;
  left_unproved_ = true;
  silent(at, now);
}

void UdpHost::silent(Ports::iterator at, TimePoint now) {
  if (unreachable_) {
    IcmpReport report = *unreachable_;
    report.destination = address_.with_port(at->first);
    return decide_by(report, at, now);
  }
  std::optional<Error> error;
  if (settings_.reasons) error = silence_error(address_.with_port(at->first), udp, now - at->second.first);
  decide(at, PortState::open_filtered, now, std::move(error));
}

void UdpHost::decide(Ports::iterator at, PortState state, TimePoint now, std::optional<Error> error) {
  const Port& port = at->second;
  const bool silent = state == PortState::filtered && error && error->blame != Blame::remote;
  if (!settings_.reasons) error.reset();
  verdicts_.push_back({port.ticket, state, now - port.first, silent, std::move(error)});
  if (port.in_flight) --in_flight_;
  ports_.erase(at);
}

void UdpHost::give_up(TimePoint now) {
  // One that sends ICMP messages may owe them some yet.
  if (!ports_.empty() && !pilots_.empty()) left_unproved_ = true;
  while (!ports_.empty()) silent(ports_.begin(), now);
  stage_ = Stage::idle;
}

}  // namespace net
