#include "cmd/sockopt_options.hh"

#include <netinet/in.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "cmd/relay_options.hh"

namespace cmd {
namespace {

using net::kern::DiagProtocol;

net::Parsed<pid_t> parse_pid(std::string_view text) {
  const auto number = net::parse_number(text, INT_MAX);
  if (!number) return std::unexpected(number.error());
  if (*number == 0) return std::unexpected("at least 1");
  return static_cast<pid_t>(*number);
}

net::Parsed<int> parse_descriptor(std::string_view text) {
  const auto number = net::parse_number(text, INT_MAX);
  if (!number) return std::unexpected(number.error());
  return static_cast<int>(*number);
}

net::Parsed<net::Duration> parse_tick(std::string_view text) {
  const auto span = net::parse_duration(text);
  if (span && *span < std::chrono::milliseconds(1)) return std::unexpected("at least 1ms");
  return span;
}

/// A row that names an option; several names of one level say which they are.
std::string take_name(std::vector<const net::SocketOption*>& into, std::string_view text) {
  const auto option = net::find_option(text);
  if (!option) return option.error();
  into.push_back(*option);
  return {};
}

void declare_kind(CLI::App& app, SockoptFlags& flags) {
  add_flag(app, "--tcp", flags.tcp, "a TCP socket (the default)");
  add_flag(app, "-u,--udp", flags.udp, "a UDP socket");
  add_flag(app, "--udplite", flags.udplite, "a UDP-Lite socket");
  add_flag(app, "--mptcp", flags.mptcp, "a Multipath TCP socket");
  add_flag(app, "--raw", flags.raw, "a raw socket (ICMP)");
  add_flag(app, "-U,--unix", flags.unix_domain, "a Unix socket");
  add_choice(app, "--type", flags.type, {"stream", "dgram", "seqpacket"}, "TYPE",
             "type of Unix socket: stream, dgram, seqpacket");
  add_flag(app, "-4", flags.ipv4, "IPv4");
  add_flag(app, "-6", flags.ipv6, "IPv6");
}

void declare_target(CLI::App& app, SockoptFlags& flags) {
  add_parsed(app, "--connect", "HOST:PORT", flags.connect, parse_text,
             "on a socket connected to HOST:PORT (with -U: to a PATH)");
  add_parsed(app, "--listen", "[ADDR:]PORT", flags.listen, parse_text,
             "on a socket that listens there (UDP: is bound)");
  add_parsed(app, "--pid", "PID", flags.pid, parse_pid, "on the live sockets of a process");
  add_parsed(app, "--fd", "FD", flags.fd, parse_descriptor, "with --pid: only this descriptor");
  add_parsed(app, "--local", "[ADDR:]PORT", flags.local, parse_text,
             "on the live sockets with this local address (or Unix PATH, @NAME)");
  add_parsed(app, "--peer", "[ADDR:]PORT", flags.peer, parse_text, "on the live sockets with this peer");
  add_parsed(app, "--state", "STATE", flags.state, net::kern::parse_state,
             "on the live sockets in this state (listen, established, time-wait...)");
}

/// The kinds that were named, with the protocol of each.
struct KindFlag {
  std::string_view name;
  bool given;
  DiagProtocol protocol;
  int type;
  int ip_protocol;
};

std::array<KindFlag, 6> kind_flags(const SockoptFlags& flags) {
  return {{{"--tcp", flags.tcp, DiagProtocol::tcp, SOCK_STREAM, IPPROTO_TCP},
           {"--udp", flags.udp, DiagProtocol::udp, SOCK_DGRAM, IPPROTO_UDP},
           {"--udplite", flags.udplite, DiagProtocol::udplite, SOCK_DGRAM, IPPROTO_UDPLITE},
           {"--mptcp", flags.mptcp, DiagProtocol::mptcp, SOCK_STREAM, net::mptcp_protocol},
           {"--raw", flags.raw, DiagProtocol::raw, SOCK_RAW, IPPROTO_ICMP},
           {"--unix", flags.unix_domain, DiagProtocol::unix_domain, SOCK_STREAM, 0}}};
}

/// Whether it is the kind that was named, or none was.
bool may_be(const KindFlag& kind, const SockoptFlags& flags) {
  const auto kinds = kind_flags(flags);
  return kind.given || std::ranges::find(kinds, true, &KindFlag::given) == kinds.end();
}

constexpr std::string_view list_hint = "nettool sockopt --list shows the socket options";

std::string complaint_about(const std::string& word, const std::string& why) {
  return "'" + word + "': " + why;
}

/// Where to read about a NAME=VALUE that is none.
std::string setting_hint(std::string_view word) {
  const auto option = net::find_option(word.substr(0, word.find('=')));
  if (!option) return std::string(list_hint);
  return "nettool sockopt --explain " + std::string((*option)->name) + " says how it is written";
}

bool has_all(const net::SocketKind& kind, const SockoptFlags& flags) {
  return std::ranges::all_of(flags.names,
                             [&](const auto* option) { return net::has_option(kind, *option); }) &&
         std::ranges::all_of(flags.settings,
                             [&](const auto& setting) { return net::has_option(kind, *setting.option); });
}

bool is_unix_name(std::string_view text) {
  return text.starts_with('/') || text.starts_with('@') || text.starts_with("./") || text.starts_with("../");
}

/// "[ADDR:]PORT", ":PORT", "PORT" or a Unix name, as a query has it.
net::Endpoint query_endpoint(const std::string& text, std::string_view option, bool datagrams) {
  if (is_unix_name(text)) return unix_endpoint(text);
  const HostAndPort split = host_and_port({text}, false);
  const std::uint16_t port = port_number(split.port, datagrams ? "udp" : "tcp", false);
  if (split.host.empty() || split.host == "*") return net::Endpoint::any(AF_INET, port);
  const auto address = net::Endpoint::parse_ip(split.host, port);
  if (!address) throw UsageError(std::string(option) + " '" + text + "': " + address.error());
  return *address;
}

void check_kind(const SockoptFlags& flags) {
  const auto kinds = kind_flags(flags);
  const auto first = std::ranges::find(kinds, true, &KindFlag::given);
  if (first != kinds.end()) {
    const auto second =
        std::find_if(std::next(first), kinds.end(), [](const KindFlag& kind) { return kind.given; });
    if (second != kinds.end()) {
      throw UsageError(std::string(first->name) + " and " + std::string(second->name) +
                       " exclude each other");
    }
  }
  if (flags.ipv4 && flags.ipv6) throw UsageError("-4 and -6 exclude each other");
  if (!flags.type.empty() && !flags.unix_domain) throw UsageError("--type is for Unix sockets (--unix)");
  if (flags.unix_domain && flags.family() != AF_UNSPEC)
    throw UsageError("a Unix socket is neither -4 nor -6");
}

void check_target(const SockoptFlags& flags) {
  if (flags.fd && !flags.pid) throw UsageError("--fd needs --pid");
  const bool by_address = !flags.local.empty() || !flags.peer.empty() || flags.state;
  const int targets =
      (flags.connect.empty() ? 0 : 1) + (flags.listen.empty() ? 0 : 1) + (flags.live() ? 1 : 0);
  if (targets > 1) throw UsageError("--connect, --listen and live sockets exclude each other");
  if (flags.fd && by_address)
    throw UsageError("--fd names one socket: no --local, --peer or --state with it");
  if (flags.raw && (!flags.connect.empty() || !flags.listen.empty())) {
    throw UsageError("--raw has neither --connect nor --listen");
  }
}

void check_work(const SockoptFlags& flags) {
  const bool asks = flags.live() || !flags.connect.empty() || !flags.listen.empty() || flags.watch ||
                    flags.changed || flags.destructive || flags.set_live;
  if (flags.list && !flags.explain.empty()) throw UsageError("--list and --explain exclude each other");
  if (flags.list || !flags.explain.empty()) {
    const std::string name = flags.list ? "--list" : "--explain";
    if (asks) throw UsageError(name + " shows the table: it takes neither a socket nor what to do with one");
    if (!flags.settings.empty())
      throw UsageError(name + " sets nothing: '" + flags.settings[0].written + "'");
    if (!flags.explain.empty() && !flags.names.empty()) {
      throw UsageError("--explain takes one NAME each time it is given: '" +
                       std::string(flags.names[0]->name) + "' stands alone");
    }
    return;
  }
  if (flags.live() && !flags.settings.empty() && !flags.set_live) {
    throw UsageError("setting " + std::string(flags.settings[0].option->name) +
                     " on a live socket of another process needs --set-live");
  }
  if (flags.set_live && !flags.live())
    throw UsageError("--set-live is for live sockets (--pid, --local, --peer, --state)");
  if (flags.set_live && flags.settings.empty()) throw UsageError("--set-live needs NAME=VALUE");
  if (flags.watch && !flags.live() && flags.connect.empty()) {
    throw UsageError("--watch is for sockets that live: --pid, --local, --peer, --state or --connect");
  }
  if (flags.watch && flags.changed) throw UsageError("--watch and --changed exclude each other");
  if (flags.watch && flags.destructive) throw UsageError("--watch and --destructive exclude each other");
}

/// An option that no socket of the named kind has is a slip; live sockets say for themselves what they have.
void check_options(const SockoptFlags& flags) {
  if (flags.live() || flags.list) return;
  net::SocketKind kind = flags.fresh_kind();
  // Which family a name or a port alone comes to is not known yet.
  const bool open_family = flags.family() == AF_UNSPEC && !flags.unix_domain;
  if (open_family && !(flags.connect.empty() && flags.listen.empty())) kind.family = AF_INET6;
  for (const net::OptionSetting& setting : flags.settings) {
    if (net::has_option(kind, *setting.option)) continue;
    throw UsageError("'" + std::string(setting.option->name) +
                     "': " + net::no_such_option_text(kind, *setting.option));
  }
}

}  // namespace

std::string kind_text(const net::SocketKind& kind) {
  std::string text(kind.name());
  if (kind.family == AF_INET) text += " over IPv4";
  if (kind.family == AF_INET6) text += " over IPv6";
  return text;
}

bool SockoptFlags::live() const {
  return pid || !local.empty() || !peer.empty() || state.has_value();
}

int SockoptFlags::family() const {
  return ipv4 == ipv6 ? AF_UNSPEC : ipv4 ? AF_INET : AF_INET6;
}

net::Transport SockoptFlags::transport() const {
  const auto kinds = kind_flags(*this);
  const auto named = std::ranges::find(kinds, true, &KindFlag::given);
  const KindFlag& kind = named == kinds.end() ? kinds.front() : *named;
  net::Transport transport{unix_domain, kind.type, 0};
  if (mptcp || udplite) transport.protocol = kind.ip_protocol;
  if (type == "dgram") transport.type = SOCK_DGRAM;
  if (type == "seqpacket") transport.type = SOCK_SEQPACKET;
  return transport;
}

net::SocketKind SockoptFlags::fresh_kind() const {
  const net::Transport wanted = transport();
  if (unix_domain) return {AF_UNIX, wanted.type, 0};
  for (const KindFlag& kind : kind_flags(*this)) {
    // What is connected or listens is TCP when nothing else was said.
    if (!connect.empty() || !listen.empty()) break;
    if (kind.protocol == DiagProtocol::unix_domain || !may_be(kind, *this)) continue;
    for (const int candidate : {AF_INET, AF_INET6}) {
      if (family() != AF_UNSPEC && family() != candidate) continue;
      const bool icmpv6 = kind.type == SOCK_RAW && candidate == AF_INET6;
      const net::SocketKind fresh{candidate, kind.type, icmpv6 ? IPPROTO_ICMPV6 : kind.ip_protocol};
      if (has_all(fresh, *this)) return fresh;
    }
  }
  const auto kinds = kind_flags(*this);
  const auto named = std::ranges::find(kinds, true, &KindFlag::given);
  return {ipv6 ? AF_INET6 : AF_INET, wanted.type, named == kinds.end() ? IPPROTO_TCP : named->ip_protocol};
}

net::kern::SocketQuery SockoptFlags::query() const {
  net::kern::SocketQuery query;
  const bool unix_name = is_unix_name(local) || is_unix_name(peer);
  const auto kinds = kind_flags(*this);
  const auto named = std::ranges::find(kinds, true, &KindFlag::given);
  if (named != kinds.end()) {
    if (unix_name && !unix_domain) throw UsageError("a Unix name and " + std::string(named->name));
    query.protocols = {named->protocol};
  } else if (unix_name) {
    query.protocols = {DiagProtocol::unix_domain};
  }
  query.family = family();
  const bool datagrams = udp || udplite;
  if (!local.empty()) query.local = query_endpoint(local, "--local", datagrams);
  if (!peer.empty()) query.peer = query_endpoint(peer, "--peer", datagrams);
  query.state = state;
  return query;
}

void declare_sockopt_flags(CLI::App& app, SockoptFlags& flags) {
  declare_kind(app, flags);
  declare_target(app, flags);
  add_flag(app, "--destructive", flags.destructive,
           "also read what reading takes away from the owner (SO_ERROR...)");
  add_flag(app, "--set-live", flags.set_live, "let NAME=VALUE change a socket of another process");
  add_flag(app, "--changed", flags.changed, "only settings that a fresh socket has otherwise");
  add_parsed(app, "--watch", "D", flags.watch, parse_tick, "look again every D and show what changed");
  add_repeatable(app, "--explain", "NAME", "what an option means, and what to beware of",
                 [&flags](const std::string& text) { return take_name(flags.explain, text); });
  add_flag(app, "--list", flags.list, "the table of options");
}

void read_sockopt_words(SockoptFlags& flags, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!word.contains('=')) {
      if (const std::string wrong = take_name(flags.names, word); !wrong.empty()) {
        throw UsageError(complaint_about(word, wrong), list_hint);
      }
      continue;
    }
    auto setting = net::parse_option(word);
    if (!setting) throw UsageError(complaint_about(word, setting.error()), setting_hint(word));
    flags.settings.push_back(std::move(*setting));
  }
  check_kind(flags);
  check_target(flags);
  check_work(flags);
  check_options(flags);
}

}  // namespace cmd
