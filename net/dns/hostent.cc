#include "net/dns/hostent.hh"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "net/dns/ares_channel.hh"
#include "net/dns/config.hh"
#include "net/dns/search.hh"
#include "net/dns/status.hh"

namespace net::dns {
namespace {

bool is_dns(const std::string& service) {
  // systemd's module asks the same servers, by its own way.
  return service == "dns" || service == "resolve";
}

/// What DNS said, as nsswitch.conf(5) has it.
NssStatus nss_status(const std::error_code& error) {
  if (!error) return NssStatus::success;
  const bool no = error == Status::no_such_name || error == Status::no_data;
  if (no) return NssStatus::not_found;
  return error == Status::unreachable ? NssStatus::unavailable : NssStatus::try_again;
}

void fill(Answer& answer, AresReply reply) {
  answer.source = Source::dns;
  answer.official_name = std::move(reply.official_name);
  answer.aliases = std::move(reply.aliases);
  answer.server = reply.server;
  if (!reply.error) return;
  answer.error.emplace("resolve", answer.host, reply.error);
  if (reply.error != Status::unreachable) return;
  std::string servers;
  for (const Endpoint& server : read_resolver_config().servers) servers += " " + server.address_text();
  answer.error->detail = "no name server could be asked (those of /etc/resolv.conf:" + servers + ")";
}

/// How much a failure in the search list tells: "no data" stands before SERVFAIL, and that before all others,
/// of which the last counts.
int telling(const std::error_code& error) {
  if (error == Status::no_data) return 2;
  return error == Status::server_failure ? 1 : 0;
}

/// Along the search list as glibc's res_search goes: whatever the name as it is brought leads on to the list;
/// in the list other failures than "no" and SERVFAIL end it, but for the name as it is, when that comes last.
Task<AresReply> search(Reactor& reactor, std::string host, int family) {
  AresReply best;
  best.error = Status::bad_name;
  const ResolverConfig config = read_resolver_config();
  const auto names = search_names(host, config);
  if (!names) co_return best;
  const Name as_it_is = *Name::parse(host);
  const bool begins = begins_as_it_is(host, config);
  bool stopped = false;
  for (const Name& name : *names) {
    if (stopped && !(name == as_it_is)) continue;
    AresReply reply = co_await ask_addresses(reactor, name.text(), family);
    if (!reply.error) co_return reply;
    const int says = telling(reply.error);
    const bool first = &name == names->data();
    const bool says_no = says > 0 || reply.error == Status::no_such_name;
    stopped = stopped || (!says_no && !(first && begins));
    // What the name as it is brought, when it came first, stands before all that the list did.
    const bool better = first || (!begins && says >= telling(best.error));
    if (better) best = std::move(reply);
  }
  co_return best;
}

Task<Answer> ask_server(Reactor& reactor, std::string host, int family) {
  const TimePoint begin = reactor.now();
  AresReply reply = co_await search(reactor, host, family);
  Answer answer;
  answer.host = host;
  answer.family = family;
  answer.addresses = std::move(reply.addresses);
  fill(answer, std::move(reply));
  answer.time = reactor.now() - begin;
  co_return answer;
}

/// The services that can be asked here. glibc passes those over that are not installed, unless an action on
/// UNAVAIL keeps it from that: then the search ends there.
std::vector<NssService> askable(const HostsOrder& order) {
  std::vector<NssService> out;
  for (const NssService& service : order.services) {
    if (service.name == "files" || is_dns(service.name)) {
      out.push_back(service);
    } else if (service.on(NssStatus::unavailable) != NssAction::go_on) {
      break;
    }
  }
  return out;
}

Error no_such_name(const std::string& host, std::string detail) {
  Error error("resolve", host, Status::no_such_name);
  error.detail = std::move(detail);
  return error;
}

/// What the hosts file has for one family; without it an error.
Answer hosts_answer(const std::string& host, int family, HostsEntry entry) {
  Answer answer;
  answer.host = host;
  answer.family = family;
  answer.source = Source::hosts;
  answer.official_name = std::move(entry.official_name);
  answer.aliases = std::move(entry.aliases);
  answer.addresses = std::move(entry.addresses);
  if (answer.addresses.empty()) answer.error = no_such_name(host, {});
  return answer;
}

}  // namespace

std::string_view source_name(Source source) {
  constexpr std::array<std::string_view, 4> names{"hosts", "dns", "literal", "builtin"};
  return names.at(static_cast<std::size_t>(source));
}

std::optional<Endpoint> literal_address(const std::string& text) {
  if (auto address = Endpoint::parse_ip(text, 0)) return *address;
  // inet_aton stops at a blank.
  if (text.find_first_not_of("0123456789abcdefxABCDEFX.") != std::string::npos) return std::nullopt;
  in_addr address{};
  if (inet_aton(text.c_str(), &address) == 0) return std::nullopt;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&address.s_addr);
  return Endpoint::ipv4(std::span<const std::uint8_t, 4>(bytes, 4), 0);
}

