#include "cmd/ports.hh"

#include <array>
#include <bitset>
#include <string>

namespace cmd {
namespace {

using net::Parsed;
using net::kern::PortRange;

/// A number, which no service is.
Parsed<std::uint16_t> number(std::string_view text) {
  return net::parse_port(text, [](std::string_view) { return std::nullopt; });
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "': ";
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Parsed<PortRange> range(std::string_view text) {
  const std::size_t dash = text.find('-');
  std::array<std::uint16_t, 2> ends{};
  const std::array words{text.substr(0, dash), text.substr(dash + 1)};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (words[i].empty()) return std::unexpected("a range without its end");
    if (!is_digits(words[i])) return std::unexpected(quoted(words[i]) + "not a port number");
    const auto end = number(words[i]);
    if (!end) return std::unexpected(quoted(words[i]) + end.error());
    ends[i] = *end;
  }
  if (ends[1] < ends[0]) return std::unexpected("the range runs backwards");
  return PortRange{ends[0], ends[1]};
}

/// The same ports without those that stand before, neighbours together.
std::vector<PortRange> each_once(const std::vector<PortRange>& ranges) {
  std::bitset<UINT16_MAX + 1> seen;
  std::vector<PortRange> once;
  for (const PortRange& range : ranges) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      if (seen.test(port)) continue;
      seen.set(port);
      const auto number = static_cast<std::uint16_t>(port);
      if (!once.empty() && once.back().last + 1U == port) {
        once.back().last = number;
      } else {
        once.push_back({number, number});
      }
    }
  }
  return once;
}

}  // namespace

std::optional<Parsed<PortRange>> port_numbers(std::string_view text,
                                              const std::function<bool(std::string_view)>& is_service) {
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos && is_digits(text.substr(0, dash)) && !is_service(text)) {
    return range(text);
  }
  if (!is_digits(text)) return std::nullopt;
  const auto port = number(text);
  if (!port) return std::unexpected(port.error());
  return PortRange{*port, *port};
}

Parsed<void> each_of_list(std::string_view list, const std::function<Parsed<void>(std::string_view)>& take) {
  const bool is_list = list.contains(',');
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    const std::string_view part = list.substr(0, comma);
    const auto taken = part.empty() ? std::unexpected(std::string("empty")) : take(part);
    if (!taken) return std::unexpected((is_list ? quoted(part) : std::string()) + taken.error());
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
  }
  return {};
}

Parsed<std::vector<PortRange>> parse_port_list(std::string_view list, const net::ServiceLookup& service) {
  std::vector<PortRange> ranges;
  const auto is_service = [&](std::string_view name) { return service(name).has_value(); };
  const auto take = [&](std::string_view part) -> Parsed<void> {
    if (const auto numbers = port_numbers(part, is_service)) {
      if (!*numbers) return std::unexpected(numbers->error());
      ranges.push_back(**numbers);
      return {};
    }
    const auto port = net::parse_port(part, service);
    if (!port) return std::unexpected(port.error());
    ranges.push_back({*port, *port});
    return {};
  };
  if (auto taken = each_of_list(list, take); !taken) return std::unexpected(std::move(taken.error()));
  return each_once(ranges);
}

}  // namespace cmd
