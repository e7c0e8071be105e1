#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "net/probe/udp_host.hh"

/// A host on the other side of a simulated network, and time that passes only when nothing else can happen.
namespace net {

/// Who sends ICMP messages: `burst` at once, then one each `interval`, as inet_peer_xrlim_allow() of Linux
/// has it.
class IcmpSender {
 public:
  IcmpSender(const std::string& address, int burst, Duration interval)
      : address_(*Endpoint::parse_ip(address, 0)), burst_(burst), interval_(interval), tokens_(burst) {}

  [[nodiscard]] bool may_send(TimePoint now) {
    if (interval_ == Duration::zero()) return true;
    const double more = std::chrono::duration<double>(now - last_) / std::chrono::duration<double>(interval_);
    tokens_ = std::min<double>(burst_, tokens_ + more);
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  [[nodiscard]] const Endpoint& address() const { return address_; }

 private:
  Endpoint address_;
  double burst_;
  Duration interval_;
  double tokens_;
  TimePoint last_{};
};

struct UdpTarget {
  using Ports = std::set<std::uint16_t>;
  static Ports ports(int first, int last) {
    Ports all;
    for (int port = first; port <= last; ++port) all.insert(static_cast<std::uint16_t>(port));
    return all;
  }

  Ports open{};
  Ports closed{};
  Ports prohibited{};             ///< by the router
  std::uint8_t prohibition = 13;  ///< its ICMP code
  bool unreachable = false;       ///< as the router says of everything
  IcmpSender self{"192.0.2.1", 6, std::chrono::seconds(1)};
  IcmpSender router{"198.51.100.1", 6, std::chrono::seconds(1)};
  Duration round_trip = std::chrono::milliseconds(2);
  double loss = 0;
  TimePoint dies = TimePoint::max();
};

class UdpSimulation {
 public:
  UdpSimulation(UdpTarget target, Duration timeout)
      : target_(std::move(target)),
        host_(std::make_shared<const ScanHost>(ScanHost{"target", *Endpoint::parse_ip("192.0.2.1", 0)}),
              {.timeout = timeout, .reasons = true}) {}

  /// Asks all of these ports until they are decided; `gap` lies between two datagrams, as a rate has it.
  void run(const UdpTarget::Ports& ports, Duration gap = {}) {
    gap_ = gap;
    std::uint64_t ticket = 0;
    for (const std::uint16_t port : ports) {
      tickets_[ticket] = port;
      UdpHost::Probe probe{};
      EXPECT_TRUE(host_.ask(port, ticket++, now_, probe));
      send(probe);
    }
    while (host_.undecided() > 0 && now_ < began_ + std::chrono::hours(10)) step();
    take();
  }

  struct Seen {
    PortState state;
    std::optional<Error> error;
  };
  std::map<std::uint16_t, Seen> seen{};
  std::size_t sent = 0;

  [[nodiscard]] std::size_t count(PortState state) const {
    std::size_t sum = 0;
    for (const auto& [port, one] : seen) sum += one.state == state ? 1 : 0;
    return sum;
  }
  [[nodiscard]] double seconds() const { return to_ms(now_ - began_) / 1000; }
  [[nodiscard]] UdpHost& host() { return host_; }

 private:
  struct Arrival {
    std::uint16_t port;
    std::optional<IcmpReport> icmp;
  };

  void step() {
    take();
    if (const auto probe = host_.next(now_, 100000)) return send(*probe);
    const TimePoint when = host_.deadline();
    if (!arrivals_.empty() && arrivals_.begin()->first <= when) {
      auto arrival = arrivals_.extract(arrivals_.begin());
      now_ = std::max(now_, arrival.key());
      if (arrival.mapped().icmp) return host_.heard_icmp(*arrival.mapped().icmp, now_);
      return host_.heard(arrival.mapped().port, now_);
    }
    if (when == TimePoint::max()) throw std::logic_error("it waits for nothing");
    now_ = std::max(now_, when);
    host_.tick(now_);
  }

  void send(const UdpHost::Probe& probe) {
    ++sent;
    now_ += gap_ + std::chrono::microseconds(20);
    if (is_lost() || now_ >= target_.dies) return;
    if (target_.unreachable) return icmp(probe, target_.router, EHOSTUNREACH, 1);
    if (target_.prohibited.contains(probe.port))
      return icmp(probe, target_.router, EHOSTUNREACH, target_.prohibition);
    if (target_.closed.contains(probe.port)) return icmp(probe, target_.self, ECONNREFUSED, 3);
    if (target_.open.contains(probe.port)) arrive({probe.port, std::nullopt});
  }

  void icmp(const UdpHost::Probe& probe, IcmpSender& sender, int error, std::uint8_t code) {
    if (!sender.may_send(now_ + target_.round_trip / 2)) return;
    IcmpReport report{errno_code(error), sender.address(), 3, code};
    report.destination = host_.address().with_port(probe.port);
    report.quoted.assign(probe.bytes.begin(), probe.bytes.end());
    arrive({probe.port, report});
  }

  void arrive(Arrival arrival) {
    if (!is_lost()) arrivals_.emplace(now_ + target_.round_trip, std::move(arrival));
  }
  bool is_lost() { return std::uniform_real_distribution<>()(random_) < target_.loss; }

  void take() {
    for (auto& verdict : host_.take_verdicts())
      seen.insert_or_assign(tickets_.at(verdict.ticket), Seen{verdict.state, std::move(verdict.error)});
  }

  UdpTarget target_;
  UdpHost host_;
  TimePoint began_{std::chrono::seconds(1000)};
  TimePoint now_ = began_;
  Duration gap_{};
  std::multimap<TimePoint, Arrival> arrivals_{};
  std::map<std::uint64_t, std::uint16_t> tickets_{};
  std::mt19937 random_{7};  // NOLINT: the same each time
};

}  // namespace net
