#include "cmd/listen_options.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstring>

#include "cmd/listen_forward.hh"
#include "net/dial/dialer.hh"
#include "net/sock/datagram.hh"

namespace cmd {
namespace {

net::Parsed<mode_t> parse_mode(std::string_view text) {
  mode_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::unexpected("not an octal mode (example: 0600)");
    mode = mode * 8 + static_cast<mode_t>(c - '0');
    if (mode > 0777) return std::unexpected("out of range (0-0777)");
  }
  if (text.empty()) return std::unexpected("empty");
  return mode;
}

/// A word and what it stands for.
template <class T>
struct Named {
  std::string_view name;
  T value;
};

constexpr Named<net::ServiceKind> services[] = {{"echo", net::ServiceKind::echo},
                                                {"discard", net::ServiceKind::discard},
                                                {"chargen", net::ServiceKind::chargen},
                                                {"daytime", net::ServiceKind::daytime},
                                                {"time", net::ServiceKind::time}};

constexpr Named<net::ModelKind> models[] = {{"iterative", net::ModelKind::iterative},
                                            {"fork", net::ModelKind::fork},
                                            {"thread", net::ModelKind::thread},
                                            {"epoll", net::ModelKind::epoll}};

/// The complaint if no row has that name.
template <class T, std::size_t Size, class Into>
std::string read_named(const Named<T> (&rows)[Size], std::string_view name, Into& into) {
  std::string complaint = "not one of";
  for (const Named<T>& row : rows) {
    if (row.name == name) {
      into = row.value;
      return {};
    }
    complaint += " " + std::string(row.name);
  }
  return complaint;
}

net::Parsed<int> parse_backlog(std::string_view text) {
  const auto number = net::parse_number(text, 1U << 20U);
  if (!number) return std::unexpected(number.error());
  return static_cast<int>(*number);
}

net::Parsed<std::vector<std::string>> shell_command(std::string_view text) {
  return std::vector<std::string>{"/bin/sh", "-c", std::string(text)};
}

void read_words(ListenFlags& flags, const std::vector<std::string>& words) {
  if (flags.relay.unix_domain) {
    if (words.size() != 1) throw UsageError(words.empty() ? "PATH is missing" : "-U takes one PATH");
    flags.address = unix_endpoint(words[0]);
    return;
  }
  const HostAndPort target = host_and_port(words, false);
  flags.port = port_number(target.port, flags.relay.transport().name(), flags.relay.numeric);
  if (target.host.empty() || target.host == "*") return;
  check_host(target.host, flags.relay.numeric, flags.relay.family());
  flags.host = target.host;
  if (const auto literal = net::Endpoint::parse_ip(flags.host, flags.port)) flags.address = *literal;
}

/// Whether the target is the listener itself, as far as that shows without a look-up.
bool is_itself(const ListenFlags& flags, const net::ForwardTarget& target) {
  const net::Transport transport = flags.relay.transport();
  if (target.path) return flags.address == target.path;
  const bool same = !transport.unix_domain && transport.type == target.transport().type;
  if (!same || flags.port == 0 || flags.port != target.port) return false;
  if (flags.address && !flags.address->is_any()) {
    const auto literal = net::Endpoint::parse_ip(target.host, target.port);
    return literal && *literal == *flags.address;
  }
  return target.host == "localhost" || target.host == "::1" || target.host.starts_with("127.");
}

void read_forward(ListenFlags& flags) {
  const bool datagrams = !flags.forward_udp_text.empty();
  const std::string& text = datagrams ? flags.forward_udp_text : flags.forward_text;
  if (!text.empty()) flags.forward = forward_target(text, datagrams, flags.relay.numeric);
  if (flags.forward && is_itself(flags, *flags.forward)) {
    throw UsageError("'" + text + "': that is this listener itself");
  }
  flags.broker = flags.broker || flags.chat;
}

void check(const ListenFlags& flags) {
  const net::Transport transport = flags.relay.transport();
  if (flags.mode && !transport.unix_domain) throw UsageError("--mode is for Unix sockets (-U)");
  if (flags.mode && flags.address && flags.address->is_abstract())
    throw UsageError("--mode: an abstract name has no file");
  if (flags.address && flags.address->is_multicast() && transport.type == SOCK_STREAM) {
    throw UsageError("'" + flags.host + "': a group is for UDP (-u)");
  }
  if (transport.unix_domain && !flags.guards.given.empty()) {
    throw UsageError(flags.guards.given + " concerns addresses, which -U has none of");
  }
  if (flags.no_reuse_address && (transport.unix_domain || transport.type != SOCK_STREAM)) {
    throw UsageError("--no-reuse-address is for TCP");
  }
  check_socket_options(flags.relay, flags.address ? flags.address->family() : flags.relay.family());
}

net::Result<void> join_group(const ListenFlags& flags, const net::Socket& socket) {
  const auto index = net::interface_index(flags.relay.interface).value_or(flags.address->scope());
  const bool v4 = flags.address->family() == AF_INET;
  group_req request{};
  request.gr_interface = index;
  std::memcpy(&request.gr_group, flags.address->data(), flags.address->size());
  if (setsockopt(socket.fd(), v4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, &request, sizeof request) <
      0) {
    return net::fail("join", flags.address->address_text());
  }
  return {};
}

}  // namespace

