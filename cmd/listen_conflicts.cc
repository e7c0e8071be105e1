#include "cmd/listen_conflicts.hh"

#include <algorithm>
#include <string_view>

#include "cmd/options.hh"
#include "cmd/ways.hh"

namespace cmd {
namespace {

constexpr Ways relay = static_cast<Ways>(ListenWay::relay);
constexpr Ways serve = static_cast<Ways>(ListenWay::serve);
constexpr Ways exec = static_cast<Ways>(ListenWay::exec);
constexpr Ways shell = static_cast<Ways>(ListenWay::shell);
constexpr Ways forward = static_cast<Ways>(ListenWay::forward);
constexpr Ways forward_udp = static_cast<Ways>(ListenWay::forward_udp);
constexpr Ways broker = static_cast<Ways>(ListenWay::broker);

constexpr WayRow ways[] = {
    {serve, "--serve"},
    {exec, "--exec"},
    {shell, "--shell"},
    {forward, "--forward"},
    {forward_udp, "--forward-udp"},
    {broker, "--broker"},
    // A broker that says who: both words may be given.
    {broker, "--chat"},
};

constexpr Ways programs = exec | shell;
constexpr Ways forwards = forward | forward_udp;

constexpr WayOption options[] = {
    // What only stdin and stdout have.
    {"--no-stdin", relay},
    {"--send-only", relay},
    {"--recv-only", relay},
    {"--no-shutdown", relay},
    {"--quit-after", relay},
    {"--drain", relay},
    {"--progress", relay},
    // Text that somebody wrote: a service and a forwarder pass bytes on as they are.
    {"--crlf", relay | programs | broker},
    {"--telnet", relay | programs},
    // Where a stream becomes datagrams.
    {"--datagram-size", relay | programs | forwards},
    {"--by-line", relay | programs | forwards},
    // The way to a target.
    {"--timeout", forwards},
};

constexpr WayTable table{relay, ways, options};

/// Stdin and stdout go to one client after the other; forwarders and brokers have one loop.
void check_model(Ways way, net::ModelKind model) {
  const Ways any = serve | programs;
  if ((way & any) != 0 || model == (way == relay ? net::ModelKind::iterative : net::ModelKind::epoll)) return;
  throw UsageError(
      "--model: clients of stdin and stdout are served one after another (iterative), those of " +
      table.names_of(forwards | broker) + " all on one loop (epoll); other models are for " +
      table.names_of(any));
}

}  // namespace

ListenWay listen_way(const std::vector<std::string>& given, const ListenFlags& flags) {
  const Ways way = table.way_of(given);
  const auto has = [&given](std::string_view option) {
    return std::ranges::find(given, option) != given.end();
  };
  if (has("--model")) check_model(way, flags.model);
  const net::Transport transport = flags.relay.transport();
  if (has("--datagram-size") && !transport.keeps_boundaries() && !flags.forwards_messages()) {
    throw UsageError("--datagram-size needs datagrams (-u, --forward-udp)");
  }
  if (has("--backlog") && !transport.has_connection()) {
    throw UsageError("--backlog is for streams: datagram peers do not wait to be accepted");
  }
  return static_cast<ListenWay>(way);
}

}  // namespace cmd
