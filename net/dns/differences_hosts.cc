#include <algorithm>
#include <iterator>

#include "net/dns/difference_rules.hh"

// The rules about the hosts file.
namespace net::dns {

std::string Rules::lines_text(int family) const {
  std::vector<std::string> numbers;
  for (const HostsLine& line : seen_.hosts) {
    if (family == AF_UNSPEC || line.address.family() == family)
      numbers.push_back(std::to_string(line.number));
  }
  return (numbers.size() == 1 ? "line " : "lines ") + list_text(numbers);
}

void Rules::hosts_lines() {
  for (const int family : address_families) {
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
  const bool lacks_files = !seen_.order.services.empty() && !seen_.order.has("files");
  if (hosts_.empty() || libc_.empty()) {
    if (!hosts_.empty() && lacks_files) {
      explain("no_files",
              nsswitch_text() + " has no files: the hosts file (" + lines_text(AF_UNSPEC) + ") is not read.");
    }
    return;
  }
  const bool hosts_used = same_set(libc_, hosts_) && seen_.order.has("files");
  if (hosts_used && (files_first() || dns_.empty())) return hosts_before_dns();
  if (!without(hosts_, libc_).empty() && same_set(libc_, dns_)) {
    if (lacks_files) {
      say("no_files",
          nsswitch_text() + " has no files: the hosts file (" + lines_text(AF_UNSPEC) + ") is not read.");
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

}  // namespace net::dns
