#include "cmd/connect_conflicts.hh"

#include <algorithm>
#include <string_view>

#include "cmd/options.hh"

namespace cmd {
namespace {

/// A set of ways.
using Ways = unsigned;
constexpr Ways relay = static_cast<Ways>(ConnectWay::relay);
constexpr Ways scan = static_cast<Ways>(ConnectWay::scan);
constexpr Ways ping = static_cast<Ways>(ConnectWay::ping);
constexpr Ways wait = static_cast<Ways>(ConnectWay::wait);
constexpr Ways trace = static_cast<Ways>(ConnectWay::trace);

/// The option that asks for a way; relaying is what connect does without one.
struct WayRow {
  ConnectWay way;
  std::string_view option;
};
constexpr WayRow ways[] = {
    {ConnectWay::scan, "-z"},
    {ConnectWay::ping, "--ping"},
    {ConnectWay::wait, "--wait"},
    {ConnectWay::trace, "--trace"},
};

/// An option and the ways in which it means something. All others always do.
struct OptionRow {
  std::string_view option;
  Ways ways;
};
constexpr OptionRow options[] = {
    // What only a connection that carries bytes has.
    {"--no-stdin", relay},
    {"--send-only", relay},
    {"--recv-only", relay},
    {"--no-shutdown", relay},
    {"--shutdown", relay},
    {"--quit-after", relay},
    {"--drain", relay},
    {"--idle-timeout", relay},
    {"--datagram-size", relay},
    {"--by-line", relay},
    {"--crlf", relay},
    {"--telnet", relay},
    {"--hexdump", relay},
    {"--unconnected", relay},
    {"--retry", relay},
    // What several have.
    {"--progress", relay | scan},
    {"--no-race", relay | wait},
    {"--unix", relay | ping | wait},
    {"--type", relay | ping | wait},
    {"--interval", relay | ping | wait},
    // What one has.
    {"--concurrency", scan},
    {"--rate", scan},
    {"--banner", scan},
    {"--all", scan},
    {"--file", scan},
    {"--count", ping},
    {"--resolve-every", ping},
    {"--max-hops", trace},
};

std::string_view option_of(ConnectWay way) {
  const auto* const row = std::ranges::find(ways, way, &WayRow::way);
  return row == std::end(ways) ? std::string_view() : row->option;
}

bool has(const std::vector<std::string>& given, std::string_view option) {
  return std::ranges::find(given, option) != given.end();
}

/// "--ping and --wait".
std::string names_of(Ways set) {
  std::vector<std::string_view> names;
  for (const WayRow& row : ways) {
    if ((set & static_cast<Ways>(row.way)) != 0) names.push_back(row.option);
  }
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

}  // namespace

ConnectWay connect_way(const std::vector<std::string>& given) {
  ConnectWay way = ConnectWay::relay;
  for (const WayRow& row : ways) {
    if (!has(given, row.option)) continue;
    if (way != ConnectWay::relay) {
      throw UsageError(std::string(option_of(way)) + " and " + std::string(row.option) +
                       " exclude each other");
    }
    way = row.way;
  }
  for (const OptionRow& row : options) {
    if (!has(given, row.option) || (row.ways & static_cast<Ways>(way)) != 0) continue;
    const std::string option(row.option);
    if (way == ConnectWay::relay) throw UsageError(option + " is for " + names_of(row.ways));
    throw UsageError(option + " is not for " + std::string(option_of(way)));
  }
  if (has(given, "--interval") && way == ConnectWay::relay && !has(given, "--retry")) {
    throw UsageError("--interval is for --retry, " + names_of(ping | wait));
  }
  return way;
}

}  // namespace cmd