Answer Merge::after(const NssService& service, Answer said) {
  constexpr std::string_view detail =
      "libc cannot merge what two services have ([SUCCESS=merge] in nsswitch.conf)";
  const auto lose = [&said, detail] {
    said.error = no_such_name(said.host, std::string(detail));
    said.addresses.clear();
    said.server.reset();
  };
  const auto held = std::exchange(held_, std::nullopt);
  if (held && said.error) {
    said = *held;
  } else if (held) {
    lose();
  }
  if (!said.error && service.on(NssStatus::success) == NssAction::merge) {
    held_ = said;
    lose();
  }
  return said;
}

namespace {

/// What counts as said by a service that had this error, or none.
NssStatus status_after(const std::error_code& code, const Answer& answer, const Merge& merge) {
  if (!answer.error || merge.waits()) return NssStatus::success;
  return code ? nss_status(code) : NssStatus::unavailable;
}

}  // namespace

HostLookup::HostLookup(Reactor& reactor, std::string host, int family)
    : reactor_(reactor), host_(std::move(host)), asking_(reactor) {
  if (family != AF_INET) families_.push_back(AF_INET6);
  if (family != AF_INET6) families_.push_back(AF_INET);
  if (answer_at_once()) return;
  const HostsOrder order = read_hosts_order();
  services_ = askable(order);
  why_nobody_ = order.why_nobody();
}

bool HostLookup::answer_at_once() {
  if (const auto address = literal_address(host_)) {
    offer(address->family(), HostsEntry{host_, {}, {*address}}, Source::literal, Duration::zero());
    return true;
  }
  if (!is_host_name(host_)) {
    refuse(Status::bad_name, Source::builtin);
    return true;
  }
  if (!is_localhost(host_)) return false;
  const TimePoint begin = reactor_.now();
  const std::vector<HostsLine> lines = find_hosts(host_);
  for (const int family : families_)
    offer(family, merge_hosts(lines, family), Source::hosts, reactor_.now() - begin);
  if (answered_) return true;
  for (const int family : families_) {
    offer(family, HostsEntry{lower_case(host_), {}, {Endpoint::loopback(family, 0)}}, Source::builtin,
          Duration::zero());
  }
  return true;
}

void HostLookup::offer(int family, HostsEntry entry, Source source, Duration time) {
  if (entry.addresses.empty()) return;
  Answer& answer = ready_.emplace_back(hosts_answer(host_, family, std::move(entry)));
  answer.source = source;
  answer.time = time;
  answered_ = true;
}

void HostLookup::refuse(std::error_code code, Source source, std::string detail) {
  Answer& none = ready_.emplace_back();
  none.host = host_;
  none.source = source;
  none.error.emplace("resolve", host_, code);
  none.error->detail = std::move(detail);
  answered_ = true;
}

void HostLookup::refuse_at_the_end() {
  refuse(Status::no_such_name, Source::hosts, why_nobody_);
}

