#include "cmd/hints.hh"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "net/base/text.hh"
#include "net/kern/process.hh"
#include "net/kern/sock_diag.hh"
#include "net/kern/sysctl.hh"

namespace cmd {
namespace {

using net::kern::SocketEntry;
using net::kern::SocketState;

std::string refused_hint(const net::Attempt& attempt, net::Transport transport) {
  const std::string host = attempt.address.address_text();
  if (attempt.address.is_abstract()) return "no socket has that name, or nobody listens on it";
  if (transport.unix_domain) return "nobody listens on it: a stale socket file, or no socket at all";
  return host + " answered itself, in " + net::duration_text(attempt.time) +
         ", so the host is up: nothing listens on " + std::to_string(attempt.address.port()) +
         " there, or its firewall rejects.";
}

std::string silence_hint(const net::Attempt& attempt) {
  if (attempt.syns_sent == 0) return "";
  return net::count_text(attempt.syns_sent, "SYN") +
         " sent, nothing came back: the host is down, or something on the way drops the packets.";
}

/// Errors of the local kind, by errno alone.
std::string_view local_hint(int code, net::Transport transport) {
  switch (code) {
    case ENETUNREACH:
      return "this host has no route to it: see `ip route get ADDRESS`";
    case EHOSTUNREACH:
      return "this host's own routing table says unreachable: see `ip route get ADDRESS`";
    case EINVAL:
      return "this host's own routing table throws it away (blackhole), or a link-local address lacks its "
             "%interface";
    case EACCES:
      return transport.unix_domain
                 ? "no write permission on the socket, or no way to it through its directories"
                 : "this host's own routing table or packet filter prohibits it";
    case EPERM:
      return "a packet filter of this host, or a missing privilege (CAP_NET_RAW, CAP_NET_ADMIN)";
    case EADDRNOTAVAIL:
      return "no interface of this host has the source address, or all its ports are taken";
    case EADDRINUSE:
      return "the source port is taken for this destination";
    case ENOENT:
      return "no socket of that name: is the server running?";
    case EPROTOTYPE:
      return "the socket there is of another type: see --type";
    case EMFILE:
      return "this process has no descriptors left: see `ulimit -n`";
    default:
      return "";
  }
}

/// "nginx (pid 812)", or who it may be where that cannot be seen.
std::string holder_text(const SocketEntry& entry) {
  const auto owner = net::kern::owner_of_socket(entry.inode);
  if (owner) return owner->program + " (pid " + std::to_string(owner->pid) + ")";
  return "a process that this user may not see (uid " + std::to_string(entry.uid) + "); root sees which";
}

std::string in_use_hint(const std::vector<SocketEntry>& entries, net::Transport transport) {
  const bool datagrams = !transport.has_connection();
  const auto in_state = [&entries](SocketState state) {
    return std::ranges::find(entries, state, &SocketEntry::state);
  };
  const std::string subject = entries.empty() ? "" : net::subject_text(entries.front().local, transport);
  if (const auto listening = in_state(SocketState::listen); listening != entries.end()) {
    return net::subject_text(listening->local, transport) + " is held by " + holder_text(*listening) +
           ", which listens on it";
  }
  // UDP sockets, and TCP ones that were bound and nothing else, are in the state "close".
  if (const auto bound = in_state(SocketState::close); bound != entries.end()) {
    return net::subject_text(bound->local, transport) + " is held by " + holder_text(*bound) +
           (datagrams ? "" : ", which bound it and does not listen");
  }
  const auto waiting = std::ranges::count(entries, SocketState::time_wait, &SocketEntry::state);
  if (waiting > 0) {
    return net::count_text(static_cast<std::uint64_t>(waiting), "old connection") + " of " + subject +
           " in TIME_WAIT (up to 60 s): a server binds over them only if both it and the old one set "
           "SO_REUSEADDR";
  }
  if (!entries.empty()) {
    return subject +
           " has connections of a server that is gone, and the old server did not set SO_REUSEADDR: " +
           holder_text(entries.front());
  }
  return "";
}

std::string privileged_port_hint(std::uint16_t port) {
  const auto start = net::kern::sysctl_number("net.ipv4.ip_unprivileged_port_start");
  if (!start || port == 0 || port >= *start) return "";
  return "ports below " + std::to_string(*start) +
         " (net.ipv4.ip_unprivileged_port_start) need root or CAP_NET_BIND_SERVICE";
}

}  // namespace

std::string connect_hint(const net::Error& error, const net::Attempt* attempt, net::Transport transport) {
  if (error.op == "setsockopt") return error.hint;
  if (error.op == "resolve" || error.op == "open") return "";
  const int code = error.code.value();
  if (attempt != nullptr && code == ECONNREFUSED) return refused_hint(*attempt, transport);
  if (attempt != nullptr && code == ETIMEDOUT) return silence_hint(*attempt);
  if (error.blame != net::Blame::local || (error.op == "bind" && code == ENOENT)) return "";
  return std::string(local_hint(code, transport));
}

std::string listen_hint(const net::Error& error, const net::ListenOptions& options) {
  if (error.op == "setsockopt") return error.hint;
  const net::Transport transport = options.transport;
  const std::uint16_t port = options.address ? options.address->port() : options.port;
  switch (error.code.value()) {
    case EADDRINUSE: {
      const auto entries = transport.unix_domain ? net::kern::sockets_on_path(*options.address)
                                                 : net::kern::sockets_on_port(transport, port);
      return entries ? in_use_hint(*entries, transport) : "";
    }
    case EACCES:
      if (transport.unix_domain) return "no permission to make a file in that directory";
      return privileged_port_hint(port);
    case EADDRNOTAVAIL:
      return transport.unix_domain ? "" : "no interface of this host has that address: see `ip addr`";
    case ENOENT:
      return "the directory of the socket does not exist";
    default:
      return "";
  }
}

}  // namespace cmd
