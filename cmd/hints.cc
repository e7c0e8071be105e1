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

constexpr const char* no_such_address = "no interface of this host has that address. Try: nettool iface";

/// "nginx (pid 812)", or who it may be where that cannot be seen.
std::string holder_text(const SocketEntry& entry) {
  const auto owner = net::kern::owner_of_socket(entry.inode);
  if (owner) return owner->program + " (pid " + std::to_string(owner->pid) + ")";
  return "a process that this user may not see (uid " + std::to_string(entry.uid) + "); root sees which";
}

std::string time_wait_hint(const std::vector<SocketEntry>& entries, const std::string& subject) {
  std::uint64_t count = 0;
  net::Duration longest{};
  for (const SocketEntry& entry : entries) {
    if (entry.state != SocketState::time_wait) continue;
    ++count;
    longest = std::max(longest, entry.timer);
  }
  return net::count_text(count, "old connection") + " of " + subject + " in TIME_WAIT (for another " +
         std::to_string(std::chrono::ceil<std::chrono::seconds>(longest).count()) +
         " s): a server binds over them only if both it and the old one set SO_REUSEADDR";
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
  if (in_state(SocketState::time_wait) != entries.end()) return time_wait_hint(entries, subject);
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

std::string listeners_elsewhere(net::Transport transport, std::uint16_t port) {
  const auto entries = net::kern::sockets_on_port(transport, port);
  if (!entries) return "";
  const auto listening = std::ranges::find(*entries, SocketState::listen, &SocketEntry::state);
  if (listening == entries->end()) return "";
  return ", but " + net::subject_text(listening->local, transport) + " is listened on by " +
         holder_text(*listening);
}

std::string source_hint(const net::Error& error, net::Transport transport, std::uint16_t port) {
  switch (error.code.value()) {
    case EADDRINUSE: {
      const auto entries = net::kern::sockets_on_port(transport, port);
      return entries ? in_use_hint(*entries, transport) : "";
    }
    case EACCES:
      return privileged_port_hint(port);
    case EADDRNOTAVAIL:
      return transport.unix_domain ? "" : no_such_address;
    default:
      return "";
  }
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
      return transport.unix_domain ? "" : no_such_address;
    case ENOENT:
      return "the directory of the socket does not exist";
    default:
      return "";
  }
}

}  // namespace cmd
