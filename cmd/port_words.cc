#include "cmd/port_words.hh"

#include <algorithm>
#include <array>
#include <string>

#include "cmd/ports.hh"

namespace cmd {
namespace {

using net::Parsed;

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
  if (elsewhere.empty())
    return std::unexpected(net::parse_port(name, [](std::string_view) { return std::nullopt; }).error());
  return std::unexpected("no such service over " + std::string(wanted.front().name()) + " (it is " +
                         elsewhere + ")");
}

/// The name of a service over either protocol, whichever is asked for.
bool is_service(std::string_view name, const PortOfService& service) {
  return std::ranges::any_of(both, [&](const auto& each) { return service(name, each.name()).has_value(); });
}

Parsed<std::vector<PortSpan>> element(std::string_view text, const std::vector<net::Transport>& wanted,
                                      const PortOfService& service) {
  if (text.contains('/')) return std::unexpected("the protocol stands at the end, for all of a list");
  const auto ports = port_numbers(text, [&](std::string_view name) { return is_service(name, service); });
  if (!ports) return named(text, wanted, service);
  if (!*ports) return std::unexpected(ports->error());
  std::vector<PortSpan> spans;
  spans.reserve(wanted.size());
  for (const net::Transport& transport : wanted) spans.push_back({transport, **ports});
  return spans;
}

}  // namespace

Parsed<std::vector<PortSpan>> parse_port_word(std::string_view word, const PortOfService& service) {
  const auto wanted = protocols_of(word);
  if (!wanted) return std::unexpected(wanted.error());
  std::vector<PortSpan> spans;
  const auto take = [&](std::string_view text) -> Parsed<void> {
    const auto found = element(text, *wanted, service);
    if (!found) return std::unexpected(found.error());
    spans.insert(spans.end(), found->begin(), found->end());
    return {};
  };
  if (auto taken = each_of_list(word, take); !taken) return std::unexpected(std::move(taken.error()));
  return spans;
}

}  // namespace cmd
