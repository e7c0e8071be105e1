#include "net/dns/nsswitch.hh"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "net/dns/config.hh"

namespace net::dns {
namespace {

// glibc since 2.35.
constexpr std::string_view default_order = "files dns";
constexpr std::string_view blanks = " \t\n\v\f\r";

// glibc's nss/databases.def; lines of others (sudoers, automount) are not its business.
constexpr std::array<std::string_view, 17> databases{
    "aliases",    "ethers",   "group",    "group_compat", "gshadow",       "hosts",
    "initgroups", "netgroup", "networks", "passwd",       "passwd_compat", "protocols",
    "publickey",  "rpc",      "services", "shadow",       "shadow_compat"};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

/// SERVICE [ "[" ( ["!"] STATUS "=" ACTION )+ "]" ] ...
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  /// Nothing when the text is malformed. A bracket where a service should stand ends it, and is no error.
  std::optional<std::vector<NssService>> services() {
    std::vector<NssService> out;
    for (;;) {
      NssService service{std::string(word("["))};
      if (service.name.empty()) return out;
      if (accept('[') && !criteria(service)) return std::nullopt;
      out.push_back(std::move(service));
    }
  }

 private:
  bool criteria(NssService& service) {
    do {
      skip_blanks();
      const bool negated = accept('!');
      // Behind the "!" there must be no blank.
      if (rest_.find_first_of(blanks) == 0) return false;
      const std::string status = lower_case(std::string(word("=]")));
      if (!accept('=') || !apply(status, lower_case(std::string(word("=]"))), negated, service)) return false;
      skip_blanks();
    } while (!accept(']'));
    return true;
  }

  static bool apply(std::string_view status, std::string_view action, bool negated, NssService& service) {
    // By the values of NssStatus and of NssAction.
    constexpr std::array<std::string_view, 4> statuses{"success", "notfound", "unavail", "tryagain"};
    constexpr std::array<std::string_view, 3> actions{"return", "continue", "merge"};
    const auto* const known_status = std::ranges::find(statuses, status);
    const auto* const known_action = std::ranges::find(actions, action);
    if (known_status == statuses.end() || known_action == actions.end()) return false;
    const auto index = static_cast<std::size_t>(known_status - statuses.begin());
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      if ((i == index) != negated)
        service.actions.at(i) = static_cast<NssAction>(known_action - actions.begin());
    }
    return true;
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

  /// Up to a blank or one of `ends`; blanks before and behind it are passed over.
  std::string_view word(std::string_view ends) {
    skip_blanks();
    const std::string_view text = rest_.substr(0, rest_.find_first_of(std::string(blanks).append(ends)));
    rest_.remove_prefix(text.size());
    skip_blanks();
    return text;
  }

  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
};

/// "hosts: files" as database and services; nothing where the line is not of that form.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view line) {
  line = trimmed(line);
  const std::size_t end = line.find_first_of(std::string(blanks) + ':');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::size_t begin = line.find_first_not_of(std::string(blanks) + ':', end);
  return std::pair(line.substr(0, end), begin == std::string_view::npos ? "" : line.substr(begin));
}

}  // namespace

bool HostsOrder::has(std::string_view service) const {
  return std::ranges::find(services, service, &NssService::name) != services.end();
}

std::string HostsOrder::why_nobody() const {
  if (malformed_line != 0)
    return "nsswitch.conf is malformed in line " + std::to_string(malformed_line) + " (" + malformed_text +
           "): libc asks nobody";
  return services.empty() ? "nsswitch.conf has a line hosts without services: libc asks nobody" : "";
}

HostsOrder read_hosts_order(const std::string& path) {
  HostsOrder order;
  std::ifstream file(path);
  std::size_t number = 0;
  // Of several lines the last one counts.
  for (std::string line; std::getline(file, line) && !file.eof();) {
    ++number;
    const auto parts = split(line);
    if (!parts || std::ranges::find(databases, parts->first) == databases.end()) continue;
    auto services = Parser(parts->second).services();
    if (!services && order.malformed_line == 0) {
      order.malformed_line = number;
      order.malformed_text = trimmed(line);
    }
    if (parts->first != "hosts") continue;
    order.from_file = true;
    order.line = parts->second;
    order.services = services ? std::move(*services) : std::vector<NssService>();
  }
  if (!order.from_file) {
    order.line = default_order;
    order.services = *Parser(default_order).services();
  }
  if (order.malformed_line != 0) order.services.clear();
  return order;
}

}  // namespace net::dns
