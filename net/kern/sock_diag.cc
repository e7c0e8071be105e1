#include "net/kern/sock_diag.hh"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>

#include "net/kern/inet_diag.hh"
#include "net/kern/unix_diag.hh"

namespace net::kern {
namespace {

struct StateName {
  std::string_view name;
  SocketState state;
};

/// The first name of a state is RFC 9293's; the others are those of ss and netstat.
constexpr std::array state_names{
    StateName{"ESTABLISHED", SocketState::established},
    StateName{"ESTAB", SocketState::established},
    StateName{"SYN_SENT", SocketState::syn_sent},
    StateName{"SYN_RECEIVED", SocketState::syn_recv},
    StateName{"SYN_RECV", SocketState::syn_recv},
    StateName{"FIN_WAIT_1", SocketState::fin_wait1},
    StateName{"FIN_WAIT1", SocketState::fin_wait1},
    StateName{"FIN_WAIT_2", SocketState::fin_wait2},
    StateName{"FIN_WAIT2", SocketState::fin_wait2},
    StateName{"TIME_WAIT", SocketState::time_wait},
    StateName{"BOUND", SocketState::close},
    StateName{"CLOSED", SocketState::close},
    StateName{"CLOSE", SocketState::close},
    StateName{"UNCONN", SocketState::close},
    StateName{"CLOSE_WAIT", SocketState::close_wait},
    StateName{"LAST_ACK", SocketState::last_ack},
    StateName{"LISTEN", SocketState::listen},
    StateName{"LISTENING", SocketState::listen},
    StateName{"CLOSING", SocketState::closing},
};

/// The module that lists this protocol is not there.
bool cannot_be_listed(const Error& error) {
  return error.code == errno_code(ENOENT) || error.code == errno_code(EINVAL) ||
         error.code == errno_code(EPROTONOSUPPORT);
}

Result<void> list_unix(const SocketQuery& query, std::vector<SocketEntry>& found) {
  if (query.family != AF_UNSPEC && query.family != AF_UNIX) return {};
  const auto sockets = list_unix_sockets(query);
  if (!sockets) return std::unexpected(sockets.error());
  for (const UnixSocket& socket : *sockets) found.push_back(socket.entry);
  return {};
}

/// Both families, or the one that is asked for.
Result<void> list_inet(DiagProtocol protocol, const SocketQuery& query, std::vector<SocketEntry>& found) {
  Result<void> listed = {};
  bool any = false;
  for (const int family : {AF_INET, AF_INET6}) {
    if (query.family != AF_UNSPEC && query.family != family) continue;
    auto one = list_inet_sockets(protocol, family, query, found);
    if (!one && !cannot_be_listed(one.error())) return one;
    any = any || one.has_value();
    if (!one) listed = std::move(one);
  }
  return any ? Result<void>{} : listed;
}

/// An MPTCP socket and its TCP connections are one socket to its owner, and have one inode.
void drop_subflows(std::vector<SocketEntry>& found) {
  std::unordered_set<std::uint64_t> mptcp;
  for (const SocketEntry& entry : found) {
    if (entry.protocol == DiagProtocol::mptcp && entry.inode != 0) mptcp.insert(entry.inode);
  }
  if (mptcp.empty()) return;
  std::erase_if(found, [&mptcp](const SocketEntry& entry) {
    return entry.protocol == DiagProtocol::tcp && mptcp.contains(entry.inode);
  });
}

/// To the kernel's choice of a port. When clients have used up its range somebody may well want to know who
/// they are, and then it is one out of many from everywhere, of which some stand outside of any range.
bool bind_somewhere(const Socket& socket) {
  constexpr std::uint16_t step = 2039;
  std::uint16_t port = 0;
  for (int tries = 0; tries < 32; ++tries) {
    if (socket.bind(Endpoint::any(AF_INET, port))) return true;
    port = static_cast<std::uint16_t>(port - step);
  }
  return false;
}

}  // namespace

std::string_view state_name(SocketState state) {
  const auto* found = std::ranges::find(state_names, state, &StateName::state);
  return found == state_names.end() ? "UNKNOWN" : found->name;
}

Parsed<SocketState> parse_state(std::string_view text) {
  std::string name(text);
  for (char& letter : name) {
    letter = letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  const auto* found = std::ranges::find(state_names, name, &StateName::name);
  if (found != state_names.end()) return found->state;
  return std::unexpected(
      "not a state (LISTEN, ESTABLISHED, SYN_SENT, SYN_RECEIVED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, "
      "CLOSING, "
      "LAST_ACK, TIME_WAIT, BOUND)");
}

Result<std::vector<SocketEntry>> find_sockets(const SocketQuery& query) {
  std::vector<SocketEntry> found;
  std::optional<Error> passed_over;
  bool any = false;
  for (const DiagProtocol protocol : query.protocols) {
    const auto listed =
        protocol == DiagProtocol::unix_domain ? list_unix(query, found) : list_inet(protocol, query, found);
    if (!listed && !cannot_be_listed(listed.error())) return std::unexpected(listed.error());
    any = any || listed.has_value();
    if (!listed) passed_over = listed.error();
  }
  // An empty answer would say that there are no such sockets.
  if (!any && passed_over) return std::unexpected(*passed_over);
  drop_subflows(found);
  return found;
}

Result<std::vector<SocketEntry>> sockets_on_port(Transport transport, std::uint16_t port) {
  if (port == 0) return {};
  SocketQuery query;
  query.protocols = {transport.type == SOCK_DGRAM ? DiagProtocol::udp : DiagProtocol::tcp};
  query.local = Endpoint::any(AF_INET, port);
  return find_sockets(query);
}

bool lists_bound_only() {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  struct stat status{};
  if (!socket || !bind_somewhere(*socket) || ::fstat(socket->fd(), &status) < 0) return false;
  SocketQuery query;
  query.protocols = {DiagProtocol::tcp};
  query.family = AF_INET;
  query.local = socket->local();
  query.state = SocketState::close;
  const auto found = find_sockets(query);
  return found && std::ranges::find(*found, status.st_ino, &SocketEntry::inode) != found->end();
}

Result<std::vector<SocketEntry>> sockets_on_path(const Endpoint& path) {
  SocketQuery query;
  query.local = path;
  const auto sockets = list_unix_sockets(query);
  if (!sockets) return std::unexpected(sockets.error());
  std::vector<SocketEntry> found;
  for (const auto& [entry, type] : *sockets) {
    // A connection that was accepted carries its listener's name too, and is no holder of it.
    const bool datagrams = type == SOCK_DGRAM;
    if (entry.state == SocketState::established && !datagrams) continue;
    found.push_back(entry);
    found.back().local = path;
    if (datagrams) found.back().state = SocketState::close;
  }
  return found;
}

}  // namespace net::kern
