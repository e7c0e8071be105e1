#include "net/dial/dialer.hh"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/dial/order.hh"
#include "net/dns/status.hh"
#include "net/sock/error_queue.hh"
#include "net/sock/tcp_info.hh"

namespace net {
namespace {

// RFC 8305, section 5: Connection Attempt Delay.
constexpr Duration attempt_delay = std::chrono::milliseconds(250);
// RFC 8305, section 3: Resolution Delay, for AAAA when A came first.
constexpr Duration resolution_delay = std::chrono::milliseconds(50);

std::string_view icmp_errors_option(int family) {
  return family == AF_INET ? "IP_RECVERR" : "IPV6_RECVERR";
}

void want_icmp_errors(const Socket& socket, int family, bool wanted) {
  const bool v4 = family == AF_INET;
  static_cast<void>(socket.set_int(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
                                   wanted ? 1 : 0, icmp_errors_option(family)));
}

}  // namespace

void end_icmp_errors(const Socket& socket, int family, const std::vector<OptionSetting>& options) {
  if (!asks_for(options, icmp_errors_option(family))) want_icmp_errors(socket, family, false);
}

Dialer::Dialer(Reactor& reactor, DialOptions options, DialObserver& observer)
    : reactor_(reactor), options_(std::move(options)), observer_(observer) {
  if (options_.source) options_.family = options_.source->family();
}

Task<Result<Dialed>> Dialer::dial(std::string host, std::uint16_t port) {
  began_ = reactor_.now();
  if (options_.timeout == forever) co_return co_await run(std::move(host), port);
  auto result =
      co_await with_deadline(reactor_, saturating_add(began_, options_.timeout), run(std::move(host), port));
  if (result) co_return std::move(*result);
  give_up_running("no answer in " + duration_text(options_.timeout), ETIMEDOUT);
  if (tried_.empty() && lookup_errors_.empty()) {
    Error error("resolve", host_, dns::Status::timed_out);
    error.detail = "no answer in " + duration_text(options_.timeout);
    co_return std::unexpected(std::move(error));
  }
  co_return std::unexpected(nearest_error());
}

Task<Result<Dialed>> Dialer::run(std::string host, std::uint16_t port) {
  host_ = std::move(host);
  port_ = port;
  lookup_.emplace(reactor_, host_, options_.family);
  resolving_ = true;
  co_return co_await race();
}

void Dialer::take_answer(dns::Answer answer) {
  observer_.resolved(answer);
  if (answer.error) lookup_errors_.push_back(*answer.error);
  if (answer.family == AF_INET6) ipv6_answered_ = true;
  first_answer_ = std::min(first_answer_, reactor_.now());
  for (const Endpoint& address : answer.addresses) {
    if (options_.family != AF_UNSPEC && address.family() != options_.family) {
      lookup_errors_.emplace_back("connect", subject_text(address, options_.transport),
                                  errno_code(EAFNOSUPPORT));
      lookup_errors_.back().detail = "not of the address family asked for";
      continue;
    }
    Endpoint target = address.with_port(port_);
    // A link-local address means nothing without its interface.
    if (target.is_link_local() && target.scope() == 0) {
      target = target.with_scope(interface_index(options_.interface).value_or(0));
    }
    waiting_.push_back(target);
  }
  const int last_tried = tried_.empty() ? AF_UNSPEC : tried_.back().attempt.address.family();
  waiting_ = interleave_families(order_destinations(std::move(waiting_)), last_tried);
}

bool Dialer::may_start() const {
  if (waiting_.empty()) return false;
  const bool enough_known =
      !resolving_ || ipv6_answered_ || reactor_.now() >= first_answer_ + resolution_delay;
  if (!enough_known) return false;
  const bool one_by_one = !options_.race || options_.transport.type == SOCK_DGRAM;
  return one_by_one ? in_flight_ == 0 : reactor_.now() >= next_start_;
}

void Dialer::start_next(Group<Happening>& running) {
  Running& next = tried_.emplace_back();
  next.attempt.address = waiting_.front();
  next.attempt.began = reactor_.now();
  waiting_.erase(waiting_.begin());
  ++in_flight_;
  next_start_ = reactor_.now() + attempt_delay;
  running.add(attempt_step(tried_.size() - 1));
  running.add(tick_at(next_start_));
}

Task<Dialer::Happening> Dialer::tick_at(TimePoint when) {
  co_await reactor_.sleep_until(when);
  co_return Happening{};
}

Task<Dialer::Happening> Dialer::lookup_step() {
  Happening happening;
  happening.kind = Happening::Kind::answer;
  happening.answer = co_await lookup_->next();
  co_return happening;
}

Task<Dialer::Happening> Dialer::attempt_step(std::size_t index) {
  Running& running = tried_[index];
  running.attempt.error = co_await connect(running);
  running.attempt.time = reactor_.now() - running.attempt.began;
  running.decided = true;
  Happening happening;
  happening.kind = Happening::Kind::attempt;
  happening.attempt = index;
  co_return happening;
}

Task<Result<Dialed>> Dialer::race() {
  Group<Happening> running(reactor_);
  if (resolving_) running.add(lookup_step());
  for (;;) {
    while (may_start()) start_next(running);
    if (!resolving_ && in_flight_ == 0 && waiting_.empty()) co_return std::unexpected(nearest_error());
    Happening happening = co_await running.next();
    switch (happening.kind) {
      case Happening::Kind::tick:
        break;
      case Happening::Kind::answer:
        resolving_ = happening.answer.has_value();
        if (!resolving_) break;
        take_answer(std::move(*happening.answer));
        running.add(lookup_step());
        running.add(tick_at(first_answer_ + resolution_delay));
        break;
      case Happening::Kind::attempt: {
        Running& done = tried_[happening.attempt];
        --in_flight_;
        if (!done.attempt.error) give_up_running("given up: another address was faster", ECANCELED);
        observer_.attempted(done.attempt);
        if (!done.attempt.error) {
          co_return Dialed{std::move(*done.socket), done.attempt.address, reactor_.now() - began_,
                           done.connected};
        }
        next_start_ = TimePoint::min();
        break;
      }
    }
  }
}

Result<void> Dialer::turn_on(const Socket& socket, int level, int number, std::string_view name) const {
  if (asks_for(options_.options, name)) return {};
  return socket.set_int(level, number, 1, name);
}

Result<void> Dialer::bind_source(const Socket& socket, int family) const {
  if (!options_.source && options_.source_port == 0) return {};
  if (options_.source_port != 0) {
    // Racing attempts share the port, which takes the flag on each of them (socket(7)).
    if (const auto set = turn_on(socket, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"); !set) return set;
  } else {
    // The kernel picks the port when it knows the peer, so that one port serves many peers.
    static_cast<void>(turn_on(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT"));
  }
  const Endpoint source = options_.source ? *options_.source : Endpoint::any(family, 0);
  return socket.bind(source.with_port(options_.source_port));
}

Result<Socket> Dialer::prepare(const Endpoint& address) const {
  const int family = address.family();
  auto socket = Socket::open(family, options_.transport.type, options_.transport.protocol);
  if (!socket) return socket;
  if (!options_.interface.empty()) {
    if (const auto bound = socket->bind_to_device(options_.interface); !bound) {
      return std::unexpected(bound.error());
    }
  }
  if (const auto set = apply_options(*socket, family, options_.options, OptionMoment::before); !set) {
    return std::unexpected(set.error());
  }
  if (const auto bound = bind_source(*socket, family); !bound) return std::unexpected(bound.error());
  // The ICMP errors that name who refused: without it a router's "no" to UDP is never heard, and to TCP over
  // IPv6 it comes late and without a name.
  const bool wanted = !options_.unconnected && !asks_for(options_.options, icmp_errors_option(family));
  if (wanted) want_icmp_errors(*socket, family, true);
  return socket;
}

Error Dialer::explain(const Running& running, std::error_code code) const {
  Error error("connect", subject_text(running.attempt.address, options_.transport), code);
  const auto report = take_icmp_report(running.socket->fd());
  if (!report) return error;
  error.said_by = report->offender.address_text();
  // This host's own ICMP: it asked for the next hop's link address (ARP, ND) and nobody answered.
  const bool own = error.said_by == running.socket->local().address_text();
  error.blame = own ? Blame::silence : Blame::remote;
  if (own) error.detail = "host unreachable: no neighbour answered for it";
  return error;
}

Task<std::optional<Error>> Dialer::connect(Running& running) {
  auto socket = prepare(running.attempt.address);
  if (!socket) co_return socket.error();
  running.socket.emplace(std::move(*socket));
  const bool datagrams = options_.transport.type == SOCK_DGRAM;
  std::optional<Error> refused;
  if (datagrams) {
    refused = connect_datagram(running);
  } else {
    refused = co_await connect_stream(running);
  }
  if (refused) co_return refused;
  const int family = running.attempt.address.family();
  // Once connected, an ICMP message is only a hint that TCP may outlive; with it on it would end the
  // connection.
  if (!datagrams) end_icmp_errors(*running.socket, family, options_.options);
  if (const auto set = apply_options(*running.socket, family, options_.options, OptionMoment::connected);
      !set)
    co_return set.error();
  co_return std::nullopt;
}

std::optional<Error> Dialer::connect_datagram(Running& running) {
  const Endpoint& address = running.attempt.address;
  const Socket& fresh = *running.socket;
  // What a group answers comes from its members, which a connected socket would not hear.
  running.connected = !options_.unconnected && !address.is_multicast();
  if (!running.connected) {
    static_cast<void>(turn_on(fresh, SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST"));
    return std::nullopt;
  }
  const auto connected = fresh.connect(address);
  if (connected) return std::nullopt;
  // EACCES is how the kernel says "a broadcast address" to a socket without SO_BROADCAST (ip(7)).
  const bool broadcast = connected.error().code.value() == EACCES &&
                         turn_on(fresh, SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST") && fresh.connect(address);
  if (!broadcast) return explain(running, connected.error().code);
  auto again = prepare(address);
  if (!again) return again.error();
  running.socket.emplace(std::move(*again));
  running.connected = false;
  if (const auto set = turn_on(*running.socket, SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST"); !set) {
    return set.error();
  }
  return std::nullopt;
}

Task<std::optional<Error>> Dialer::connect_stream(Running& running) {
  const Socket& fresh = *running.socket;
  const auto connected = fresh.connect(running.attempt.address);
  if (!connected) co_return explain(running, connected.error().code);
  if (!*connected) {
    Event in(reactor_);
    Event out(reactor_);
    const Watch watch(reactor_, fresh.fd(), in, out);
    co_await out.wait();
    if (const std::error_code error = fresh.take_error()) {
      if (const auto info = tcp_info(fresh.fd())) running.attempt.syns_sent = info->retransmits + 1;
      co_return explain(running, error);
    }
  }
  if (fresh.local() == fresh.peer()) {
    // Simultaneous open with ourselves (RFC 9293, 3.5): our own port was picked, and nobody else is there.
    Error self("connect", subject_text(running.attempt.address, options_.transport),
               errno_code(ECONNREFUSED));
    self.detail = "connection refused (it connected to itself: nothing listens there)";
    co_return self;
  }
  co_return std::nullopt;
}

void Dialer::give_up_running(const std::string& why, int code) {
  for (Running& running : tried_) {
    if (running.decided) continue;
    running.attempt.time = reactor_.now() - running.attempt.began;
    Error& error =
        running.attempt.error.emplace("connect", subject_text(running.attempt.address, options_.transport),
                                      errno_code(code), Blame::silence);
    error.detail = why;
    if (const auto info = running.socket ? tcp_info(running.socket->fd()) : std::nullopt) {
      running.attempt.syns_sent = info->retransmits + 1;
    }
    observer_.attempted(running.attempt);
  }
}

Error Dialer::nearest_error() const {
  const Error* nearest = nullptr;
  const auto consider = [&nearest](const Error& error) {
    if (nearest == nullptr || error.blame < nearest->blame) nearest = &error;
  };
  for (const Running& running : tried_) {
    if (running.attempt.error) consider(*running.attempt.error);
  }
  // What the resolver said counts when no address was there to try.
  if (nearest == nullptr) std::ranges::for_each(lookup_errors_, consider);
  if (nearest != nullptr) return *nearest;
  return {"resolve", host_, dns::Status::no_such_name};
}

}  // namespace net
