#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/dns/bulk_engine.hh"
#include "net/dns/failure.hh"

namespace net::dns {
namespace {

using namespace std::chrono_literals;

// A socket that takes nothing for so long loses what it was given, as a busy router would.
constexpr int most_waits = 100;
constexpr Duration wait_for_room = 1ms;

bool means_later(const std::error_code& error) {
  return would_block(error) || error == errno_code(ENOBUFS);
}

}  // namespace

TimePoint Bulk::Engine::end_of_slot(const OpenQuestion& open) const {
  const auto living = [](const OpenQuestion::Server& server) { return !server.dead; };
  const auto from = open.servers.begin() + static_cast<std::ptrdiff_t>(open.server);
  const auto now = std::count_if(from, open.servers.end(), living);
  const auto later = std::ranges::count_if(open.servers, living) * (options_.query.tries - open.round - 1);
  // What comes after a late FORMERR has the rest of the time.
  return reactor_.now() + (open.deadline - reactor_.now()) / std::max<std::ptrdiff_t>(now + later, 1);
}

/// False when the batch is for another socket than this query.
bool Bulk::Engine::add_query(Batch& batch, Ticket ticket) {
  OpenQuestion& open = table_[ticket.number];
  const std::size_t server = open.server;
  const std::uint16_t number = ports_->current(server);
  if (!batch.datagrams.empty() && batch.port != number) return false;
  batch.port = number;
  begin(open);
  const bool last_of_several = open.round > 0 && open.round == options_.query.tries - 1;
  QuerySpec& spec = open.question.spec;
  const bool edns = spec.edns && !last_of_several && !open.servers[server].plain;
  const std::uint16_t id = ids_.give(number, ticket.number);
  ++(*ports_)[number].given;
  open.sent.push_back({static_cast<std::uint16_t>(server), number, id, edns, reactor_.now()});
  if (edns || !spec.edns) {
    batch.datagrams.push_back(encode_query(spec, id));
  } else {
    QuerySpec plain = spec;
    plain.edns.reset();
    batch.datagrams.push_back(encode_query(plain, id));
  }
  batch.tickets.push_back(ticket);
  open.state = State::waiting;
  arm(ticket.number, end_of_slot(open));
  return true;
}

void Bulk::Engine::fill(Batch& batch, std::size_t most) {
  while (batch.datagrams.size() < most) {
    const auto ticket = next_queued();
    if (!ticket) return;
    OpenQuestion& open = table_[ticket->number];
    const auto& error = ports_->error(open.server);
    const bool can_be_asked = !error && !open.servers[open.server].dead;
    if (can_be_asked && !add_query(batch, *ticket)) return;
    (again_.empty() ? fresh_ : again_).pop_front();
    if (can_be_asked) continue;
    begin(open);
    open.state = State::waiting;
    if (open.servers[open.server].dead) {
      ask_next(ticket->number);
      continue;
    }
    Error failed = *error;
    failed.op = "resolve";
    failed.subject = query_subject(open.question.spec.question, options_.query.servers[open.server], false);
    give_up(ticket->number, open.server, std::move(failed));
  }
}

Task<bool> Bulk::Engine::send() {
  Batch batch;
  for (;;) {
    const std::size_t allowed = pacer_.allowance(reactor_.now());
    if (!next_queued()) {
      to_send_.reset();
      co_await to_send_.wait();
    } else if (allowed == 0) {
      co_await reactor_.sleep_until(pacer_.next(reactor_.now()));
    } else {
      fill(batch, std::min(allowed, batch_limit));
      pacer_.spend(batch.datagrams.size());
      figures_.sent += batch.datagrams.size();
      co_await transmit(batch);
      co_await reactor_.yield();
    }
  }
}

Task<> Bulk::Engine::transmit(Batch& batch) {
  if (batch.datagrams.empty()) co_return;
  BulkPorts::Port& port = (*ports_)[batch.port];
  ports_->rotate(port.server);
  std::size_t sent = 0;
  int waits = 0;
  bool failed_before = false;
  while (sent < batch.datagrams.size() && waits < most_waits) {
    const auto taken = send_batch(port.socket, std::span(batch.datagrams).subspan(sent));
    if (taken) {
      sent += *taken;
      failed_before = false;
    } else if (means_later(taken.error())) {
      ++waits;
      port.out.reset();
      co_await wait_until(reactor_, port.out, reactor_.now() + wait_for_room);
    } else if (!std::exchange(failed_before, true)) {
      // The error of an earlier query, told by ICMP, keeps the next from being sent just once.
      hear_icmp(batch.port);
    } else {
      failed_before = false;
      const Ticket ticket = batch.tickets[sent++];
      if (!is_current(ticket, State::waiting)) continue;
      const Question& question = table_[ticket.number].question.spec.question;
      const Endpoint& server = options_.query.servers[port.server];
      give_up(ticket.number, port.server,
              Error("resolve", query_subject(question, server, false), taken.error()));
    }
  }
  batch.datagrams.clear();
  batch.tickets.clear();
}

Task<bool> Bulk::Engine::read(std::uint16_t number) {
  BulkPorts::Port& port = (*ports_)[number];
  for (;;) {
    const auto got = inbox_.receive(port.socket);
    if (got) {
      for (std::size_t i = 0; i < *got; ++i) hear(number, inbox_[i]);
      co_await reactor_.yield();
      continue;
    }
    hear_icmp(number);
    if (would_block(got.error())) {
      port.in.reset();
      co_await port.in.wait();
    } else {
      co_await reactor_.yield();
    }
  }
}

void Bulk::Engine::hear(std::uint16_t port, ByteView datagram) {
  const std::uint16_t id = ByteReader(datagram).u16();
  const auto number = ids_.find(port, id);
  if (!number) {
    ++figures_.ignored;
    return;
  }
  OpenQuestion& open = table_[*number];
  const auto query = std::ranges::find_if(
      open.sent, [&](const OpenQuestion::Sent& sent) { return sent.port == port && sent.id == id; });
  const OpenQuestion::Sent sent = *query;
  Message message = Message::decode(Buffer(datagram.begin(), datagram.end()));
  if (const auto why = mismatch(message, id, open.question.spec); !why.empty()) {
    ++figures_.ignored;
    return open.strangers.add(why, options_.query.servers[sent.server]);
  }
  if (!sent.edns || !refuses_edns(message)) return accept(*number, std::move(message), sent);
  // The second of two FORMERRs is a late one.
  if (std::exchange(open.servers[sent.server].plain, true)) return;
  open.server = sent.server;
  queue(*number, false);
}

void Bulk::Engine::accept(Number number, Message message, const OpenQuestion::Sent& query) {
  OpenQuestion& open = table_[number];
  const Question& question = open.question.spec.question;
  Response response;
  response.warnings = oddities(message, question, false);
  if (open.question.spec.edns && !query.edns) {
    response.warnings.emplace_back(open.servers[query.server].plain ? without_edns_after_error
                                                                    : without_edns_after_silence);
  }
  response.message = std::move(message);
  response.server = options_.query.servers[query.server];
  response.time = reactor_.now() - query.when;
  response.with_edns = query.edns;
  take_back_ids(open);
  if (!response.message.flags.tc) return settle(number, std::move(response));
  open.result.cut = std::move(response);
  queue_for_tcp(number);
}

void Bulk::Engine::hear_icmp(std::uint16_t port) {
  // Each turn takes a report away; a kernel that brought them for ever must not hold the loop.
  for (std::size_t turn = 0; turn < batch_limit; ++turn) {
    const auto report = take_icmp_report((*ports_)[port].socket.fd());
    if (!report) return;
    if (report->quoted.size() >= 2) {
      const auto number = ids_.find(port, ByteReader(report->quoted).u16());
      if (number) refused(*number, port, *report);
      continue;
    }
    // A router that quotes no more than the ports: it means all that went this way.
    for (Number number = 0; number < table_.size(); ++number) refused(number, port, *report);
  }
}

void Bulk::Engine::refused(Number number, std::uint16_t port, const IcmpReport& report) {
  const OpenQuestion& open = table_[number];
  const bool went_there = std::ranges::find(open.sent, port, &OpenQuestion::Sent::port) != open.sent.end();
  if (!went_there) return;
  const std::size_t index = (*ports_)[port].server;
  const Endpoint& server = options_.query.servers[index];
  give_up(number, index,
          icmp_error(report, query_subject(open.question.spec.question, server, false), server));
}

}  // namespace net::dns
