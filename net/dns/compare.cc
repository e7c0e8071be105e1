#include "net/dns/compare.hh"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/address_set.hh"
#include "net/dns/hostent.hh"
#include "net/dns/reply.hh"
#include "net/dns/search.hh"
#include "net/dns/status.hh"
#include "net/loop/group.hh"

namespace net::dns {
namespace {

std::vector<Endpoint> of_family(const std::vector<Endpoint>& addresses, int family) {
  std::vector<Endpoint> out;
  std::ranges::copy_if(addresses, std::back_inserter(out), [family](const Endpoint& address) {
    return family == AF_UNSPEC || address.family() == family;
  });
  return out;
}

std::string host_text(const Name& name) {
  std::string text = name.text();
  if (text.size() > 1 && text.ends_with('.')) text.pop_back();
  return text;
}

void read_answer(DnsStep& step, const Message& message) {
  constexpr std::size_t ipv4_size = 4;
  constexpr std::size_t ipv6_size = 16;
  const Chain chain = follow_chain(message, step.question);
  for (std::size_t i = 1; i < chain.names.size(); ++i) step.cnames.push_back(host_text(chain.names[i]));
  for (const Record& record : message.answer) {
    if (record.type != step.question.type || !(record.owner == chain.names.back())) continue;
    const ByteView data = message.data(record).bytes();
    if (data.size() == ipv4_size) step.addresses.push_back(Endpoint::ipv4(data.first<ipv4_size>(), 0));
    if (data.size() == ipv6_size) step.addresses.push_back(Endpoint::ipv6(data.first<ipv6_size>(), 0));
  }
}

Task<DnsStep> ask_step(Reactor& reactor, Question question, QueryOptions options) {
  const TimePoint begin = reactor.now();
  QuerySpec spec;
  spec.question = question;
  const Endpoint first = options.servers.front();
  const QueryResult result = co_await ask(reactor, std::move(spec), std::move(options));
  DnsStep step;
  step.question = std::move(question);
  step.server = result.server;
  step.first_server = result.server == first;
  step.time = reactor.now() - begin;
  if (!result.response) {
    step.error = result.error;
    co_return step;
  }
  const Message& message = result.response->message;
  const Verdict verdict = judge(message, step.question);
  step.rcode = verdict.rcode;
  if (verdict.status == Status::malformed) {
    step.error.emplace("resolve", query_subject(step.question, step.server, result.response->tcp),
                       Status::malformed);
    step.error->detail = verdict.detail;
  } else if (!verdict.status) {
    read_answer(step, message);
  }
  co_return step;
}

/// Whether a resolver asks the next server after such a reply.
bool passes_on(const DnsStep& step) {
  if (!step.rcode) return false;
  const auto status = static_cast<Status>(*step.rcode);
  return status == Status::server_failure || status == Status::not_implemented || status == Status::refused;
}

/// One name and type: the servers in turn, until one has said more than that it failed.
Task<std::vector<DnsStep>> ask_type(Reactor& reactor, Question question, QueryOptions options,
                                    TimePoint deadline) {
  std::vector<DnsStep> steps;
  for (;;) {
    options.timeout = deadline - reactor.now();
    DnsStep step = co_await ask_step(reactor, question, options);
    const auto asked = std::ranges::find(options.servers, step.server);
    if (asked != options.servers.end()) options.servers.erase(options.servers.begin(), std::next(asked));
    const bool goes_on = passes_on(step) && !options.servers.empty() && reactor.now() < deadline;
    steps.push_back(std::move(step));
    if (!goes_on) co_return steps;
  }
}

/// One name of the search list, both types. True when a resolver would go on with the next one.
Task<bool> ask_both(Reactor& reactor, Comparison& seen, Name name, QueryOptions options, TimePoint deadline) {
  const bool as_it_is = seen.steps.empty() && begins_as_it_is(seen.name, seen.config);
  Group<std::vector<DnsStep>> asking(reactor);
  for (const Type type : {Type::A, Type::AAAA}) {
    Question question;
    question.name = name;
    question.type = type;
    asking.add(ask_type(reactor, question, options, deadline));
  }
  std::vector<std::vector<DnsStep>> both;
  bool found = false;
  bool may_go_on = true;
  while (!asking.empty()) {
    std::vector<DnsStep> steps = co_await asking.next();
    const DnsStep& last = steps.back();
    found = found || !last.addresses.empty();
    may_go_on = may_go_on && last.rcode && !last.error && search_goes_on(*last.rcode, as_it_is);
    both.push_back(std::move(steps));
  }
  std::ranges::sort(both, {}, [](const auto& steps) { return steps.front().question.type; });
  for (auto& steps : both) std::ranges::move(steps, std::back_inserter(seen.steps));
  co_return !found && may_go_on;
}

Task<bool> gather_dns(Reactor& reactor, Comparison& seen, QueryOptions options, TimePoint deadline) {
  const bool goes_out = is_host_name(seen.name) && !is_localhost(seen.name) && !literal_address(seen.name);
  const auto names = search_names(seen.name, seen.config);
  if (!goes_out || !names) co_return true;
  const auto as_it_is = Name::parse(seen.name);
  bool list_is_over = false;
  for (const Name& name : *names) {
    if (reactor.now() >= deadline) break;
    // What ends the list does not keep a resolver from asking for the name as it is, when that comes last.
    if (list_is_over && !(name == *as_it_is)) continue;
    const bool goes_on = co_await ask_both(reactor, seen, name, options, deadline);
    if (!goes_on && (!seen.dns_addresses().empty() || !seen.steps.back().rcode)) break;
    list_is_over = list_is_over || !goes_on;
  }
  co_return true;
}

LibcAnswer out_of_time(const std::string& name, Duration limit) {
  LibcAnswer answer;
  answer.error.emplace("getaddrinfo", name, Status::timed_out);
  answer.error->detail = "no answer in " + duration_text(limit);
  answer.time = limit;
  return answer;
}

Task<bool> gather_libc(Reactor& reactor, Comparison& seen, Duration limit, TimePoint deadline) {
  std::vector<LibcCall> calls(2);
  calls[1].addrconfig = true;
  LibcView view(reactor, seen.name, calls);
  auto plain = co_await with_deadline(reactor, deadline, view.next());
  seen.libc = plain && *plain ? std::move(**plain) : out_of_time(seen.name, limit);
  auto addrconfig = co_await with_deadline(reactor, deadline, view.next());
  if (addrconfig && *addrconfig) seen.libc_addrconfig = std::move(**addrconfig);
  co_return true;
}

/// Whether libc has addresses that neither the file nor DNS has.
bool somebody_else_answered(const Comparison& seen) {
  return !without(without(seen.libc.addresses, seen.hosts_addresses()), seen.dns_addresses()).empty();
}

Task<bool> gather_services(Reactor& reactor, Comparison& seen, TimePoint deadline) {
  std::vector<LibcCall> calls;
  for (const NssService& service : seen.order.services) {
    if (service.name == "files" || service.name == "dns") continue;
    calls.emplace_back().service = service.name;
  }
  if (calls.empty() || !can_ask_services_alone()) co_return true;
  LibcView view(reactor, seen.name, calls);
  for (const LibcCall& call : calls) {
    auto answer = co_await with_deadline(reactor, deadline, view.next());
    if (!answer || !*answer) break;
    seen.alone.push_back(ServiceAnswer{call.service, std::move(**answer)});
  }
  co_return true;
}

}  // namespace

std::vector<Endpoint> Comparison::hosts_addresses(int family) const {
  std::vector<Endpoint> all;
  for (const HostsLine& line : hosts) {
    if (!contains(all, line.address)) all.push_back(line.address);
  }
  return of_family(all, family);
}

std::vector<Endpoint> Comparison::dns_addresses(int family) const {
  std::vector<Endpoint> all;
  for (const DnsStep& step : steps) std::ranges::copy(step.addresses, std::back_inserter(all));
  return of_family(all, family);
}

std::vector<Endpoint> Comparison::libc_addresses(int family) const {
  return of_family(libc.addresses, family);
}

Task<Comparison> compare(Reactor& reactor, std::string name, QueryOptions options) {
  const Duration limit = options.timeout;
  const TimePoint deadline = saturating_add(reactor.now(), limit);
  Comparison seen;
  seen.name = std::move(name);
  seen.hosts = find_hosts(seen.name);
  seen.order = read_hosts_order();
  seen.config = read_resolver_config();
  seen.servers = options.servers;
  seen.own_ipv4 = has_own_address(AF_INET);
  seen.own_ipv6 = has_own_address(AF_INET6);
  Group<bool> gathering(reactor);
  gathering.add(gather_libc(reactor, seen, limit, deadline));
  gathering.add(gather_dns(reactor, seen, std::move(options), deadline));
  while (!gathering.empty()) static_cast<void>(co_await gathering.next());
  if (somebody_else_answered(seen)) static_cast<void>(co_await gather_services(reactor, seen, deadline));
  co_return seen;
}

}  // namespace net::dns
