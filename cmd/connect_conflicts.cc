#include "cmd/connect_conflicts.hh"

#include <algorithm>
#include <string_view>

#include "cmd/options.hh"
#include "cmd/ways.hh"

namespace cmd {
namespace {

constexpr Ways relay = static_cast<Ways>(ConnectWay::relay);
constexpr Ways scan = static_cast<Ways>(ConnectWay::scan);
constexpr Ways ping = static_cast<Ways>(ConnectWay::ping);
constexpr Ways wait = static_cast<Ways>(ConnectWay::wait);
constexpr Ways trace = static_cast<Ways>(ConnectWay::trace);

constexpr WayRow ways[] = {
    {scan, "-z"},
    {ping, "--ping"},
    {wait, "--wait"},
    {trace, "--trace"},
};

constexpr WayOption options[] = {
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

constexpr WayTable table{relay, ways, options};

}  // namespace

ConnectWay connect_way(const std::vector<std::string>& given) {
  const Ways way = table.way_of(given);
  const auto has = [&given](std::string_view option) {
    return std::ranges::find(given, option) != given.end();
  };
  if (has("--interval") && way == relay && !has("--retry")) {
    throw UsageError("--interval is for --retry, " + table.names_of(ping | wait));
  }
  return static_cast<ConnectWay>(way);
}

}  // namespace cmd
