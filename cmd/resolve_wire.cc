#include "cmd/resolve_wire.hh"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "net/dns/hostent.hh"
#include "net/dns/search.hh"
#include "net/dns/transfer.hh"
#include "net/loop/group.hh"

namespace cmd {
namespace {

using net::dns::Type;

bool is_transfer(Type type) {
  return type == Type::AXFR || type == Type::IXFR;
}

// More names than that have a file and -f, which is made for them.
constexpr std::size_t most_at_once = 256;

bool lacks_descriptors(const net::dns::QueryResult& result) {
  return result.error &&
         (result.error->code == net::errno_code(EMFILE) || result.error->code == net::errno_code(ENFILE));
}

/// The status of several names, each by several types and servers.
class AnswerStatus {
 public:
  void add(const void* target, std::size_t group, int status) {
    auto [entry, fresh] = entries_.try_emplace({target, group}, Entry{status, status});
    if (fresh) return;
    entry->second.best = std::min(entry->second.best, status);
    entry->second.worst = std::max(entry->second.worst, status);
  }
  /// Several types of one name are answered when one of them has data; else the largest counts, as it does
  /// among names and servers.
  [[nodiscard]] int value() const {
    int status = status_ok;
    for (const auto& [key, entry] : entries_) {
      if (entry.best != status_ok) status = std::max(status, entry.worst);
    }
    return status;
  }

