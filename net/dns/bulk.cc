#include "net/dns/bulk.hh"

#include <algorithm>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/bulk_engine.hh"
#include "net/dns/failure.hh"
#include "net/dns/search.hh"

namespace net::dns {
namespace {

// Results wait for the sink, and in order for the oldest question: so many times the concurrency.
constexpr std::size_t unordered_room = 2;
constexpr std::size_t ordered_room = 8;
// Between so many questions, results or deadlines everything else has its turn.
constexpr std::size_t stride = 256;

}  // namespace

Bulk::Bulk(Reactor& reactor, BulkOptions options, BulkSource& source, BulkSink& sink)
    : engine_(std::make_unique<Engine>(reactor, std::move(options), source, sink)) {}

Bulk::~Bulk() = default;

Task<Result<void>> Bulk::run() {
  return engine_->run();
}

const BulkFigures& Bulk::figures() const {
  return engine_->figures();
}

Bulk::Engine::Engine(Reactor& reactor, BulkOptions options, BulkSource& source, BulkSink& sink)
    : reactor_(reactor),
      options_(std::move(options)),
      source_(source),
      sink_(sink),
      pacer_(options_.rate, reactor.now()),
      ring_(reactor.now()),
      room_(reactor),
      to_send_(reactor),
      done_(reactor),
      earlier_(reactor) {}

Task<Result<void>> Bulk::Engine::run() {
  tasks_.emplace(reactor_);
  if (!options_.query.tcp) {
    ports_.emplace(reactor_, options_.query, options_.concurrency);
    if (ports_->size() == 0) co_return std::unexpected(*ports_->error(0));
    options_.concurrency = ports_->limit();
    for (std::size_t port = 0; port < ports_->size(); ++port) {
      tasks_->add(read(static_cast<std::uint16_t>(port)));
    }
  }
  capacity_ = options_.concurrency * (options_.ordered ? ordered_room : unordered_room);
  tasks_->add(deliver());
  tasks_->add(watch_deadlines());
  tasks_->add(send());
  tasks_->add(feed());
  while (!co_await tasks_->next()) continue;
  tasks_.reset();
  co_return Result<void>();
}

Task<bool> Bulk::Engine::feed() {
  for (;;) {
    while (in_flight_ >= options_.concurrency || table_.size() - free_.size() >= capacity_) {
      room_.reset();
      co_await room_.wait();
    }
    std::optional<BulkQuestion> question = source_.next();
    if (!question) {
      if (!co_await source_.more()) break;
      continue;
    }
    open(std::move(*question));
    if (++figures_.asked % stride == 0) co_await reactor_.yield();
  }
  ended_ = true;
  done_.set();
  co_return false;
}

Task<bool> Bulk::Engine::deliver() {
  for (;;) {
    std::size_t taken = 0;
    while (const auto number = next_done()) {
      hand_over(*number);
      if (sink_.full() || ++taken == stride) break;
    }
    if (!co_await sink_.flush()) co_return true;
    if (next_done()) {
      co_await reactor_.yield();
      continue;
    }
    if (ended_ && table_.size() == free_.size()) co_return true;
    done_.reset();
    co_await done_.wait();
  }
}

std::optional<Bulk::Engine::Number> Bulk::Engine::next_done() const {
  if (results_.empty() || table_[results_.front()].state != State::done) return std::nullopt;
  return results_.front();
}

void Bulk::Engine::hand_over(Number number) {
  results_.pop_front();
  OpenQuestion& open = table_[number];
  sink_.take(open.question, open.result);
  open.state = State::free;
  ++open.uses;
  open.result = {};
  open.strangers = {};
  free_.push_back(number);
  room_.set();
}

void Bulk::Engine::open(BulkQuestion question) {
  if (free_.empty()) {
    free_.push_back(static_cast<Number>(table_.size()));
    table_.emplace_back();
  }
  const Number number = free_.back();
  free_.pop_back();
  OpenQuestion& open = table_[number];
  open.question = std::move(question);
  open.deadline = TimePoint::max();
  open.servers.assign(options_.query.servers.size(), {});
  for (std::size_t i = 0; i < open.servers.size(); ++i) {
    open.servers[i].dead = !open.question.servers.has(i);
  }
  ++in_flight_;
  if (options_.ordered) results_.push_back(number);

  open.searched = 0;
  ask_name(number);
}

void Bulk::Engine::ask_name(Number number) {
  OpenQuestion& open = table_[number];
  open.round = 0;
  open.server = open.question.servers.first;
  open.result.cut.reset();
  if (options_.query.tcp || open.question.spec.question.type == Type::ANY) {
    queue_for_tcp(number);
  } else {
    queue(number, open.deadline == TimePoint::max());
  }
}

void Bulk::Engine::settle(Number number, Response response) {
  OpenQuestion& open = table_[number];
  BulkQuestion& asked = open.question;
  if (open.searched < asked.search.size() &&
      search_goes_on(response.message.rcode(), asked.as_it_is && open.searched == 0) &&
      judge(response.message, asked.spec.question).status && reactor_.now() < open.deadline) {
    asked.spec.question.name = asked.search[open.searched++];
    return ask_name(number);
  }
  open.result.server = response.server;
  open.result.response = std::move(response);
  finish(number);
}

void Bulk::Engine::begin(OpenQuestion& open) {
  if (open.deadline != TimePoint::max()) return;
  open.began = reactor_.now();
  open.deadline = saturating_add(open.began, options_.query.timeout);
}

void Bulk::Engine::queue(Number number, bool first_time) {
  OpenQuestion& open = table_[number];
  open.state = State::queued;
  (first_time ? fresh_ : again_).push_back({number, open.uses});
  if (!first_time) arm(number, open.deadline);
  to_send_.set();
}

bool Bulk::Engine::is_current(Ticket ticket, State state) const {
  const OpenQuestion& open = table_[ticket.number];
  return open.uses == ticket.uses && open.state == state;
}

std::optional<Bulk::Engine::Ticket> Bulk::Engine::next_queued() {
  for (auto* queue : {&again_, &fresh_}) {
    while (!queue->empty()) {
      const Ticket ticket = queue->front();
      if (is_current(ticket, State::queued)) return ticket;
      // Its time ended while it waited for its turn.
      queue->pop_front();
    }
  }
  return std::nullopt;
}

void Bulk::Engine::arm(Number number, TimePoint when) {
  ring_.set(number, when);
  if (when < alarm_) earlier_.set();
}

Task<bool> Bulk::Engine::watch_deadlines() {
  for (;;) {
    std::size_t told = 0;
    while (const auto due = ring_.next_due(reactor_.now())) {
      expire(*due);
      if (++told % stride == 0) co_await reactor_.yield();
    }
    alarm_ = ring_.earliest();
    earlier_.reset();
    co_await wait_until(reactor_, earlier_, alarm_);
  }
}

void Bulk::Engine::expire(Number number) {
  OpenQuestion& open = table_[number];
  if (reactor_.now() >= open.deadline) return conclude(number);
  if (open.state == State::waiting) return ask_next(number);
  arm(number, open.deadline);
}

void Bulk::Engine::ask_next(Number number) {
  OpenQuestion& open = table_[number];
  ++open.server;
  for (; open.round < options_.query.tries; ++open.round, open.server = 0) {
    for (; open.server < open.servers.size(); ++open.server) {
      if (!open.servers[open.server].dead) return queue(number, false);
    }
  }
  // Those that were silent so far have the rest of the time.
  const bool any = std::ranges::find(open.servers, false, &OpenQuestion::Server::dead) != open.servers.end();
  if (any && reactor_.now() < open.deadline) return arm(number, open.deadline);
  conclude(number);
}

void Bulk::Engine::give_up(Number number, std::size_t server, Error error) {
  OpenQuestion& open = table_[number];
  if (std::exchange(open.servers[server].dead, true)) return;
  open.result.failures.push_back(std::move(error));
  if (open.state == State::waiting) ask_next(number);
}

void Bulk::Engine::conclude(Number number) {
  OpenQuestion& open = table_[number];
  QueryResult& result = open.result;
  const Question& question = open.question.spec.question;
  const bool tcp = open.state == State::tcp_queued;
  const auto silent = std::ranges::find(open.servers, false, &OpenQuestion::Server::dead);
  if (silent != open.servers.end()) {
    const auto index = static_cast<std::size_t>(silent - open.servers.begin());
    const Endpoint& server = result.cut ? result.cut->server : options_.query.servers[index];
    const bool several = std::min(open.servers.size(), open.question.servers.count) > 1 && !result.cut;
    Error error("resolve", several ? question_text(question) : query_subject(question, server, tcp),
                make_error_code(Status::timed_out));
    error.detail = "no answer in " + duration_text(reactor_.now() - open.began);
    result.failures.push_back(std::move(error));
  }
  result.error = most_telling(result.failures);
  result.server = options_.query.servers[open.question.servers.first];
  for (const Endpoint& server : options_.query.servers) {
    if (result.error->subject == query_subject(question, server, tcp)) result.server = server;
  }
  finish(number);
}

void Bulk::Engine::finish(Number number) {
  OpenQuestion& open = table_[number];
  take_back_ids(open);
  ring_.clear(number);
  for (std::string& text : open.strangers.texts()) open.result.warnings.push_back(std::move(text));
  ++(open.result.response ? figures_.answered : figures_.failed);
  open.state = State::done;
  --in_flight_;
  if (!options_.ordered) results_.push_back(number);
  done_.set();
  room_.set();
}

void Bulk::Engine::take_back_ids(OpenQuestion& open) {
  for (const OpenQuestion::Sent& sent : open.sent) {
    ids_.take_back(sent.port, sent.id);
    --(*ports_)[sent.port].given;
  }
  open.sent.clear();
}

}  // namespace net::dns
