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
  const auto names = search_names(host, read_resolver_config());
  if (!names) co_return best;
  const Name as_it_is = *Name::parse(host);
  bool stopped = false;
  for (const Name& name : *names) {
    const bool plain = name == as_it_is;
    if (stopped && !plain) continue;
    AresReply reply = co_await ask_addresses(reactor, name.text(), family);
    if (!reply.error) co_return reply;
    const int says = telling(reply.error);
    stopped = !plain && says == 0 && reply.error != Status::no_such_name;
    // What the name as it is brought, when it came first, stands before all that the list did.
    const bool better =
        &name == names->data() || (!(names->front() == as_it_is) && says >= telling(best.error));
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

HostLookup::HostLookup(Reactor& reactor, std::string host, int family)
    : reactor_(reactor), host_(std::move(host)), asking_(reactor) {
  if (family != AF_INET) families_.push_back(AF_INET6);
  if (family != AF_INET6) families_.push_back(AF_INET);
  if (!answer_at_once()) services_ = read_hosts_order().services;
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
  ask_hosts_file();
  if (answered_) return true;
  for (const int family : families_) {
    offer(family, HostsEntry{lower_case(host_), {}, {Endpoint::loopback(family, 0)}}, Source::builtin,
          Duration::zero());
  }
  return true;
}

void HostLookup::ask_hosts_file() {
  const TimePoint begin = reactor_.now();
  const std::vector<HostsLine> lines = find_hosts(host_);
  status_ = NssStatus::not_found;
  for (const int family : families_)
    offer(family, merge_hosts(lines, family), Source::hosts, reactor_.now() - begin);
}

void HostLookup::offer(int family, HostsEntry entry, Source source, Duration time) {
  if (entry.addresses.empty()) return;
  Answer& answer = ready_.emplace_back();
  answer.host = host_;
  answer.family = family;
  answer.official_name = std::move(entry.official_name);
  answer.aliases = std::move(entry.aliases);
  answer.addresses = std::move(entry.addresses);
  answer.source = source;
  answer.time = time;
  status_ = NssStatus::success;
  answered_ = true;
}

void HostLookup::refuse(std::error_code code, Source source) {
  Answer& none = ready_.emplace_back();
  none.host = host_;
  none.source = source;
  none.error.emplace("resolve", host_, code);
  answered_ = true;
}

void HostLookup::begin_service(const std::string& service) {
  status_ = NssStatus::unavailable;
  if (service == "files") {
    ask_hosts_file();
  } else if (is_dns(service)) {
    for (const int family : families_) asking_.add(ask_server(reactor_, host_, family));
  }
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
      // One family that has addresses makes it a success.
      if (status_ != NssStatus::success)
        status_ = nss_status(answer.error ? answer.error->code : std::error_code());
      answered_ = true;
      co_return answer;
    }
    if (!ends_here() && next_service_ < services_.size()) {
      begin_service(services_[next_service_++].name);
    } else if (!answered_) {
      refuse(Status::no_such_name, Source::hosts);
    } else {
      co_return std::nullopt;
    }
  }
}

Task<Answer> look_up_address(Reactor& reactor, Endpoint address) {
  const TimePoint begin = reactor.now();
  Answer answer;
  answer.host = address.address_text();
  answer.family = address.family();
  answer.source = Source::hosts;
  answer.error.emplace("resolve", answer.host, Status::no_such_name);
  const HostsOrder order = read_hosts_order();
  for (const NssService& service : order.services) {
    NssStatus status = NssStatus::unavailable;
    if (service.name == "files") {
      status = NssStatus::not_found;
      if (auto line = find_host_of(address)) {
        answer.source = Source::hosts;
        answer.official_name = std::move(line->official_name);
        answer.aliases = std::move(line->aliases);
        answer.error.reset();
        status = NssStatus::success;
      }
    } else if (is_dns(service.name)) {
      answer.error.reset();
      AresReply reply = co_await ask_names(reactor, address);
      status = nss_status(reply.error);
      fill(answer, std::move(reply));
    }
    if (service.on(status) == NssAction::stop) break;
  }
  if (!answer.error) answer.addresses.push_back(address.with_port(0));
  answer.time = reactor.now() - begin;
  co_return answer;
}

}  // namespace net::dns
