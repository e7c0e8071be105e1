#include <cerrno>
#include <iterator>
#include <utility>

#include "net/dns/bulk_engine.hh"

namespace net::dns {
namespace {

bool short_of_descriptors(const QueryResult& result) {
  return result.error &&
         (result.error->code == errno_code(EMFILE) || result.error->code == errno_code(ENFILE));
}

}  // namespace

void Bulk::Engine::queue_for_tcp(Number number) {
  OpenQuestion& open = table_[number];
  open.state = State::tcp_queued;
  if (open.deadline != TimePoint::max()) arm(number, open.deadline);
  tcp_.push_back({number, open.uses});
  if (tcp_workers_ >= tcp_limit_) return;
  ++tcp_workers_;
  tasks_->add(tcp_worker());
}

std::optional<Bulk::Engine::Number> Bulk::Engine::next_for_tcp() {
  while (!tcp_.empty() && !is_current(tcp_.front(), State::tcp_queued)) tcp_.pop_front();
  if (tcp_.empty()) return std::nullopt;
  return tcp_.front().number;
}

Task<bool> Bulk::Engine::tcp_worker() {
  // Not at once: this may be inside of another's turn.
  co_await reactor_.yield();
  while (const auto number = next_for_tcp()) {
    if (pacer_.allowance(reactor_.now()) == 0) {
      co_await reactor_.sleep_until(pacer_.next(reactor_.now()));
      continue;
    }
    tcp_.pop_front();
    pacer_.spend(1);
    ++figures_.sent;
    begin(table_[*number]);
    table_[*number].state = State::tcp;
    ring_.clear(*number);
    QueryResult result = co_await fetch(*number);
    if (short_of_descriptors(result) && tcp_workers_ > 1) {
      // The others have them; one of those goes on with it.
      tcp_limit_ = --tcp_workers_;
      queue_for_tcp(*number);
      co_return false;
    }
    accept_tcp(*number, std::move(result));
    co_await reactor_.yield();
  }
  --tcp_workers_;
  co_return false;
}

Task<QueryResult> Bulk::Engine::fetch(Number number) {
  const OpenQuestion& open = table_[number];
  QuerySpec spec = open.question.spec;
  QueryOptions options = options_.query;
  options.tcp = true;
  options.timeout = open.deadline - reactor_.now();
  options.servers.clear();
  for (std::size_t i = 0; i < options_.query.servers.size(); ++i) {
    if (open.question.servers.has(i)) options.servers.push_back(options_.query.servers[i]);
  }
  if (const auto& cut = open.result.cut) {
    options.servers.assign(1, cut->server);
    if (!cut->with_edns) spec.edns.reset();
  }
  return ask(reactor_, std::move(spec), std::move(options));
}

void Bulk::Engine::accept_tcp(Number number, QueryResult result) {
  OpenQuestion& open = table_[number];
  result.cut = std::move(open.result.cut);
  result.failures.insert(result.failures.begin(), std::make_move_iterator(open.result.failures.begin()),
                         std::make_move_iterator(open.result.failures.end()));
  open.result = std::move(result);
  if (!open.result.response) return finish(number);
  Response response = std::move(*open.result.response);
  open.result.response.reset();
  settle(number, std::move(response));
}

}  // namespace net::dns
