#include "net/dns/query.hh"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/failure.hh"
#include "net/dns/reply.hh"
#include "net/dns/status.hh"
#include "net/dns/tcp_channel.hh"
#include "net/loop/group.hh"
#include "net/sock/udp_channel.hh"

namespace net::dns {
namespace {

class Asking {
 public:
  Asking(Reactor& reactor, QuerySpec spec, QueryOptions options)
      : reactor_(reactor),
        spec_(std::move(spec)),
        options_(std::move(options)),
        began_(reactor.now()),
        deadline_(saturating_add(began_, options_.timeout)),
        udp_(reactor, options_.source) {
    for (const Endpoint& server : options_.servers) servers_.push_back(Server{server});
    result_.server = servers_.front().address;
  }

  Task<QueryResult> run() {
    // TCP repeats by itself: one round.
    const int rounds = options_.tcp ? 1 : options_.tries;
    for (int round = 0; round < rounds && !result_.response; ++round) {
      for (std::size_t i = 0; i < servers_.size() && !result_.response; ++i) {
        if (servers_[i].dead) continue;
        const TimePoint until = end_of_slot(i, rounds - round);
        if (options_.tcp) {
          co_await ask_by_tcp(servers_[i], spec_.edns.has_value(), until);
        } else {
          const bool last_of_several = round > 0 && round == rounds - 1;
          co_await ask_by_udp(servers_[i], spec_.edns && !last_of_several, until);
        }
        if (over()) break;
      }
      if (over()) break;
    }
    if (!options_.tcp) co_await hear_the_rest();
    conclude();
    co_return std::move(result_);
  }

 private:
  struct Server {
    Endpoint address;
    bool plain = false;  ///< it answered FORMERR to EDNS
    bool dead = false;   ///< nobody is there, or it cannot be reached
  };
  struct Sent {
    Endpoint server;
    std::uint16_t id;
    TimePoint when;
    bool edns;
  };

  /// A slot may end late (a stopped process): no query goes out after the deadline.
  [[nodiscard]] bool over() const { return result_.error || reactor_.now() >= deadline_; }

  /// What is left of the time, in equal parts for all questions that may still have to be asked.
  [[nodiscard]] TimePoint end_of_slot(std::size_t index, int rounds_left) const {
    const auto living = [](const Server& server) { return !server.dead; };
    const auto now =
        std::count_if(servers_.begin() + static_cast<std::ptrdiff_t>(index), servers_.end(), living);
    const auto later = std::ranges::count_if(servers_, living) * (rounds_left - 1);
    return reactor_.now() + (deadline_ - reactor_.now()) / (now + later);
  }

  [[nodiscard]] Buffer encode(bool edns, std::uint16_t id) const {
    if (edns) return encode_query(spec_, id);
    QuerySpec plain = spec_;
    plain.edns.reset();
    return encode_query(plain, id);
  }

  [[nodiscard]] Error error_about(const Server& server, std::error_code code, bool tcp) const {
    return {"resolve", query_subject(spec_.question, server.address, tcp), code};
  }

  void send(Server& server, bool edns) {
    const std::uint16_t id = random_id();
    sent_.push_back(Sent{server.address, id, reactor_.now(), edns});
    if (const auto sent = udp_.send(encode(edns, id), server.address); !sent) {
      give_up(server, error_about(server, sent.error().code, false));
    }
  }

  void give_up(Server& server, Error error) {
    server.dead = true;
    result_.failures.push_back(std::move(error));
  }

  Task<> ask_by_udp(Server& server, bool edns, TimePoint until) {
    send(server, edns && !server.plain);
    co_await listen(server, until);
  }

  /// The last server asked may be dead at once: then those before it have its time to answer.
  Task<> hear_the_rest() {
    while (!result_.response && !over()) {
      const auto silent = std::ranges::find(servers_, false, &Server::dead);
      if (silent == servers_.end()) co_return;
      co_await listen(*silent, deadline_);
    }
  }

  /// Takes what comes, from anybody, until there is a response or `server` is known to be dead.
  Task<> listen(Server& server, TimePoint until) {
    while (!result_.response && !server.dead) {
      auto arrival = udp_.take();
      if (!arrival) {
        if (!co_await wait_until(reactor_, udp_.in(), until)) co_return;
        continue;
      }
      if (arrival->icmp) {
        hear_icmp(*arrival->icmp);
      } else {
        hear(std::move(*arrival));
      }
      if (result_.response && result_.response->message.flags.tc) {
        result_.cut = std::exchange(result_.response, std::nullopt);
        co_await ask_by_tcp(server_at(result_.cut->server), result_.cut->with_edns, deadline_);
        co_return;
      }
      // Strangers must not keep the deadline from being seen.
      if (reactor_.now() >= until) co_return;
      // Nor a signal, nor the other questions.
      if (!result_.response) co_await reactor_.yield();
    }
  }

  Server& server_at(const Endpoint& address) {
    return *std::ranges::find(servers_, address, &Server::address);
  }

