#include "net/probe/scan_tcp.hh"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/base/descriptor_limit.hh"
#include "net/loop/group.hh"
#include "net/probe/scan_verdict.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

// Without a word from the user: so many probes that may still be answered any moment, and in all so many when
// the others wait in vain for their time to pass. Who answers at all answers within that youth.
constexpr std::size_t usual_young = 512;
constexpr std::size_t usual_most = 4096;
constexpr Duration youth = 100ms;
// For looking up names, reading files and the like while the scan has all it can get.
constexpr std::size_t spare_descriptors = 32;
// Between so many probes everything else has its turn.
constexpr std::size_t stride = 256;
constexpr std::size_t longest_banner = 256;

/// How far connect(2) got: no error when connected, EALREADY while it goes on.
std::error_code connect_code(const Socket& socket, const Endpoint& address) {
  if (::connect(socket.fd(), address.data(), address.size()) == 0 || errno == EISCONN) return {};
  return errno_code(errno == EINPROGRESS || errno == EINTR ? EALREADY : errno);
}

bool is_under_way(const std::error_code& code) {
  return code.value() == EALREADY;
}

std::size_t bearable(std::size_t wanted) {
  const std::size_t descriptors = raise_descriptor_limit(wanted + 2 * spare_descriptors);
  return std::min(wanted, descriptors - std::min(spare_descriptors, descriptors / 2));
}

}  // namespace

TcpScan::TcpScan(Reactor& reactor, ScanOptions options, ScanSource& source, ScanSink& sink)
    : reactor_(reactor),
      options_(std::move(options)),
      walk_(source, options_.ports),
      order_(reactor, options_, sink),
      refusals_(walk_, sink, order_.figures()),
      pacer_(options_.rate, reactor.now()),
      ring_(reactor.now()),
      ready_(reactor),
      room_(reactor),
      earlier_(reactor),
      most_(bearable(options_.concurrency.value_or(usual_most))),
      limit_(most_),
      // Who binds a port or sets options has them on every socket, whatever a refusal leaves of them.
      reuses_(options_.dial.options.empty() && options_.dial.source_port == 0) {}

Task<Result<void>> TcpScan::run() {
  Group<bool> tasks(reactor_);
  tasks.add(order_.deliver());
  tasks.add(watch_deadlines());
  tasks.add(collect());
  tasks.add(feed());
  while (!co_await tasks.next()) continue;
  if (error_) co_return std::unexpected(*error_);
  co_return Result<void>();
}

Task<bool> TcpScan::feed() {
  std::size_t launched = 0;
  while (!error_) {
    const ScanTarget* const target = walk_.peek();
    if (target == nullptr) {
      if (!co_await walk_.more()) break;
    } else if (order_.full()) {
      order_.room().reset();
      co_await order_.room().wait();
    } else if (!has_room()) {
      co_await wait_for_room();
    } else if (const TimePoint now = reactor_.now(); pacer_.allowance(now) == 0) {
      co_await reactor_.sleep_until(pacer_.next(now));
    } else {
      if (!launch(*target)) co_await wait_for_room();
      if (++launched % stride == 0) co_await reactor_.yield();
    }
  }
  while (in_flight_ > 0) co_await wait_for_room();
  order_.end();
  co_return false;
}

bool TcpScan::has_room() const {
  return in_flight_ < limit_ && young_ < usual_young;
}

Task<> TcpScan::wait_for_room() {
  room_.reset();
  co_await room_.wait();
}

Result<Socket> TcpScan::socket_for(const Endpoint& address) {
  if (!spare_ || spare_family_ != address.family()) return open_socket(options_.dial, address);
  Result<Socket> socket = std::move(*spare_);
  spare_.reset();
  return socket;
}

bool TcpScan::launch(const ScanTarget& target) {
  const Endpoint address = target.host->address.with_port(target.port);
  auto socket = socket_for(address);
  if (!socket) return cannot_ask(target, std::move(socket.error()));
  const TimePoint began = reactor_.now();
  std::error_code code = connect_code(*socket, address);
  if (code && !is_under_way(code)) {
    std::optional<IcmpReport> icmp;
    return cannot_ask(target, connect_error(*socket, address, options_.dial.transport, code, icmp));
  }
  pacer_.spend(1);
  ++order_.figures().sent;
  refusals_.asked(target);
  // A host that is this one has answered by now; the kernel tells who asks again.
  if (code) code = connect_code(*socket, address);
  const ScanOrder::Ticket ticket = order_.begin(target);
  walk_.take();
  Asked asked{address, ticket, began};
  if (is_under_way(code)) {
    place(std::move(*socket), asked, Stage::connecting);
  } else if (!code) {
    if (connected(*socket, asked)) read_banner(place(std::move(*socket), asked, Stage::reading));
  } else {
    refused(*socket, asked, code);
    // After ECONNREFUSED it is as good as new (connect(2) is not portable there, on Linux it is).
    if (reuses_) {
      spare_.emplace(std::move(*socket));
      spare_family_ = address.family();
    }
  }
  return true;
}

bool TcpScan::cannot_ask(const ScanTarget& target, Error error) {
  if (is_shortage(error.code) && in_flight_ > 0) {
    // Those under way give back what is missing; release() finds out whether there is more again.
    limit_ = in_flight_;
    return false;
  }
  const bool concerns_all = error.op != "connect" && error.code.value() != EAFNOSUPPORT;
  if (concerns_all) {
    error_ = std::move(error);
  } else {
    walk_.take();
    refusals_.refused(target, error);
  }
  return true;
}

