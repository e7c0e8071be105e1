#include "cmd/connect_options.hh"

#include <sys/socket.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace cmd {
namespace {

void read_source(ConnectFlags& flags) {
  const std::string_view protocol = flags.relay.transport().name();
  if (!flags.source_port_text.empty()) {
    flags.source_port = port_number(flags.source_port_text, protocol, flags.relay.numeric);
  }
  if (!flags.source_text.empty()) flags.source = ip_endpoint(flags.source_text, 0);
}

void read_target(ConnectFlags& flags, const std::vector<std::string>& words) {
  const RelayOptions& relay = flags.relay;
  if (relay.unix_domain) {
    if (words.size() != 1) throw UsageError(words.empty() ? "PATH is missing" : "-U takes one PATH");
    flags.path = unix_endpoint(words[0]);
    if (!flags.source_text.empty()) flags.source = unix_endpoint(flags.source_text);
    return;
  }
  read_source(flags);
  if (flags.way == ConnectWay::scan) {
    const int family = flags.source ? flags.source->family() : relay.family();
    return read_scan_words(flags.scan, words, relay, family);
  }
  const HostAndPort target = host_and_port(words, true);
  check_host(target.host, relay.numeric, relay.family());
  flags.host = target.host;
  flags.port = port_number(target.port, relay.transport().name(), relay.numeric);
}

void check_source(const ConnectFlags& flags) {
  const RelayOptions& relay = flags.relay;
  const net::Transport transport = relay.transport();
  if (transport.unix_domain && flags.source && transport.type != SOCK_DGRAM) {
    throw UsageError("-s with -U is for datagrams (-u)");
  }
  if (transport.unix_domain && !flags.source_port_text.empty()) throw UsageError("-p is not for -U");
  if (!flags.source || !flags.source->is_ip()) return;
  if (relay.family() != AF_UNSPEC && relay.family() != flags.source->family()) {
    throw UsageError("--source '" + flags.source_text + "': not of the address family asked for");
  }
}

}  // namespace

void declare_connect_flags(CLI::App& app, ConnectFlags& flags) {
  declare_relay_options(app, flags.relay);
  add_parsed(app, "-w,--timeout", "D", flags.timeout, parse_timeout,
             "bound the way to a connection, over all addresses");
  add_parsed(app, "-s,--source", "ADDR", flags.source_text, parse_text,
             "use this source address (with -u -U: this PATH)");
  add_parsed(app, "-p,--source-port", "PORT", flags.source_port_text, parse_text, "use this source port");
  add_flag(app, "--no-race", flags.no_race, "try addresses one by one instead of racing them");
  add_flag(app, "--unconnected", flags.unconnected, "UDP: sendto and recvfrom, answers from anyone");
  add_choice(app, "--shutdown", flags.shutdown, {"rd", "wr", "rdwr"}, "HOW",
             "call shutdown(2) right after connecting: rd, wr, rdwr");
  declare_scan_options(app, flags.scan);
  declare_trace_options(app, flags.trace);
  declare_repeat_flags(app, flags.repeat);
}

void read_connect_words(ConnectFlags& flags, const std::vector<std::string>& words, bool json) {
  check_relay_options(flags.relay, json);
  read_target(flags, words);
  check_source(flags);
  const net::Transport transport = flags.relay.transport();
  if (flags.unconnected && (transport.unix_domain || transport.type != SOCK_DGRAM)) {
    throw UsageError("--unconnected is for UDP (-u)");
  }
  if (transport.unix_domain && flags.repeat.resolve_every) {
    throw UsageError("--resolve-every concerns names, which -U has none of");
  }
  const int family = flags.source ? flags.source->family() : flags.relay.family();
  const auto literal = net::Endpoint::parse_ip(flags.host, 0);
  if (literal && family != AF_UNSPEC && family != literal->family()) {
    throw UsageError("'" + flags.host + "': not of the source address's family");
  }
  if (flags.way == ConnectWay::trace) check_trace_options(flags.relay.socket_options);
  check_socket_options(flags.relay, literal ? literal->family() : family);
}

net::DialOptions dial_options(const ConnectFlags& flags) {
  net::DialOptions options;
  options.transport = flags.relay.transport();
  options.family = flags.source && flags.source->is_ip() ? flags.source->family() : flags.relay.family();
  options.timeout = flags.timeout.value_or(net::forever);
  options.race = !flags.no_race;
  options.source = flags.source;
  options.source_port = flags.source_port;
  options.interface = flags.relay.interface;
  options.options = flags.relay.socket_options;
  options.unconnected = flags.unconnected;
  return options;
}

}  // namespace cmd