  void hear(UdpChannel::Arrival arrival) {
    Message message = Message::decode(std::move(arrival.message));
    const auto is_from = [&arrival](const Sent& sent) { return sent.server == arrival.source; };
    auto query = std::ranges::find_if(sent_, is_from);
    if (query == sent_.end()) return strangers_.add("not from the server", arrival.source);
    const auto same_id =
        std::ranges::find_if(sent_, [&](const Sent& sent) { return is_from(sent) && sent.id == message.id; });
    if (same_id != sent_.end()) query = same_id;
    if (const auto why = mismatch(message, query->id, spec_); !why.empty()) {
      return strangers_.add(why, arrival.source);
    }
    if (query->edns && refuses_edns(message)) {
      Server& server = server_at(query->server);
      // The second of two FORMERRs is a late one.
      if (!std::exchange(server.plain, true)) send(server, false);
      return;
    }
    accept(std::move(message), *query, false);
  }

  void accept(Message message, const Sent& query, bool tcp) {
    Response& response = result_.response.emplace();
    response.warnings = oddities(message, spec_.question, tcp);
    if (spec_.edns && !query.edns) {
      response.warnings.emplace_back(server_at(query.server).plain ? without_edns_after_error
                                                                   : without_edns_after_silence);
    }
    response.message = std::move(message);
    response.server = query.server;
    response.tcp = tcp;
    response.time = reactor_.now() - query.when;
    response.with_edns = query.edns;
    result_.server = query.server;
  }

  void hear_icmp(const IcmpReport& report) {
    const auto server = std::ranges::find(servers_, report.destination, &Server::address);
    if (server == servers_.end() || server->dead) return;
    give_up(*server,
            icmp_error(report, query_subject(spec_.question, server->address, false), server->address));
  }

  /// Asks one server by TCP and sets the response, or the error of a question that TCP had to finish.
  Task<> ask_by_tcp(Server& server, bool edns, TimePoint until) {
    Sent query{server.address, random_id(), reactor_.now(), edns && !server.plain};
    auto message = co_await fetch_by_tcp(query, until);
    if (message && query.edns && refuses_edns(*message)) {
      server.plain = true;
      query.edns = false;
      query.when = reactor_.now();
      message = co_await fetch_by_tcp(query, until);
    }
    if (message) {
      accept(std::move(*message), query, true);
    } else if (result_.cut) {
      result_.error = std::move(message.error());
    } else {
      give_up(server, std::move(message.error()));
    }
  }

  Task<Result<Message>> fetch_by_tcp(Sent query, TimePoint until) {
    TcpChannel channel(reactor_, query_subject(spec_.question, query.server, true));
    auto opened = co_await channel.open(query.server, options_.source, until);
    if (!opened) co_return std::unexpected(std::move(opened.error()));
    auto sent = co_await channel.send(encode(query.edns, query.id), until);
    if (!sent) co_return std::unexpected(std::move(sent.error()));
    for (;;) {
      auto bytes = co_await channel.receive(until);
      if (!bytes) co_return std::unexpected(std::move(bytes.error()));
      Message message = Message::decode(std::move(*bytes));
      const std::string_view why = mismatch(message, query.id, spec_);
      if (why.empty()) co_return std::move(message);
      strangers_.add(why, query.server, true);
    }
  }

  /// The error, when there is neither a response nor one already, and the strangers' part.
  void conclude() {
    result_.warnings = strangers_.texts();
    if (result_.response || result_.error) {
      name_timeout();
      return;
    }
    const auto silent = std::ranges::find(servers_, false, &Server::dead);
    if (silent != servers_.end()) {
      Error error = error_about(*silent, Status::timed_out, options_.tcp);
      if (servers_.size() > 1) error.subject = question_text(spec_.question);
      result_.failures.push_back(std::move(error));
    }
    result_.error = most_telling(result_.failures);
    name_timeout();
    for (const Server& server : servers_) {
      if (result_.error->subject == query_subject(spec_.question, server.address, options_.tcp)) {
        result_.server = server.address;
      }
    }
  }

  void name_timeout() {
    if (!result_.error) return;
    const std::string time = duration_text(reactor_.now() - began_);
    if (result_.error->code == Status::timed_out) result_.error->detail = "no answer in " + time;
    if (result_.error->code != Status::incomplete) return;
    result_.error->detail = "no complete answer in " + time + ": " + result_.error->detail;
  }

  Reactor& reactor_;
  QuerySpec spec_;
  QueryOptions options_;
  TimePoint began_;
  TimePoint deadline_;
  UdpChannel udp_;
  std::vector<Server> servers_;
  std::vector<Sent> sent_;
  Strangers strangers_;
  QueryResult result_;
};

}  // namespace

Task<QueryResult> ask(Reactor& reactor, QuerySpec spec, QueryOptions options) {
  Asking asking(reactor, std::move(spec), std::move(options));
  co_return co_await asking.run();
}

std::string query_subject(const Question& question, const Endpoint& server, bool tcp) {
  return question_text(question) + " @" + server_text(server) + (tcp ? "/tcp" : "/udp");
}

std::string server_text(const Endpoint& server) {
  return server.address_text() + "#" + std::to_string(server.port());
}

}  // namespace net::dns