TcpScan::Number TcpScan::place(Socket socket, const Asked& asked, Stage stage) {
  if (free_.empty()) {
    free_.push_back(static_cast<Number>(table_.size()));
    table_.emplace_back();
  }
  const Number number = free_.back();
  free_.pop_back();
  Probe& probe = table_[number];
  probe.stage = stage;
  probe.asked = asked;
  probe.socket.emplace(std::move(socket));
  ++in_flight_;
  const TimePoint now = reactor_.now();
  arm(2 * number, saturating_add(now, options_.timeout));
  probe.young = stage == Stage::connecting && !options_.concurrency;
  if (probe.young) {
    ++young_;
    arm(2 * number + 1, now + youth);
  }
  // Where the kernel watches no more, expire() looks itself.
  static_cast<void>(ready_.add(probe.socket->fd(), number));
  return number;
}

void TcpScan::release(Number number) {
  Probe& probe = table_[number];
  ring_.clear(2 * number);
  grow_old(number);
  probe = {};
  free_.push_back(number);
  --in_flight_;
  limit_ = std::min(limit_ + 1, most_);
  room_.set();
}

void TcpScan::grow_old(Number number) {
  if (!std::exchange(table_[number].young, false)) return;
  ring_.clear(2 * number + 1);
  --young_;
  room_.set();
}

void TcpScan::arm(Number item, TimePoint when) {
  ring_.set(item, when);
  if (when < alarm_) earlier_.set();
}

Task<bool> TcpScan::watch_deadlines() {
  for (;;) {
    std::size_t told = 0;
    while (const auto due = ring_.next_due(reactor_.now())) {
      if (*due % 2 == 0) {
        expire(*due / 2);
      } else {
        grow_old(*due / 2);
      }
      if (++told % stride == 0) co_await reactor_.yield();
    }
    alarm_ = ring_.earliest();
    earlier_.reset();
    co_await wait_until(reactor_, earlier_, alarm_);
  }
}

Task<bool> TcpScan::collect() {
  for (;;) {
    const auto numbers = ready_.take();
    if (numbers.empty()) co_await ready_.ready().wait();
    for (const Number number : numbers) look(number);
    if (!numbers.empty()) co_await reactor_.yield();
  }
}

void TcpScan::look(Number number) {
  Probe& probe = table_[number];
  if (probe.stage == Stage::reading) return read_banner(number);
  if (probe.stage == Stage::free) return;
  std::error_code code = probe.socket->take_error();
  if (!code) code = connect_code(*probe.socket, probe.asked.address);
  if (is_under_way(code)) return;
  if (!code && connected(*probe.socket, probe.asked)) {
    probe.stage = Stage::reading;
    grow_old(number);
    arm(2 * number, saturating_add(reactor_.now(), options_.timeout));
    return read_banner(number);
  }
  if (code) refused(*probe.socket, probe.asked, code);
  release(number);
}

bool TcpScan::connected(const Socket& socket, Asked& asked) {
  asked.took = reactor_.now() - asked.began;
  const DialOptions& dial = options_.dial;
  if (is_self_connected(socket)) {
    order_.decide(asked.ticket, PortState::closed, asked.took,
                  self_connected_error(asked.address, dial.transport), {});
    return false;
  }
  const auto set = apply_options(socket, asked.address.family(), dial.options, OptionMoment::connected);
  if (!set) error_ = set.error();
  if (set && options_.banner) {
    end_icmp_errors(socket, asked.address.family(), dial.options);
    return true;
  }
  order_.decide(asked.ticket, PortState::open, asked.took);
  return false;
}

void TcpScan::refused(const Socket& socket, const Asked& asked, std::error_code code) {
  const Duration took = reactor_.now() - asked.began;
  Verdict verdict = judge_connect(socket, asked.address, options_.dial.transport, code, options_.all);
  if (verdict.silent) ++order_.figures().silent;
  order_.decide(asked.ticket, verdict.state, took, std::move(verdict.error), {});
}

void TcpScan::read_banner(Number number) {
  Probe& probe = table_[number];
  std::array<char, longest_banner> bytes;  // NOLINT: filled by the kernel
  for (;;) {
    const ssize_t got =
        recv(probe.socket->fd(), bytes.data(), longest_banner - probe.banner.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && would_block(errno_code())) return;
    if (got <= 0) return finish_banner(number);
    probe.banner.append(bytes.data(), static_cast<std::size_t>(got));
    if (probe.banner.size() == longest_banner || probe.banner.contains('\n')) return finish_banner(number);
  }
}

void TcpScan::finish_banner(Number number) {
  Probe& probe = table_[number];
  order_.decide(probe.asked.ticket, PortState::open, probe.asked.took, std::nullopt, std::move(probe.banner));
  release(number);
}

void TcpScan::expire(Number number) {
  Probe& probe = table_[number];
  if (probe.stage == Stage::reading) return finish_banner(number);
  // What came while the loop was busy counts.
  look(number);
  if (probe.stage != Stage::connecting) return;
  std::optional<Error> error;
  if (options_.all) {
    error = silence_error(probe.asked.address, options_.dial.transport, options_.timeout);
  }
  ++order_.figures().silent;
  order_.decide(probe.asked.ticket, PortState::filtered, reactor_.now() - probe.asked.began, std::move(error),
                {});
  release(number);
}

void TcpScan::hand_over_rest() {
  for (Number number = 0; number < table_.size(); ++number) {
    // What came by now counts; and what connected is open, whatever it still had to say.
    look(number);
    if (table_[number].stage == Stage::reading) finish_banner(number);
  }
  order_.hand_over_rest();
}

std::unique_ptr<Scan> make_tcp_scan(Reactor& reactor, ScanOptions options, ScanSource& source,
                                    ScanSink& sink) {
  return std::make_unique<TcpScan>(reactor, std::move(options), source, sink);
}

}  // namespace net
