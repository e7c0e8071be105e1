#include "cmd/port_words.hh"

#include <algorithm>
#include <array>
#include <string>

namespace cmd {
namespace {

using net::Parsed;
using net::kern::PortRange;

constexpr std::array both{tcp, udp};

/// The protocols that a word is about: the one behind its slash, or both.
Parsed<std::vector<net::Transport>> protocols_of(std::string_view& word) {
  const std::size_t slash = word.rfind('/');
  if (slash == std::string_view::npos) return std::vector<net::Transport>(both.begin(), both.end());
  const std::string_view name = word.substr(slash + 1);
  word = word.substr(0, slash);
  for (const net::Transport& transport : both) {
    if (transport.name() == name) return std::vector{transport};
  }
  return std::unexpected("no such protocol '" + std::string(name) + "' (tcp, udp)");
}

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

/// Several numbers, as far as its beginning tells; a name may begin so too (RFC 6335, 5.1).
bool is_range(std::string_view text, const PortOfService& service) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || !is_digits(text.substr(0, dash))) return false;
  return std::ranges::none_of(both, [&](const auto& each) { return service(text, each.name()).has_value(); });
}

/// The protocols of `wanted` that have a service of that name, which is no number, each with its port.
Parsed<std::vector<PortSpan>> named(std::string_view name, const std::vector<net::Transport>& wanted,
                                    const PortOfService& service) {
  std::vector<PortSpan> spans;
  std::string elsewhere;
  for (const net::Transport& transport : both) {
    const auto port = service(name, transport.name());
    if (!port) continue;
    const std::string_view protocol = transport.name();
    if (wanted.size() == both.size() || wanted.front().name() == protocol) {
      spans.push_back({transport, {*port, *port}});
    } else {
      elsewhere = std::to_string(*port) + "/" + std::string(protocol);
    }
  }
  if (!spans.empty()) return spans;
  if (elsewhere.empty()) return std::unexpected(number(name).error());
  return std::unexpected("no such service over " + std::string(wanted.front().name()) + " (it is " +
                         elsewhere + ")");
}

Parsed<std::vector<PortSpan>> element(std::string_view text, const std::vector<net::Transport>& wanted,
                                      const PortOfService& service) {
  if (text.empty()) return std::unexpected("empty");
  if (text.contains('/')) return std::unexpected("the protocol stands at the end, for all of a list");
  Parsed<PortRange> ports{};
  if (is_range(text, service)) {
    ports = range(text);
  } else if (is_digits(text)) {
    const auto port = number(text);
    if (!port) return std::unexpected(port.error());
    ports = PortRange{*port, *port};
  } else {
    return named(text, wanted, service);
  }
  if (!ports) return std::unexpected(ports.error());
  std::vector<PortSpan> spans;
  spans.reserve(wanted.size());
  for (const net::Transport& transport : wanted) spans.push_back({transport, *ports});
  return spans;
}

}  // namespace

Parsed<std::vector<PortSpan>> parse_port_word(std::string_view word, const PortOfService& service) {
  const auto wanted = protocols_of(word);
  if (!wanted) return std::unexpected(wanted.error());
  const bool is_list = word.contains(',');
  std::vector<PortSpan> spans;
  for (bool more = true; more;) {
    const std::size_t comma = word.find(',');
    const std::string_view text = word.substr(0, comma);
    const auto found = element(text, *wanted, service);
    if (!found) {
      return std::unexpected((is_list ? quoted(text) : std::string()) + found.error());
    }
    spans.insert(spans.end(), found->begin(), found->end());
    more = comma != std::string_view::npos;
    if (more) word.remove_prefix(comma + 1);
  }
  return spans;
}

}  // namespace cmd
