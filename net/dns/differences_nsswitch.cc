#include <algorithm>

#include "net/dns/difference_rules.hh"

// The rules about nsswitch.conf.
namespace net::dns {

std::size_t Rules::place(std::string_view service) const {
  const auto found = std::ranges::find(seen_.order.services, service, &NssService::name);
  return static_cast<std::size_t>(found - seen_.order.services.begin());
}

namespace {

bool is_dns(const NssService& service) {
  return service.name == "dns" || service.name == "resolve";
}

}  // namespace

const Addresses& Rules::addresses_of(const NssService& service) const {
  static const Addresses unknown;
  if (service.name == "files") return hosts_;
  return is_dns(service) ? dns_ : unknown;
}

std::string Rules::nsswitch_text() const {
  return "nsswitch.conf (hosts: " + seen_.order.line + ")";
}

void Rules::no_services() {
  const std::string why = seen_.order.why_nobody();
  if (why.empty() || !libc_.empty() || (hosts_.empty() && dns_.empty())) return;
  explain(seen_.order.malformed_line != 0 ? "malformed" : "no_services", why + ".");
}

/// [SUCCESS=continue]: what comes later stands in place of what came before.
void Rules::discarded() {
  if (!libc_knows()) return;
  for (const NssService& service : seen_.order.services) {
    const Addresses forgotten = without(addresses_of(service), libc_);
    const bool last = &service == &seen_.order.services.back();
    if (last || forgotten.empty() || service.on(NssStatus::success) != NssAction::go_on) continue;
    explain("discarded", nsswitch_text() + " goes on when " + service.name + " has a name: libc forgets " +
                             addresses_text(forgotten) + ".");
  }
}

/// [SUCCESS=merge], and for getaddrinfo merge on any other status as well: only groups can be merged.
void Rules::not_merged() {
  if (!libc_says_no() || (hosts_.empty() && dns_.empty())) return;
  for (const NssService& service : seen_.order.services) {
    const bool is_known = service.name == "files" || is_dns(service);
    const auto status = addresses_of(service).empty() ? NssStatus::not_found : NssStatus::success;
    const bool last = &service == &seen_.order.services.back();
    if (!is_known || last || service.on(status) != NssAction::merge) continue;
    explain("not_merged",
            nsswitch_text() + " tells libc to merge what " + service.name +
                " has with what comes after it: libc cannot do that for hosts, and has nothing.");
    return;
  }
}

void Rules::nsswitch() {
  if (dns_.empty() || same_set(libc_, dns_) || explained_) return;
  const std::string line = nsswitch_text();
  if (!asks_dns()) {
    explain("no_dns", line + " has no dns: programs that use libc never ask it.");
    return;
  }
  if (!libc_says_no()) return;
  for (const NssService& service : seen_.order.services) {
    if (service.name == "dns") return;
    if (service.on(NssStatus::not_found) != NssAction::stop) continue;
    if (service.name == "files" && hosts_.empty()) {
      explain("nsswitch_stops",
              line + " ends the search when the hosts file lacks the name: dns is never asked.");
    } else {
      // Whether it said "not found" or "not here" cannot be seen.
      explain("service_may_stop", "libc has nothing, DNS has " + addresses_text(dns_) + ": " + service.name +
                                      ", before dns in " + line + ", may have ended the search.");
    }
    return;
  }
}

void Rules::services() {
  Addresses open = without(without(libc_, hosts_), dns_);
  for (const ServiceAnswer& alone : seen_.alone) {
    const Addresses others = without(open, alone.answer.addresses);
    if (others.size() == open.size()) continue;
    const Addresses its = without(open, others);
    explain("other_service", addresses_text(its) + (its.size() == 1 ? " comes" : " come") + " from " +
                                 alone.service + ", a service of nsswitch.conf (hosts: " + seen_.order.line +
                                 ").");
    open = others;
  }
}

}  // namespace net::dns
