#include "net/dns/nsswitch.hh"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "net/dns/config.hh"

namespace net::dns {
namespace {

// glibc since 2.35.
constexpr std::string_view default_order = "files dns";

std::optional<NssAction> parse_action(std::string_view word) {
  if (word == "return") return NssAction::stop;
  if (word == "continue") return NssAction::go_on;
  if (word == "merge") return NssAction::merge;
  return std::nullopt;
}

/// "NOTFOUND=return" or "!UNAVAIL=return" on the service before it.
void apply(std::string item, NssService& service) {
  // By the value of NssStatus.
  constexpr std::array<std::string_view, 4> statuses{"success", "notfound", "unavail", "tryagain"};
  item = lower_case(std::move(item));
  const std::size_t equals = item.find('=');
  if (equals == std::string::npos) return;
  const auto action = parse_action(std::string_view(item).substr(equals + 1));
  std::string_view status = std::string_view(item).substr(0, equals);
  const bool negated = status.starts_with('!');
  if (negated) status.remove_prefix(1);
  const auto* known = std::ranges::find(statuses, status);
  if (!action || known == statuses.end()) return;
  const auto index = static_cast<std::size_t>(known - statuses.begin());
  for (std::size_t i = 0; i < service.actions.size(); ++i) {
    if ((i == index) != negated) service.actions.at(i) = *action;
  }
}

/// "files [NOTFOUND = return] dns" as words: blanks around brackets, none around equals signs.
std::string spaced(const std::string& line) {
  std::string out;
  bool after_equals = false;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && after_equals) continue;
    after_equals = c == '=';
    if (after_equals) {
      out.erase(out.find_last_not_of(" \t") + 1);
      out += c;
    } else if (c == '[' || c == ']') {
      out += {' ', c, ' '};
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<NssService> parse_services(const std::string& line) {
  std::istringstream words(spaced(line));
  std::vector<NssService> services;
  bool inside = false;
  for (std::string word; words >> word;) {
    if (word == "[" || word == "]") {
      inside = word == "[";
    } else if (!inside) {
      services.emplace_back().name = word;
    } else if (!services.empty()) {
      apply(word, services.back());
    }
  }
  return services;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(blanks) + 1 - begin));
}

}  // namespace

bool HostsOrder::has(std::string_view service) const {
  return std::ranges::find(services, service, &NssService::name) != services.end();
}

HostsOrder read_hosts_order(const std::string& path) {
  HostsOrder order;
  std::ifstream file(path);
  // Of several lines the last one counts.
  for (std::string line; std::getline(file, line);) {
    const std::string text = trimmed(std::string_view(line).substr(0, line.find('#')));
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || trimmed(text.substr(0, colon)) != "hosts") continue;
    order.from_file = true;
    order.line = trimmed(std::string_view(text).substr(colon + 1));
  }
  if (!order.from_file) order.line = default_order;
  order.services = parse_services(order.line);
  return order;
}

}  // namespace net::dns
