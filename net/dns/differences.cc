#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/address_set.hh"
#include "net/dns/compare.hh"
#include "net/dns/hostent.hh"
#include "net/dns/status.hh"

// The sentences of a comparison, a rule each.
namespace net::dns {
namespace {

constexpr std::array<int, 2> families{AF_INET, AF_INET6};

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

std::string step_name(const DnsStep& step) {
  std::string text = step.question.name.text();
  if (text.size() > 1) text.pop_back();
  return text;
}

/// Everything that the rules look at, and what they say.
class Rules {
 public:
  explicit Rules(const Comparison& seen)
      : seen_(seen),
        hosts_(seen.hosts_addresses()),
        dns_(seen.dns_addresses()),
        libc_(seen.libc_addresses()) {
    for (const DnsStep& step : seen.steps) {
      if (answer_ == nullptr && !step.addresses.empty()) answer_ = &step;
    }
  }

  std::vector<Difference> run() {
    nobody_asked();
    hosts_lines();
    hosts_file();
    hosts_name();
    search_list();
    chain();
    nsswitch();
    services();
    servers();
    libc_failure();
    addrconfig();
    order();
    unexplained();
    return std::move(out_);
  }

 private:
  void say(std::string_view code, std::string text) { out_.push_back(Difference{code, std::move(text)}); }
  /// The same of what makes libc and DNS differ.
  void explain(std::string_view code, std::string text) {
    say(code, std::move(text));
    explained_ = true;
  }

  [[nodiscard]] std::size_t place(std::string_view service) const {
    const auto found = std::ranges::find(seen_.order.services, service, &NssService::name);
    return static_cast<std::size_t>(found - seen_.order.services.begin());
  }
  [[nodiscard]] bool files_first() const { return place("files") < place("dns"); }
  [[nodiscard]] bool asks_dns() const { return seen_.order.has("dns") || seen_.order.has("resolve"); }
  [[nodiscard]] bool libc_failed() const { return seen_.libc.error.has_value(); }
  [[nodiscard]] bool libc_silent() const {
    return libc_failed() && seen_.libc.error->blame == Blame::silence;
  }
  [[nodiscard]] bool libc_says_no() const {
    return libc_failed() && seen_.libc.error->symbol() != "EAI_AGAIN" &&
           seen_.libc.error->blame == Blame::remote;
  }
  /// "line 12", "lines 1 and 3".
  [[nodiscard]] std::string lines_text(int family) const;
  [[nodiscard]] std::string dns_verdict() const;

  void nobody_asked();
  void hosts_lines();
  void hosts_file();
  void hosts_before_dns();
  void hosts_name();
  void search_list();
  void chain();
  void nsswitch();
  void services();
  void servers();
  void libc_failure();
  void addrconfig();
  void order();
  void unexplained();

  const Comparison& seen_;
  Addresses hosts_;
  Addresses dns_;
  Addresses libc_;
  const DnsStep* answer_ = nullptr;  ///< the first step that has addresses
  bool explained_ = false;
  std::vector<Difference> out_;
};

std::string Rules::lines_text(int family) const {
  std::vector<std::string> numbers;
  for (const HostsLine& line : seen_.hosts) {
    if (family == AF_UNSPEC || line.address.family() == family)
      numbers.push_back(std::to_string(line.number));
  }
  return (numbers.size() == 1 ? "line " : "lines ") + list_text(numbers);
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

void Rules::hosts_lines() {
  for (const int family : families) {
    const auto count = std::ranges::count_if(
        seen_.hosts, [family](const HostsLine& line) { return line.address.family() == family; });
    if (count < 2) continue;
    std::string text = "The hosts file has " + seen_.name + " for " + std::string(family_name(family)) +
                       " in " + lines_text(family);
    if (without(seen_.hosts_addresses(family), libc_).empty()) text += ", and libc takes all of them";
    say("several_lines", text + ".");
  }
}

void Rules::hosts_file() {
  if (hosts_.empty() || libc_.empty()) {
    if (!hosts_.empty() && !seen_.order.has("files")) {
      explain("no_files", "nsswitch.conf (hosts: " + seen_.order.line + ") has no files: the hosts file (" +
                              lines_text(AF_UNSPEC) + ") is not read.");
    }
    return;
  }
  const bool hosts_used = same_set(libc_, hosts_);
  if (hosts_used && files_first()) return hosts_before_dns();
  if (!without(hosts_, libc_).empty() && same_set(libc_, dns_)) {
    if (!seen_.order.has("files")) {
      say("no_files", "nsswitch.conf (hosts: " + seen_.order.line + ") has no files: the hosts file (" +
                          lines_text(AF_UNSPEC) + ") is not read.");
    } else if (!files_first() && asks_dns()) {
      say("hosts_unused", "nsswitch.conf asks dns before files, and DNS has " + seen_.name +
                              ": the hosts file (" + lines_text(AF_UNSPEC) + ") is not used.");
    }
  }
  const bool merges = seen_.order.has("files") &&
                      seen_.order.services[place("files")].on(NssStatus::success) == NssAction::merge;
  Addresses both = hosts_;
  std::ranges::copy(dns_, std::back_inserter(both));
  if (merges && !same_set(libc_, dns_) && same_set(libc_, both))
    explain("merged", "nsswitch.conf merges what files and dns have ([SUCCESS=merge]).");
}

/// libc has what the hosts file has, and nothing else.
void Rules::hosts_before_dns() {
  if (dns_.empty()) {
    if (!seen_.steps.empty() && !answer_)
      explain("hosts_only", "Only the hosts file has " + seen_.name + " (" + lines_text(AF_UNSPEC) +
                                "): " + dns_verdict() + ".");
    return;
  }
  Addresses never;
  Addresses left_out;
  for (const Endpoint& address : without(dns_, hosts_)) {
    (seen_.hosts_addresses(address.family()).empty() ? left_out : never).push_back(address);
  }
  const std::string where = "The hosts file has " + seen_.name + " (" + lines_text(AF_UNSPEC) + ")";
  if (!never.empty() && asks_dns())
    explain("hosts_shadow_dns", where + ", and nsswitch.conf asks files before dns: programs never see " +
                                    addresses_text(never) + ".");
  if (!left_out.empty() && asks_dns())
    explain("hosts_hide_family", where + " without an " +
                                     std::string(family_name(left_out.front().family())) +
                                     " address: asked for both families, libc stops there and leaves out " +
                                     addresses_text(left_out) + ".");
}

void Rules::hosts_name() {
  if (seen_.hosts.empty() || libc_.empty() || !without(libc_, hosts_).empty()) return;
  const HostsLine& first = seen_.hosts.front();
  if (same_name(first.official_name, seen_.name) ||
      !same_name(first.official_name, seen_.libc.canonical_name))
    return;
  say("hosts_name", "h_name is " + first.official_name + ", the first name in line " +
                        std::to_string(first.number) + " of the hosts file.");
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

void Rules::nsswitch() {
  if (dns_.empty() || same_set(libc_, dns_) || explained_) return;
  const std::string line = "nsswitch.conf (hosts: " + seen_.order.line + ")";
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
  for (const int family : families) {
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
  for (const int family : families) {
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

}  // namespace

std::vector<Difference> differences(const Comparison& seen) {
  return Rules(seen).run();
}

}  // namespace net::dns
