#include "net/kern/port_policy.hh"

#include <algorithm>
#include <string>

#include "net/kern/sysctl.hh"

namespace net::kern {
namespace {

Parsed<PortRange> range_of(std::string_view first, std::string_view last) {
  const auto low = parse_number(first, UINT16_MAX);
  if (!low) return std::unexpected("'" + std::string(first) + "': " + low.error());
  const auto high = parse_number(last, UINT16_MAX);
  if (!high) return std::unexpected("'" + std::string(last) + "': " + high.error());
  if (*high < *low) return std::unexpected(std::string(last) + " is below " + std::string(first));
  return PortRange{static_cast<std::uint16_t>(*low), static_cast<std::uint16_t>(*high)};
}

}  // namespace

bool PortPolicy::is_privileged(std::uint16_t port) const {
  return port != 0 && port < unprivileged_start;
}

bool PortPolicy::is_reserved(std::uint16_t port) const {
  return std::ranges::any_of(reserved, [port](const PortRange& range) { return range.contains(port); });
}

Parsed<PortRange> parse_port_pair(std::string_view text) {
  const std::size_t first_end = text.find_first_of(" \t");
  if (first_end == std::string_view::npos) return std::unexpected("one number instead of two");
  const std::size_t second = std::min(text.find_first_not_of(" \t", first_end), text.size());
  return range_of(text.substr(0, first_end), text.substr(second));
}

Parsed<std::vector<PortRange>> parse_port_ranges(std::string_view text) {
  std::vector<PortRange> ranges;
  while (!text.empty()) {
    const std::string_view element = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), element.size() + 1));
    const std::size_t dash = element.find('-');
    const auto range = dash == std::string_view::npos
                           ? range_of(element, element)
                           : range_of(element.substr(0, dash), element.substr(dash + 1));
    if (!range) return std::unexpected(range.error());
    ranges.push_back(*range);
  }
  return ranges;
}

PortPolicy port_policy() {
  PortPolicy policy;
  if (const auto start = sysctl_number("net.ipv4.ip_unprivileged_port_start")) {
    policy.unprivileged_start = static_cast<std::uint32_t>(*start);
  }
  if (const auto text = sysctl_text("net.ipv4.ip_local_port_range")) {
    policy.ephemeral = parse_port_pair(*text).value_or(policy.ephemeral);
  }
  if (const auto text = sysctl_text("net.ipv4.ip_local_reserved_ports")) {
    policy.reserved = parse_port_ranges(*text).value_or(std::vector<PortRange>{});
  }
  return policy;
}

}  // namespace net::kern
