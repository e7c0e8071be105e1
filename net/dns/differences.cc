#include <algorithm>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/difference_rules.hh"
#include "net/dns/hostent.hh"

namespace net::dns {
namespace {

std::string step_name(const DnsStep& step) {
  std::string text = step.question.name.text();
  if (text.size() > 1) text.pop_back();
  return text;
}

}  // namespace

std::string_view family_name(int family) {
  return family == AF_INET ? "AF_INET" : "AF_INET6";
}

bool same_name(const std::string& a, const std::string& b) {
  const auto plain = [](std::string text) {
    text = lower_case(std::move(text));
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  return plain(a) == plain(b);
}

Rules::Rules(const Comparison& seen)
    : seen_(seen), hosts_(seen.hosts_addresses()), dns_(seen.dns_addresses()), libc_(seen.libc_addresses()) {
  for (const DnsStep& step : seen.steps) {
    if (answer_ == nullptr && !step.addresses.empty()) answer_ = &step;
  }
}

std::vector<Difference> Rules::run() {
  nobody_asked();
  no_services();
  hosts_lines();
  hosts_file();
  hosts_name();
  search_list();
  chain();
  discarded();
  not_merged();
  nsswitch();
  no_aaaa();
  services();
  servers();
  libc_failure();
  addrconfig();
  order();
  unexplained();
  return std::move(out_);
}

bool Rules::libc_silent() const {
  return libc_failed() && seen_.libc.error->blame == Blame::silence;
}

bool Rules::libc_says_no() const {
  return libc_failed() && seen_.libc.error->symbol() != "EAI_AGAIN" &&
         seen_.libc.error->blame == Blame::remote;
}

/// "DNS says NXDOMAIN": the last step's word.
std::string Rules::dns_verdict() const {
  if (seen_.steps.empty()) return "DNS was not asked";
  const DnsStep& last = seen_.steps.back();
  if (!last.rcode) return "DNS did not answer";
  return "DNS says " + (*last.rcode == 0 ? "NODATA" : rcode_text(*last.rcode));
}

void Rules::nobody_asked() {
  if (literal_address(seen_.name)) {
    explain("literal", seen_.name + " is an address: nobody is asked.");
  } else if (is_localhost(seen_.name)) {
    explain("localhost", "nettool does not ask DNS for localhost and the names below it (RFC 6761).");
  } else if (!is_host_name(seen_.name)) {
    explain("bad_name", seen_.name + " cannot be the name of a host: DNS is not asked.");
  }
}

void Rules::search_list() {
  if (answer_ == nullptr || same_name(step_name(*answer_), seen_.name)) return;
  say("search_list", "DNS has " + step_name(*answer_) + ": the search list of resolv.conf was applied to " +
                         seen_.name + " (ndots:" + std::to_string(seen_.config.ndots) + ").");
}

void Rules::chain() {
  if (answer_ == nullptr || answer_->cnames.empty()) return;
  std::string text = step_name(*answer_);
  for (const std::string& target : answer_->cnames) text += " -> " + target;
  if (same_name(answer_->cnames.back(), seen_.libc.canonical_name))
    say("cname", "An alias (CNAME): " + text + ". Its end is libc's h_name.");
}

void Rules::servers() {
  for (const DnsStep& step : seen_.steps) {
    if (step.first_server || !step.rcode) continue;
    say("server_silent",
        servers_text({seen_.servers.front()}) + " did not answer, " + servers_text({step.server}) + " did.");
    break;
  }
  for (std::size_t i = 1; i < seen_.steps.size(); ++i) {
    const DnsStep& failed = seen_.steps[i - 1];
    const DnsStep& next = seen_.steps[i];
    // The same question again: after a failure, to the next server.
    if (!(failed.question == next.question) || !failed.rcode || !next.rcode || failed.rcode == next.rcode)
      continue;
    say("servers_differ", servers_text({failed.server}) + " says " + rcode_text(*failed.rcode) + " and " +
                              servers_text({next.server}) + " " + rcode_text(*next.rcode) +
                              ": after such a failure resolvers ask the next server.");
    break;
  }
  if (same_set(seen_.servers, seen_.config.servers) || same_set(libc_, dns_) || explained_) return;
  if (seen_.steps.empty() || !asks_dns()) return;
  explain("other_servers", "DNS was asked at " + servers_text(seen_.servers) +
                               "; resolv.conf, which libc reads, has " + servers_text(seen_.config.servers) +
                               ".");
}

void Rules::no_aaaa() {
  const Addresses missing = without(seen_.dns_addresses(AF_INET6), libc_);
  if (!seen_.config.no_aaaa || missing.empty() || explained_ || !libc_knows()) return;
  if (seen_.order.has("dns"))
    explain("no_aaaa", "resolv.conf has no-aaaa: libc does not ask DNS for AAAA, and leaves out " +
                           addresses_text(missing) + ".");
}

void Rules::libc_failure() {
  if (!libc_failed() || libc_says_no()) return;
  const std::string dns =
      dns_.empty() ? "."
                   : ", while " + servers_text({answer_->server}) + " has " + addresses_text(dns_) + ".";
  if (libc_silent()) {
    explain("libc_timeout",
            "libc had no answer in " + duration_text(seen_.libc.time) + " and was stopped" + dns);
  } else if (!dns_.empty()) {
    explain("libc_fails",
            "libc fails (" + seen_.libc.error->symbol() + ": " + seen_.libc.error->message() + ")" + dns);
  }
}

void Rules::addrconfig() {
  if (!seen_.libc_addrconfig) return;
  const LibcAnswer& answer = *seen_.libc_addrconfig;
  // After a failure nothing was hidden.
  if (answer.error && (answer.error->symbol() == "EAI_AGAIN" || answer.error->blame != Blame::remote)) return;
  for (const int family : address_families) {
    const bool hidden = !seen_.libc_addresses(family).empty() &&
                        std::ranges::none_of(answer.addresses, [family](const Endpoint& address) {
                          return address.family() == family;
                        });
    if (!hidden || (family == AF_INET ? seen_.own_ipv4 : seen_.own_ipv6)) continue;
    say("addrconfig", "Programs that set AI_ADDRCONFIG, as many do, get no " +
                          std::string(family_name(family)) + " address: this host has none but loopback's.");
  }
}

void Rules::order() {
  for (const int family : address_families) {
    const Addresses libc = seen_.libc_addresses(family);
    const Addresses dns = seen_.dns_addresses(family);
    if (libc.size() < 2 || libc.size() != dns.size() || !same_set(libc, dns) || libc == dns) continue;
    say("order", "The same " + std::string(family_name(family)) +
                     " addresses in another order: libc begins with " + libc.front().address_text() +
                     ", DNS with " + dns.front().address_text() +
                     " (libc sorts by RFC 6724; servers may rotate).");
  }
}

void Rules::unexplained() {
  const bool nothing_to_say = same_set(libc_, dns_) || explained_ || seen_.steps.empty();
  if (nothing_to_say) return;
  const std::string libc =
      libc_.empty() ? "nothing (" + seen_.libc.error->symbol() + ")" : addresses_text(libc_);
  const std::string dns = dns_.empty() ? "nothing (" + dns_verdict() + ")" : addresses_text(dns_);
  say("unexplained", "libc has " + libc + ", DNS has " + dns + ", and nothing in nsswitch.conf explains it.");
}

std::vector<Difference> differences(const Comparison& seen) {
  return Rules(seen).run();
}

}  // namespace net::dns
