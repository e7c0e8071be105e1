#include <algorithm>
#include <utility>

#include "net/probe/udp_host.hh"
#include "net/sock/icmp_meaning.hh"
#include "net/sock/socket.hh"
#include "net/sock/udp_channel.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

// For packets that overtake each other.
constexpr Duration least_grace = 5ms;

/// Whether the message repeats the beginning of what was sent, as far as it repeats anything. Behind that
/// there may be padding (RFC 4884).
bool repeats(const IcmpReport& report, ByteView sent) {
  const std::size_t size = std::min(report.quoted.size(), sent.size());
  return std::equal(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(size), report.quoted.begin());
}

bool is_from(const IcmpReport& report, const Endpoint& address) {
  return std::ranges::equal(report.offender.address_bytes(), address.address_bytes());
}

}  // namespace

void UdpHost::heard(std::uint16_t port, TimePoint now) {
  target_spoke_ = true;
  unreachable_.reset();
  if (const auto at = ports_.find(port); at != ports_.end()) decide(at, PortState::open, now);
}

void UdpHost::heard_myself(std::uint16_t port, TimePoint now) {
  if (const auto at = ports_.find(port); at != ports_.end()) decide(at, PortState::closed, now);
}

void UdpHost::heard_icmp(const IcmpReport& report, TimePoint now) {
  // The next try goes in fragments.
  if (is_too_big(report)) return;
  if (pilot_answered(report, now)) return;
  const auto at = ports_.find(report.destination.port());
  if (at == ports_.end() || !repeats(report, at->second.question.bytes)) return;
  slowest_ = std::clamp<Duration>(now - at->second.last, slowest_, settings_.timeout);
  const bool own = is_from(report, address_);
  if (own) {
    target_spoke_ = true;
    unreachable_.reset();
  }
  if (concerns_whole_host(report)) {
    unreachable_ = report;
  } else {
    note_sender(report, at->second, now);
  }
  decide_by(report, at, now);
}

void UdpHost::decide_by(const IcmpReport& report, Ports::iterator at, TimePoint now) {
  const bool closed = is_port_unreachable(report) && is_from(report, address_);
  std::optional<Error> error;
  if (!closed || settings_.reasons) error = error_of(report);
  decide(at, closed ? PortState::closed : PortState::filtered, now, std::move(error));
}

bool UdpHost::pilot_answered(const IcmpReport& report, TimePoint now) {
  const auto pilot = std::ranges::find_if(pilots_, [&](const Pilot& one) {
    return one.port == report.destination.port() && is_from(report, one.sender);
  });
  if (pilot == pilots_.end()) return false;
  // An answer to the pilot of an earlier round says nothing of this one.
  if (pilot->round != round_ || pilot->answered || !repeats(report, pilot->token)) return true;
  pilot->answered = true;
  pilot->rate.answered(now);
  if (stage_ == Stage::waiting && all_pilots_answered()) {
    round_end_ = std::min(round_end_, now + std::max<Duration>(slowest_ / 2, least_grace));
  }
  return true;
}

bool UdpHost::concerns_whole_host(const IcmpReport& report) const {
  return !target_spoke_ && !is_port_unreachable(report) && !is_prohibited(report);
}

void UdpHost::note_sender(const IcmpReport& report, Port& port, TimePoint now) {
  auto pilot = std::ranges::find_if(pilots_, [&](const Pilot& one) { return is_from(report, one.sender); });
  if (pilot == pilots_.end()) {
    if (pilots_.size() == most_pilots) return;
    pilots_.push_back({report.offender.with_port(0), report.destination.port()});
    pilot = std::prev(pilots_.end());
  }
  pilot->rate.answered(now);
  if (stage_ == Stage::idle || port.round != round_ || port.member >= members_.size()) {
    message_used_ = std::max(message_used_, port.last);
    return;
  }
  members_[port.member].answered = static_cast<std::size_t>(pilot - pilots_.begin()) + 1;
}

Error UdpHost::error_of(const IcmpReport& report) {
  constexpr Transport udp{.type = SOCK_DGRAM};
  Error error("connect", subject_text(report.destination, udp), report.code);
  if (!own_address_) own_address_ = own_address_towards(address_).value_or(Endpoint());
  blame_icmp(error, report, *own_address_);
  return error;
}

}  // namespace net
