#include "cmd/relay_options.hh"

#include <netinet/in.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "net/dns/config.hh"
#include "net/sock/sockopt_read.hh"

namespace cmd {
namespace {

net::Parsed<std::size_t> parse_datagram_size(std::string_view text) {
  const auto size = net::parse_size(text);
  if (!size) return std::unexpected(size.error());
  if (*size < 1 || *size > net::largest_datagram) return std::unexpected("out of range (1-65507)");
  return static_cast<std::size_t>(*size);
}

std::uint32_t check_interface(const std::string& name) {
  const auto index = net::interface_index(name);
  if (index && net::interface_name(*index) != std::to_string(*index)) return *index;
  net::Error error("interface", name, net::errno_code(ENODEV));
  error.detail = "no such interface";
  throw StartError(std::move(error));
}

void declare_socket(CLI::App& app, RelayOptions& options) {
  add_flag(app, "-4", options.ipv4, "IPv4 only");
  add_flag(app, "-6", options.ipv6, "IPv6 only");
  add_flag(app, "-u,--udp", options.udp, "UDP; with -U, Unix datagrams");
  add_flag(app, "-U,--unix", options.unix_domain, "a Unix socket: the argument is its PATH, or @NAME");
  add_choice(app, "--type", options.type, {"stream", "dgram", "seqpacket"}, "TYPE",
             "type of socket: stream, dgram, seqpacket (Unix only)");
  add_flag(app, "-n,--numeric", options.numeric, "no look-ups of names or services");
  add_parsed(app, "--interface", "IF", options.interface, parse_text,
             "use this network interface (SO_BINDTODEVICE)");
  add_repeatable(app, "-o,--option", "NAME[=VALUE]", "set a socket option (repeatable)",
                 [&options](const std::string& text) -> std::string {
                   auto setting = net::parse_option(text);
                   if (!setting) return setting.error();
                   options.socket_options.push_back(std::move(*setting));
                   return {};
                 });
}

void declare_ends(CLI::App& app, RelayOptions& options) {
  add_flag(app, "-d,--no-stdin", options.no_stdin, "leave stdin alone and the write side open");
  add_flag(app, "--send-only", options.send_only, "drop what arrives");
  add_flag(app, "--recv-only", options.recv_only, "leave stdin alone and end the write side at once");
  add_flag(app, "--no-shutdown", options.no_shutdown, "keep the write side open at the end of stdin");
  add_parsed(app, "-q,--quit-after", "D", options.quit_after, net::parse_duration,
             "end this long after the end of stdin");
  add_parsed(app, "--drain", "D", options.drain, parse_duration_or_forever,
             "after the peer's end, wait for stdin to be silent this long (250ms), or forever");
  add_parsed(app, "-i,--idle-timeout", "D", options.idle, net::parse_duration,
             "end when neither direction moved for this long");
  add_parsed(app, "--deadline", "D", options.deadline, net::parse_duration,
             "end the whole run after this long");
}

void declare_data(CLI::App& app, RelayOptions& options) {
  add_parsed(app, "--datagram-size", "N", options.framing.size, parse_datagram_size,
             "bytes of stdin in one datagram (1400)");
  add_flag(app, "--by-line", options.framing.by_line, "send each line of stdin as one datagram");
  add_flag(app, "-C,--crlf", options.crlf, "send line ends as CR LF");
  add_flag(app, "-t,--telnet", options.telnet, "answer TELNET negotiations (with a refusal)");
  add_parsed(app, "-x,--hexdump", "FILE", options.hexdump, parse_text,
             "dump both directions in hex to FILE (- is stderr)");
  add_flag(app, "--progress", options.progress, "show bytes and rate on stderr");
}

}  // namespace

net::Transport RelayOptions::transport() const {
  net::Transport transport;
  transport.unix_domain = unix_domain;
  if (udp || type == "dgram") transport.type = SOCK_DGRAM;
  if (type == "seqpacket") transport.type = SOCK_SEQPACKET;
  return transport;
}

int RelayOptions::family() const {
  if (ipv4) return AF_INET;
  return ipv6 ? AF_INET6 : AF_UNSPEC;
}

void declare_relay_options(CLI::App& app, RelayOptions& options) {
  declare_socket(app, options);
  declare_ends(app, options);
  declare_data(app, options);
}

void check_relay_options(RelayOptions& options, bool json, bool messages) {
  const net::Transport transport = options.transport();
  struct Conflict {
    bool both;
    const char* what;
  };
  const Conflict conflicts[] = {
      {options.ipv4 && options.ipv6, "-4 and -6 exclude each other"},
      {options.unix_domain && (options.ipv4 || options.ipv6),
       "-U has no address family: leave out -4 and -6"},
      {options.unix_domain && options.numeric, "-n concerns names, which -U has none of"},
      {options.unix_domain && !options.interface.empty(), "--interface is not for -U"},
      {options.udp && !options.type.empty() && options.type != "dgram", "-u is --type dgram"},
      {!options.unix_domain && options.type == "seqpacket", "--type seqpacket needs -U"},
      {options.send_only && options.recv_only, "--send-only and --recv-only exclude each other"},
      {options.send_only && options.no_stdin, "--send-only sends stdin, which -d leaves alone"},
      {options.telnet && transport.keeps_boundaries(), "-t needs a stream"},
      {options.framing.by_line && !messages && !transport.keeps_boundaries(),
       "--by-line needs datagrams (-u)"},
      {json && options.hexdump == "-", "-x - and --json both want stderr: name a file"},
  };
  for (const Conflict& conflict : conflicts) {
    if (conflict.both) throw UsageError(conflict.what);
  }
  // SO_BINDTODEVICE wants the name, also of one that was given by its index.
  if (!options.interface.empty()) options.interface = net::interface_name(check_interface(options.interface));
}

void check_socket_options(const RelayOptions& options, int family) {
  const net::Transport transport = options.transport();
  const auto kind_of = [transport](int of_family) {
    return net::SocketKind{of_family, transport.type,
                           transport.type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP};
  };
  for (const net::OptionSetting& setting : options.socket_options) {
    const net::SocketOption& option = *setting.option;
    const auto has = [&](int of_family) { return net::has_option(kind_of(of_family), option); };
    // Where both families are tried, the one that has it gets it.
    const int asked = transport.unix_domain ? AF_UNIX : family;
    if (asked == AF_UNSPEC ? has(AF_INET) || has(AF_INET6) : has(asked)) continue;
    throw UsageError("-o " + std::string(option.name) + ": " +
                     net::no_such_option_text(kind_of(asked == AF_UNSPEC ? AF_INET6 : asked), option));
  }
}

net::Endpoint unix_endpoint(const std::string& path) {
  const auto endpoint = net::Endpoint::parse_unix(path);
  if (!endpoint) throw UsageError("'" + path + "': " + endpoint.error());
  return *endpoint;
}

net::Endpoint ip_endpoint(const std::string& text, std::uint16_t port) {
  // A zone that does not exist is this host's matter; all else is the writer's.
  const std::size_t percent = text.find('%');
  if (percent != std::string::npos && net::Endpoint::parse_ip(text.substr(0, percent), 0)) {
    if (percent + 1 < text.size()) check_interface(text.substr(percent + 1));
  }
  const auto endpoint = net::Endpoint::parse_ip(text, port);
  if (!endpoint) throw UsageError("'" + text + "': " + endpoint.error());
  return *endpoint;
}

void check_host(const std::string& host, bool numeric, int family) {
  if (const auto literal = net::Endpoint::parse_ip(host, 0); literal || host.contains(':')) {
    const net::Endpoint address = ip_endpoint(host, 0);
    if (family == AF_UNSPEC || family == address.family()) return;
    throw UsageError("'" + host + "': not of the address family asked for");
  }
  std::string_view name(host);
  if (name.ends_with('.')) name.remove_suffix(1);
  // A last label that is a number makes it an address in one of the old forms of inet_aton(3), or a mistyped
  // one.
  const std::string_view last = name.substr(name.rfind('.') + 1);
  const bool hex = last.starts_with("0x") || last.starts_with("0X");
  const bool number = !last.empty() && (hex ? last.substr(2).find_first_not_of("0123456789abcdefABCDEF")
                                            : last.find_first_not_of("0123456789")) == std::string_view::npos;
  if (number || numeric) throw UsageError("'" + host + "': " + net::Endpoint::parse_ip(host, 0).error());
  if (std::ranges::any_of(name, [](unsigned char c) { return c >= 0x80; })) {
    throw UsageError("'" + host + "': not ASCII: write its xn-- form");
  }
  if (!net::dns::is_host_name(name)) throw UsageError("'" + host + "': not a host name");
}

}  // namespace cmd