 private:
  struct Entry {
    int best;
    int worst;
  };
  std::map<std::pair<const void*, std::size_t>, Entry> entries_;
};

}  // namespace

ResolveWire::ResolveWire(net::Reactor& reactor, Results& results, Output& out, const ResolveFlags& flags)
    : reactor_(reactor),
      results_(results),
      out_(out),
      flags_(flags),
      view_(results, out, flags.shortened),
      config_(net::dns::read_resolver_config()) {}

net::Task<net::Result<std::vector<net::Endpoint>>> ResolveWire::addresses_of(ServerWord server) {
  std::vector<net::Endpoint> found;
  std::optional<net::Error> failure;
  const int family = flags_.source ? flags_.source->family() : flags_.family();
  net::dns::HostLookup lookup(reactor_, server.host, family);
  for (;;) {
    const auto answer = co_await lookup.next();
    if (!answer) break;
    if (answer->error) failure = answer->error;
    for (const net::Endpoint& address : answer->addresses) found.push_back(address.with_port(server.port));
  }
  if (found.empty()) co_return std::unexpected(std::move(*failure));
  co_return found;
}

net::Task<int> ResolveWire::find_servers() {
  const int family = flags_.source ? flags_.source->family() : flags_.family();
  for (const ServerWord& server : flags_.servers) {
    if (server.address) {
      groups_.push_back({*server.address});
      continue;
    }
    auto addresses = co_await addresses_of(server);
    if (!addresses) {
      out_.error(addresses.error());
      co_return exit_status(addresses.error());
    }
    groups_.push_back(std::move(*addresses));
  }
  if (!groups_.empty()) co_return status_ok;
  std::vector<net::Endpoint> configured = config_.servers;
  std::erase_if(configured, [family](const net::Endpoint& server) {
    return family != AF_UNSPEC && server.family() != family;
  });
  if (!configured.empty()) {
    groups_.push_back(std::move(configured));
    co_return status_ok;
  }
  net::Error none("resolve", "/etc/resolv.conf", net::errno_code(EAFNOSUPPORT), net::Blame::local);
  none.detail = "names no server of this address family";
  out_.error(none);
  co_return status_local;
}

net::dns::QueryOptions ResolveWire::query_options(std::vector<net::Endpoint> servers, Type type) const {
  net::dns::QueryOptions options;
  options.servers = std::move(servers);
  options.source = flags_.source;
  // ANY answers are long, and by UDP many servers give them short measure (RFC 8482).
  options.tcp = flags_.tcp || type == Type::ANY || is_transfer(type);
  options.timeout = flags_.timeout.value_or(options.timeout);
  options.tries = static_cast<int>(flags_.tries.value_or(static_cast<std::uint64_t>(options.tries)));
  return options;
}

std::vector<ResolveWire::Target> ResolveWire::targets() const {
  std::vector<Target> out;
  const auto types_or = [this](Type type) {
    return flags_.types.empty() ? std::vector<AskedType>{AskedType{type, {}}} : flags_.types;
  };
  if (flags_.reverse) {
    const auto address = net::Endpoint::parse_ip(*flags_.reverse, 0);
    out.push_back(
        Target{*flags_.reverse, net::dns::Name::reverse_of(address->address_bytes()), types_or(Type::PTR)});
  }
  for (const std::string& text : flags_.names) {
    const auto address = net::Endpoint::parse_ip(text, 0);
    const auto types = types_or(address ? Type::PTR : Type::A);
    const bool backwards =
        address && std::ranges::all_of(types, [](const AskedType& asked) { return asked.type == Type::PTR; });
    out.push_back(Target{
        text, backwards ? net::dns::Name::reverse_of(address->address_bytes()) : dns_name(text), types});
  }
  return out;
}

net::Task<ResolveWire::Asked> ResolveWire::ask(std::size_t place, const Target& target, AskedType type,
                                               std::vector<net::Endpoint> servers) {
  Asked asked;
  asked.place = place;
  std::vector<net::dns::Name> names{target.name};
  if (flags_.search && !net::Endpoint::parse_ip(target.text, 0)) {
    // read_resolve_words has seen that it is a name.
    names = *net::dns::search_names(target.text, config_);
  }
  net::dns::QueryOptions options = query_options(std::move(servers), type.type);
  const net::TimePoint deadline = net::saturating_add(reactor_.now(), options.timeout);
  const bool begins = net::dns::begins_as_it_is(target.text, config_);
  for (const net::dns::Name& name : names) {
    const bool as_it_is = begins && &name == names.data();
    const net::dns::QuerySpec spec = query_spec(flags_, name, type);
    options.timeout = deadline - reactor_.now();
    auto result = co_await net::dns::ask(reactor_, spec, options);
    const bool over = result.error || result_status(spec.question, result) == status_ok ||
                      !net::dns::search_goes_on(result.response->message.rcode(), as_it_is);
    asked.steps.emplace_back(spec.question, std::move(result));
    if (over) break;
  }
  co_return asked;
}

net::Task<int> ResolveWire::show(Asked asked) {
  int status = status_ok;
  for (const auto& [question, result] : asked.steps) {
    const bool last = &result == &asked.steps.back().second;
    if (last || !flags_.shortened) view_.result(question, result);
    if (last) status = result_status(question, result);
  }
  co_return co_await results_.flush() ? status : static_cast<int>(status_local);
}

net::Task<int> ResolveWire::transfer(const Target& target, AskedType type,
                                     std::vector<net::Endpoint> servers) {
  const net::dns::QuerySpec spec = query_spec(flags_, target.name, type);
  net::dns::Transfer transfer(reactor_, spec, query_options(std::move(servers), type.type));
  int status = status_ok;
  for (bool first = true;; first = false) {
    const auto message = co_await transfer.next();
    if (!message) co_return status;
    if (!*message) {
      view_.failure(spec.question, transfer.server(), message->error());
      status = exit_status(message->error());
    } else if (first) {
      view_.response(spec.question, **message);
      status = response_status(spec.question, **message);
    } else {
      view_.more(spec.question, **message);
      status = std::max(status, more_status(**message));
    }
    if (!co_await results_.flush()) co_return status_local;
  }
}

std::vector<ResolveWire::Job> ResolveWire::jobs(const std::vector<Target>& targets) const {
  std::vector<Job> out;
  for (const Target& target : targets) {
    for (const AskedType& type : target.types) {
      for (std::size_t group = 0; group < groups_.size(); ++group) {
        Job job;
        job.target = &target;
        job.type = type;
        job.group = group;
        out.push_back(std::move(job));
      }
    }
  }
  return out;
}

net::Task<int> ResolveWire::run() {
  if (const int failed = co_await find_servers(); failed != status_ok) co_return failed;
  const std::vector<Target> asked_for = targets();
  std::vector<Job> all = jobs(asked_for);
  net::Group<Asked> asking(reactor_);
  AnswerStatus status;
  // Side by side, so that the timeout is one for all of them; a transfer comes when it is its turn.
  std::deque<std::size_t> waiting;
  for (std::size_t place = 0; place < all.size(); ++place) {
    if (!is_transfer(all[place].type.type)) waiting.push_back(place);
  }
  // Each group's answers come in order; a silent server holds up no other's.
  std::vector<std::size_t> next(groups_.size());
  for (std::size_t group = 0; group < groups_.size(); ++group) next[group] = group;
  std::size_t room = most_at_once;
  for (;;) {
    for (; !waiting.empty() && asking.size() < room; waiting.pop_front()) {
      const Job& job = all[waiting.front()];
      asking.add(ask(waiting.front(), *job.target, job.type, groups_[job.group]));
    }
    for (std::size_t& place : next) {
      for (; place < all.size(); place += groups_.size()) {
        Job& job = all[place];
        const bool transfers = is_transfer(job.type.type);
        if (!transfers && !job.answer) break;
        const int came = transfers ? co_await transfer(*job.target, job.type, groups_[job.group])
                                   : co_await show(std::move(*job.answer));
        job.answer.reset();
        status.add(job.target, job.group, came);
      }
    }
    if (asking.empty()) break;
    Asked asked = co_await asking.next();
    const std::size_t place = asked.place;
    if (lacks_descriptors(asked.steps.back().second) && !asking.empty()) {
      // Again, when one of the others has given its own back.
      room = asking.size();
      waiting.push_front(place);
    } else {
      all[place].answer = std::move(asked);
    }
  }
  co_return status.value();
}

}  // namespace cmd