void HostLookup::begin_service(const std::string& service) {
  status_ = NssStatus::not_found;
  if (service == "files") {
    ask_hosts_file();
  } else {
    // systemd's module does not read resolv.conf's options.
    ask_dns(service != "dns" || !read_resolver_config().no_aaaa);
  }
}

void HostLookup::ask_hosts_file() {
  const TimePoint begin = reactor_.now();
  const std::vector<HostsLine> lines = find_hosts(host_);
  for (const int family : families_) {
    Answer answer = hosts_answer(host_, family, merge_hosts(lines, family));
    answer.time = reactor_.now() - begin;
    take(std::move(answer));
  }
}

void HostLookup::ask_dns(bool aaaa) {
  for (const int family : families_) {
    if (aaaa || family != AF_INET6) {
      asking_.add(ask_server(reactor_, host_, family));
      continue;
    }
    Answer none;
    none.host = host_;
    none.family = family;
    none.error.emplace("resolve", host_, Status::no_data);
    none.error->detail = "resolv.conf has no-aaaa: DNS is not asked for AAAA";
    take(std::move(none));
  }
}

void HostLookup::take(Answer said) {
  const NssService& service = services_[next_service_ - 1];
  const bool last = next_service_ == services_.size();
  const bool in_dns = said.source == Source::dns;
  const std::error_code code = said.error ? said.error->code : std::error_code();
  Merge& merge = merges_[said.family];
  Answer answer = merge.after(service, std::move(said));
  // One family that has addresses makes it a success.
  if (status_ != NssStatus::success) status_ = status_after(code, answer, merge);
  bool is_told = last || service.on(NssStatus::success) == NssAction::stop;
  if (merge.waits()) {
    is_told = last;
  } else if (answer.error) {
    // That the hosts file lacks a name is no news: DNS says more, and refuse_at_the_end is left.
    is_told = in_dns || !code;
  }
  if (!is_told) return;
  ready_.push_back(std::move(answer));
  answered_ = true;
}

bool HostLookup::ends_here() const {
  return next_service_ > 0 && services_[next_service_ - 1].on(status_) == NssAction::stop;
}

Task<std::optional<Answer>> HostLookup::next() {
  for (;;) {
    if (!ready_.empty()) {
      Answer answer = std::move(ready_.front());
      ready_.pop_front();
      co_return answer;
    }
    if (!asking_.empty()) {
      Answer answer = co_await asking_.next();
      take(std::move(answer));
    } else if (!ends_here() && next_service_ < services_.size()) {
      begin_service(services_[next_service_++].name);
    } else if (!answered_) {
      refuse_at_the_end();
    } else {
      co_return std::nullopt;
    }
  }
}

Task<Answer> look_up_address(Reactor& reactor, Endpoint address) {
  const TimePoint begin = reactor.now();
  const HostsOrder order = read_hosts_order();
  Answer blank;
  blank.host = address.address_text();
  blank.family = address.family();
  blank.source = Source::hosts;
  blank.error = no_such_name(blank.host, order.why_nobody());
  Answer answer = blank;
  Merge merge;
  for (const NssService& service : askable(order)) {
    Answer said = blank;
    if (is_dns(service.name)) {
      said.error.reset();
      AresReply reply = co_await ask_names(reactor, address);
      fill(said, std::move(reply));
    } else if (auto line = find_host_of(address)) {
      said.official_name = std::move(line->official_name);
      said.aliases = std::move(line->aliases);
      said.error.reset();
    }
    const std::error_code code = said.error ? said.error->code : std::error_code();
    said = merge.after(service, std::move(said));
    const NssStatus status = status_after(code, said, merge);
    // Why DNS has none says more than that the hosts file has none.
    const bool says_less = said.error && said.source == Source::hosts && answer.error;
    if (!says_less) answer = std::move(said);
    if (service.on(status) == NssAction::stop) break;
  }
  if (!answer.error) answer.addresses.push_back(address.with_port(0));
  answer.time = reactor.now() - begin;
  co_return answer;
}

}  // namespace net::dns