void declare_listen_flags(CLI::App& app, ListenFlags& flags) {
  declare_relay_options(app, flags.relay);
  add_option(app, "--serve", "SERVICE", "serve clients: echo, discard, chargen, daytime, time",
             [&flags](const std::string& text) { return read_named(services, text, flags.service); });
  add_flag(app, "--exec", flags.exec, "run a program for each client: --exec -- COMMAND [ARG...]");
  add_parsed(app, "--shell", "COMMAND", flags.command, shell_command,
             "run a command line of /bin/sh for each client");
  add_parsed(app, "--forward", "TARGET", flags.forward_text, parse_text,
             "relay each client to HOST:PORT, or unix:PATH");
  add_parsed(app, "--forward-udp", "TARGET", flags.forward_udp_text, parse_text,
             "the same by UDP, or to a Unix datagram socket");
  add_parsed(app, "-w,--timeout", "D", flags.timeout, parse_timeout,
             "bound the way to the target of --forward");
  add_flag(app, "--broker", flags.broker, "send what a client sends to all others");
  add_flag(app, "--chat", flags.chat, "the same by lines, each with who sent it");
  add_option(app, "--model", "MODEL", "how clients are served: iterative, fork, thread, epoll (epoll)",
             [&flags](const std::string& text) { return read_named(models, text, flags.model); });
  add_parsed(app, "--grace", "D", flags.grace, parse_duration_or_forever,
             "after SIGTERM let clients finish for so long");
  add_flag(app, "-k,--keep-open", flags.keep_open, "go on with the next client");
  add_parsed(app, "--clients", "N", flags.clients, parse_count, "end after N clients");
  add_parsed(app, "--max-clients", "N", flags.max_clients, parse_count,
             "serve, or of datagram peers remember, at most N at the same time (1024; threads 256)");
  declare_guards(app, flags.guards);
  add_parsed(app, "--backlog", "N", flags.backlog, parse_backlog,
             "length of the queue of clients that wait (4096)");
  add_parsed(app, "--mode", "MODE", flags.mode, parse_mode, "permissions of the Unix socket, as in 0600");
  add_flag(app, "--no-reuse-address", flags.no_reuse_address,
           "do not set SO_REUSEADDR (to see TIME_WAIT at work)");
}

void read_listen_address(ListenFlags& flags, const std::vector<std::string>& words) {
  if (flags.exec && flags.command.empty()) {
    throw UsageError("--exec: the command is missing",
                     "it stands behind --: nettool listen [ADDRESS] PORT --exec -- COMMAND [ARG...]");
  }
  read_words(flags, words);
  read_forward(flags);
  check(flags);
  read_guards(flags.guards);
  // More than one client is what -k is for.
  if (flags.clients && *flags.clients > 1) flags.keep_open = true;
}

net::ListenOptions listen_options(const ListenFlags& flags) {
  net::ListenOptions options;
  options.transport = flags.relay.transport();
  options.address = flags.address;
  options.family = flags.relay.family();
  options.port = flags.port;
  options.backlog = flags.backlog;
  options.reuse_address = !flags.no_reuse_address;
  options.mode = flags.mode;
  options.interface = flags.relay.interface;
  options.prepare = [&flags](const net::Socket& socket, int family) -> net::Result<void> {
    if (flags.relay.transport().type == SOCK_DGRAM) {
      if (auto wanted = net::want_packet_info(socket, family); !wanted) return wanted;
    }
    if (flags.address && flags.address->is_multicast()) {
      if (auto joined = join_group(flags, socket); !joined) return joined;
    }
    return net::apply_options(socket, family, flags.relay.socket_options, net::OptionMoment::before);
  };
  return options;
}

}  // namespace cmd
