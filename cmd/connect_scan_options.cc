#include "cmd/connect_scan_options.hh"

#include <sys/socket.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cmd/ports.hh"
#include "net/addr/ip_prefix.hh"
#include "net/kern/services_db.hh"

namespace cmd {
namespace {

/// The words before the last, and that one: the ports.
std::pair<std::vector<std::string>, std::string> split_words(const std::vector<std::string>& words,
                                                             bool has_file) {
  if (words.empty()) throw UsageError(has_file ? "PORTS are missing" : "HOST and PORTS are missing");
  // HOST:PORTS; several colons without brackets are an address.
  if (words.size() == 1 && (words[0].contains(':') || !has_file)) {
    const HostAndPort target = host_and_port(words, true);
    return {{target.host}, target.port};
  }
  return {{words.begin(), words.end() - 1}, words.back()};
}

}  // namespace

void declare_scan_options(CLI::App& app, ScanFlags& flags) {
  add_flag(app, "-z", flags.asked, "scan: which PORTS (22,80,8000-8010) of each HOST or network are open");
  add_parsed(app, "-f,--file", "FILE", flags.file, parse_text,
             "scan the hosts in FILE too, one a line (- is stdin)");
  add_parsed(app, "--concurrency", "N", flags.concurrency, parse_count,
             "scan: have at most N probes under way (512 that may still be answered)");
  add_parsed(app, "--rate", "N", flags.rate, parse_count, "scan: send at most N probes a second");
  add_flag(app, "--banner", flags.banner, "scan: read what an open port says first");
  add_flag(app, "--all", flags.all, "scan: list every port, and why it is not open");
}

ScanHostWord read_scan_host(const std::string& text, bool numeric, int family) {
  ScanHostWord host{text};
  if (text.contains('/')) {
    const auto prefix = net::IpPrefix::parse(text);
    if (!prefix) throw UsageError("'" + text + "': " + prefix.error());
    if (family != AF_UNSPEC && prefix->address.is_v4() != (family == AF_INET)) {
      throw UsageError("'" + text + "': not of the address family asked for");
    }
    host.network = net::IpRange{prefix->first_host(), prefix->last_host()};
    return host;
  }
  const auto split = net::split_host_port(text);
  if (!split || split->port)
    throw UsageError("'" + text + "': " + (split ? "a port belongs behind all hosts" : split.error()));
  host.text = split->host;
  check_host(host.text, numeric, family);
  if (const auto address = net::Endpoint::parse_ip(host.text, 0)) host.address = *address;
  return host;
}

void read_scan_words(ScanFlags& flags, const std::vector<std::string>& words, const RelayOptions& relay,
                     int family) {
  const auto [hosts, ports] = split_words(words, !flags.file.empty());
  for (const std::string& host : hosts) static_cast<void>(read_scan_host(host, relay.numeric, family));
  flags.hosts = hosts;
  const std::string_view protocol = relay.transport().name();
  const auto read = parse_port_list(ports, [&](std::string_view name) -> std::optional<std::uint16_t> {
    if (relay.numeric) return std::nullopt;
    return net::kern::service_port(name, protocol);
  });
  if (!read) throw UsageError("ports '" + ports + "': " + read.error());
  flags.ports = *read;
  if (flags.banner && relay.udp) throw UsageError("--banner is for TCP: a UDP port says nothing first");
}

}  // namespace cmd
