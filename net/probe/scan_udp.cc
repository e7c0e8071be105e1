#include "net/probe/scan_udp.hh"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/loop/group.hh"
#include "net/probe/scan_verdict.hh"

namespace net {
namespace {

// Without a word from the user so many probes are out at a time: a thousand silent ports take one timeout.
constexpr std::size_t usual_most = 2048;
// Answers of a host on this machine are there at once, and wait in the socket's buffer until they are read.
constexpr std::size_t stride = 16;
// Room for the answers to a burst; the kernel cuts it to net.core.rmem_max.
constexpr int receive_buffer = 4 << 20;
// A scan that ends sooner needs no word about it.
constexpr Duration worth_telling = std::chrono::seconds(3);

DialOptions datagram_options(DialOptions options) {
  options.transport = {.type = SOCK_DGRAM};
  options.unconnected = true;
  return options;
}

Result<Socket> open_port(const DialOptions& options, int family) {
  auto socket = open_socket(options, Endpoint::any(family, 0));
  if (socket && !asks_for(options.options, "SO_RCVBUF")) {
    static_cast<void>(socket->set_int(SOL_SOCKET, SO_RCVBUF, receive_buffer, "SO_RCVBUF"));
  }
  // Who names the address of a whole network means it.
  if (socket && family == AF_INET && !asks_for(options.options, "SO_BROADCAST")) {
    static_cast<void>(socket->set_int(SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST"));
  }
  return socket;
}

/// Too long for the path, or for what memory there is at the moment.
bool is_as_good_as_lost(const Error& error) {
  return error.op == "send" && (is_shortage(error.code) || error.code == errno_code(EMSGSIZE));
}

}  // namespace

UdpScan::UdpScan(Reactor& reactor, ScanOptions options, ScanSource& source, ScanSink& sink)
    : reactor_(reactor),
      options_(std::move(options)),
      sink_(sink),
      walk_(source, options_.ports),
      order_(reactor, options_, sink),
      refusals_(walk_, sink, order_.figures()),
      pacer_(options_.rate, reactor.now()),
      ring_(reactor.now()),
      channel_(reactor,
               [dial = datagram_options(options_.dial)](int family) { return open_port(dial, family); }),
      work_(reactor),
      wants_more_(reactor) {}

Task<Result<void>> UdpScan::run() {
  Group<bool> tasks(reactor_);
  tasks.add(order_.deliver());
  tasks.add(receive());
  tasks.add(send());
  tasks.add(watch_order());
  tasks.add(feed());
  while (!co_await tasks.next()) continue;
  if (error_) co_return std::unexpected(*error_);
  co_return Result<void>();
}

Task<bool> UdpScan::feed() {
  for (;;) {
    has_more_ = walk_.peek() != nullptr;
    ended_ = !has_more_ && !co_await walk_.more();
    if (ended_) {
      leave_current();
      co_return false;
    }
    if (!has_more_) continue;
    work_.set();
    wants_more_.reset();
    co_await wants_more_.wait();
  }
}

Task<bool> UdpScan::watch_order() {
  for (;;) {
    order_.room().reset();
    co_await order_.room().wait();
    work_.set();
  }
}

Task<bool> UdpScan::receive() {
  for (;;) {
    co_await channel_.in().wait();
    // What is left over counts as new.
    if (hear_all()) channel_.in().set();
    co_await reactor_.yield();
  }
}

Task<bool> UdpScan::send() {
  while (!error_ && !is_over()) {
    work_.reset();
    watch_deadlines();
    std::size_t sent = 0;
    while (sent < stride && pacer_.allowance(reactor_.now()) > 0 && send_one()) ++sent;
    if (sent > 0) {
      if (hear_all()) channel_.in().set();
      co_await reactor_.yield();
    } else {
      co_await wait_until(reactor_, work_, wake_at());
    }
  }
  order_.end();
  co_return error_.has_value();
}

bool UdpScan::is_over() const {
  return ended_ && by_address_.empty();
}

TimePoint UdpScan::wake_at() const {
  const TimePoint now = reactor_.now();
  const bool new_ones = has_more_ && room_beside(pressing_) > 0 && !order_.full();
  const bool old_ones = !sending_.empty() && room_beside(in_flight_) > 0;
  const TimePoint allowed = new_ones || old_ones ? pacer_.next(now) : TimePoint::max();
  // Allowed already, what holds the work up will wake us.
  return std::min(ring_.earliest(), allowed > now ? allowed : TimePoint::max());
}

std::size_t UdpScan::room_beside(std::size_t count) const {
  const std::size_t most = options_.concurrency.value_or(usual_most);
  return most - std::min(most, count);
}

void UdpScan::watch_deadlines() {
  while (const auto due = ring_.next_due(reactor_.now())) {
    table_[*due].host->tick(reactor_.now());
    settle(*due);
  }
}

bool UdpScan::send_one() {
  return send_again() || send_new();
}

bool UdpScan::send_again() {
  while (!sending_.empty()) {
    const Number number = sending_.front();
    Asked& asked = table_[number];
    const auto probe = asked.host->next(reactor_.now(), room_beside(in_flight_));
    if (probe) {
      // It was asked before: this time is as good as lost, unless no socket can be had.
      const auto failed = transmit(number, *probe);
      if (failed && failed->op != "send") error_ = failed;
      if (failed) settle(number);
      return true;
    }
    // It waits for room; so would the others.
    if (asked.host->is_sending()) return false;
    sending_.pop_front();
    asked.queued = false;
    settle(number);
  }
  return false;
}

bool UdpScan::send_new() {
  if (!has_more_ || room_beside(pressing_) == 0 || order_.full()) return false;
  const ScanTarget* const target = walk_.peek();
  if (target == nullptr) {
    has_more_ = false;
    wants_more_.set();
    return false;
  }
  const ScanTarget asked = *target;
  const Number number = place_of(asked);
  UdpHost::Probe probe{};
  const ScanOrder::Ticket ticket = order_.begin(asked);
  walk_.take();
  if (!table_[number].host->ask(asked.port, ticket, reactor_.now(), probe)) {
    order_.drop(ticket);
  } else if (auto failed = transmit(number, probe)) {
    cannot_ask(number, asked, std::move(*failed));
  } else {
    refusals_.asked(asked);
  }
  return true;
}

std::optional<Error> UdpScan::transmit(Number number, const UdpHost::Probe& probe) {
  pacer_.spend(1);
  const Endpoint address = table_[number].host->address().with_port(probe.port);
  const Buffer bytes(probe.bytes.begin(), probe.bytes.end());
  auto sent = channel_.send(bytes, address);
  if (!sent && sent.error().op == "send") {
    // It may have been the errors of earlier ones, told by ICMP.
    if (hear_all()) channel_.in().set();
    sent = channel_.send(bytes, address);
  }
  if (!sent && !is_as_good_as_lost(sent.error())) return std::move(sent.error());
  ++order_.figures().sent;
  // What we send to ourselves comes back without anybody being there.
  const auto& host = table_[number].host;
  if (host && is_own(address)) host->heard_myself(probe.port, reactor_.now());
  settle(number);
  return std::nullopt;
}

void UdpScan::cannot_ask(Number number, const ScanTarget& target, Error error) {
  const bool concerns_all = error.op != "send" && error.code.value() != EAFNOSUPPORT;
  if (concerns_all) {
    error_ = std::move(error);
    return;
  }
  if (const auto ticket = table_[number].host->forget(target.port)) order_.drop(*ticket);
  error.op = "connect";
  refusals_.refused(target, error);
  settle(number);
}

UdpScan::Number UdpScan::place_of(const ScanTarget& target) {
  if (current_ && table_[*current_].as_given == target.host) return *current_;
  leave_current();
  if (free_.empty()) {
    free_.push_back(static_cast<Number>(table_.size()));
    table_.emplace_back();
  }
  const Number number = free_.back();
  free_.pop_back();
  Asked& asked = table_[number];
  asked.as_given = target.host;
  asked.host = std::make_unique<UdpHost>(
      target.host, UdpHost::Settings{.timeout = options_.timeout, .reasons = options_.all});
  by_address_.emplace(key_of(asked.host->address()), number);
  current_ = number;
  return number;
}

void UdpScan::leave_current() {
  const auto left = std::exchange(current_, std::nullopt);
  if (left) settle(*left);
  work_.set();
}

void UdpScan::settle(Number number) {
  Asked& asked = table_[number];
  if (!asked.host) return;
  UdpHost& host = *asked.host;
  for (auto& verdict : host.take_verdicts()) decide(std::move(verdict));
  in_flight_ += host.in_flight() - std::exchange(asked.in_flight, host.in_flight());
  pressing_ += host.pressing() - std::exchange(asked.pressing, host.pressing());
  if (host.left_unproved()) order_.figures().icmp_rate_limited = true;
  work_.set();
  if (host.undecided() == 0 && current_ != number) return release(number);
  tell_limit(asked);
  if (host.is_sending() && !std::exchange(asked.queued, true)) sending_.push_back(number);
  const TimePoint deadline = host.deadline();
  if (deadline == TimePoint::max()) {
    ring_.clear(number);
  } else {
    ring_.set(number, deadline);
  }
}

void UdpScan::decide(UdpHost::Verdict verdict) {
  if (verdict.silent) ++order_.figures().silent;
  order_.decide(verdict.ticket, verdict.state, verdict.time, std::move(verdict.error), {});
}

void UdpScan::tell_limit(Asked& asked) {
  const auto interval = asked.host->icmp_interval();
  const std::size_t left = asked.host->undecided();
  if (asked.limit_told || !interval || left * *interval < worth_telling) return;
  asked.limit_told = true;
  sink_.icmp_limited(*asked.as_given, *interval, left);
  order_.flush();
}

void UdpScan::release(Number number) {
  Asked& asked = table_[number];
  const auto [first, last] = by_address_.equal_range(key_of(asked.host->address()));
  by_address_.erase(std::find_if(first, last, [number](const auto& one) { return one.second == number; }));
  if (asked.queued) std::erase(sending_, number);
  ring_.clear(number);
  in_flight_ -= asked.in_flight;
  pressing_ -= asked.pressing;
  asked = {};
  free_.push_back(number);
}

void UdpScan::hand_over_rest() {
  for (Asked& asked : table_) {
    if (!asked.host) continue;
    asked.host->give_up(reactor_.now());
    for (auto& verdict : asked.host->take_verdicts()) decide(std::move(verdict));
    if (asked.host->left_unproved()) order_.figures().icmp_rate_limited = true;
  }
  order_.hand_over_rest();
}

std::unique_ptr<Scan> make_udp_scan(Reactor& reactor, ScanOptions options, ScanSource& source,
                                    ScanSink& sink) {
  return std::make_unique<UdpScan>(reactor, std::move(options), source, sink);
}

}  // namespace net
