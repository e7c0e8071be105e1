#include <algorithm>

#include "net/probe/scan_udp.hh"

namespace net {
namespace {

// Between so many arrivals everything else has its turn, whoever floods us.
constexpr std::size_t most_heard = 256;
constexpr std::uint16_t tftp = 69;

}  // namespace

std::string UdpScan::key_of(const Endpoint& address) {
  const auto bytes = address.address_bytes();
  std::string key(bytes.begin(), bytes.end());
  if (address.scope() != 0) key += std::to_string(address.scope());
  return key;
}

bool UdpScan::hear_all() {
  for (std::size_t heard = 0; heard < most_heard; ++heard) {
    const auto arrival = channel_.take();
    if (!arrival) return false;
    hear(*arrival);
  }
  return true;
}

void UdpScan::hear(const UdpChannel::Arrival& arrival) {
  const Endpoint& about = arrival.icmp ? arrival.icmp->destination : arrival.source;
  const auto [first, last] = by_address_.equal_range(key_of(about));
  std::vector<Number> hosts;
  std::for_each(first, last, [&](const auto& one) { hosts.push_back(one.second); });
  for (const Number number : hosts) {
    UdpHost& host = *table_[number].host;
    if (arrival.icmp) {
      host.heard_icmp(*arrival.icmp, reactor_.now());
    } else {
      hear_from(host, arrival);
    }
    settle(number);
  }
}

void UdpScan::hear_from(UdpHost& host, const UdpChannel::Arrival& arrival) const {
  const TimePoint now = reactor_.now();
  const std::uint16_t port = arrival.source.port();
  if (host.asks(port)) return host.heard(port, now);
  if (udp_answers_elsewhere(tftp, arrival.message)) host.heard(tftp, now);
}

bool UdpScan::is_own(const Endpoint& address) const {
  const Endpoint local = channel_.local(address.family());
  if (address.port() != local.port()) return false;
  if (!local.is_any()) return std::ranges::equal(address.address_bytes(), local.address_bytes());
  // Bound to all addresses, the port is ours on each that this host has.
  const auto socket = Socket::open(address.family(), SOCK_DGRAM);
  return socket && socket->bind(address.with_port(0));
}

}  // namespace net
