#include "net/dial/dialer.hh"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/dial/addresses.hh"
#include "net/dial/order.hh"
#include "net/dns/status.hh"

namespace net {
namespace {

// RFC 8305, section 5: Connection Attempt Delay.
constexpr Duration attempt_delay = std::chrono::milliseconds(250);
// RFC 8305, section 3: Resolution Delay, for AAAA when A came first.
constexpr Duration resolution_delay = std::chrono::milliseconds(50);

}  // namespace

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
  co_return std::unexpected(nearest_failure());
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
  std::ranges::move(usable_addresses(answer, options_, port_, lookup_errors_), std::back_inserter(waiting_));
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
  tried_.emplace_back().attempt.address = waiting_.front();
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
  co_await try_address(reactor_, options_, tried_[index]);
  Happening happening;
  happening.kind = Happening::Kind::attempt;
  happening.attempt = index;
  co_return happening;
}

Task<Result<Dialed>> Dialer::race() {
  Group<Happening> running(reactor_);
  if (resolving_) running.add(lookup_step());
  for (;;) {
    // What is known already (both families of the hosts file) is put in order before the first is tried.
    while (!running.ready() && may_start()) start_next(running);
    if (!resolving_ && in_flight_ == 0 && waiting_.empty()) co_return std::unexpected(nearest_failure());
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
        Attempting& done = tried_[happening.attempt];
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

void Dialer::give_up_running(const std::string& why, int code) {
  for (Attempting& running : tried_) {
    if (running.decided) continue;
    give_up(reactor_, options_, running, why, code);
    observer_.attempted(running.attempt);
  }
}

Error Dialer::nearest_failure() const {
  std::vector<Error> errors;
  for (const Attempting& running : tried_) {
    if (running.attempt.error) errors.push_back(*running.attempt.error);
  }
  // What the resolver said counts when no address was there to try.
  const Error* const nearest = nearest_error(errors.empty() ? lookup_errors_ : errors);
  if (nearest != nullptr) return *nearest;
  return {"resolve", host_, dns::Status::no_such_name};
}

}  // namespace net
