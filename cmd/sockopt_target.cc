#include "cmd/sockopt_target.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "cmd/relay_report.hh"
#include "net/kern/pidfd.hh"
#include "net/kern/process.hh"
#include "net/kern/sock_diag.hh"

namespace cmd {
namespace {

using net::kern::DiagProtocol;
using net::kern::HeldSocket;
using net::kern::SocketEntry;
using net::kern::SocketState;

std::string_view protocol_name(DiagProtocol protocol) {
  switch (protocol) {
    case DiagProtocol::tcp:
      return "tcp";
    case DiagProtocol::mptcp:
      return "mptcp";
    case DiagProtocol::udp:
      return "udp";
    case DiagProtocol::udplite:
      return "udplite";
    case DiagProtocol::raw:
      return "raw";
    case DiagProtocol::unix_domain:
      return "unix";
  }
  return "";
}

/// The family of a socket whose addresses and states are not shown.
std::string_view family_name(int family) {
  constexpr std::array<std::pair<int, std::string_view>, 6> names{{{AF_NETLINK, "netlink"},
                                                                   {AF_PACKET, "packet"},
                                                                   {AF_VSOCK, "vsock"},
                                                                   {AF_ALG, "alg"},
                                                                   {AF_XDP, "xdp"},
                                                                   {AF_BLUETOOTH, "bluetooth"}}};
  const auto* const row = std::ranges::find(names, family, [](const auto& name) { return name.first; });
  return row == names.end() ? "other" : row->second;
}

/// "127.0.0.1:80/tcp"; a Unix path alone.
std::string address_text(const net::Endpoint& address, std::string_view protocol) {
  if (address.is_unix()) return address.text();
  return address.text() + "/" + std::string(protocol);
}

SocketLabel held_label(const HeldSocket& held) {
  SocketLabel label;
  label.pid = held.process.pid;
  label.program = held.process.program;
  label.fd = held.fd;
  return label;
}

/// A socket that no descriptor leads to: all that is known is what sock_diag said.
SocketLabel entry_label(const SocketEntry& entry) {
  SocketLabel label;
  label.protocol = protocol_name(entry.protocol);
  label.local = entry.local;
  label.peer = entry.peer;
  label.state = net::kern::state_name(entry.state);
  return label;
}

Refusal unseen_holder(const SocketEntry& entry) {
  const std::string subject = address_text(entry.local, protocol_name(entry.protocol));
  Refusal refusal{net::Error("sockopt", subject, net::errno_code(EACCES)), {}};
  if (geteuid() == 0) {
    refusal.hint =
        "no process that can be seen here holds it: it is the kernel's own, of another pid namespace, or "
        "on its way in a message";
  } else if (entry.uid == geteuid()) {
    refusal.hint =
        "its process is yours but not dumpable (it changed its user, gained capabilities or asked for "
        "it), or out of sight: root may";
  } else {
    refusal.hint = "its process runs as user " + std::to_string(entry.uid) +
                   ": looking into it takes the same user, or root";
  }
  return refusal;
}

Refusal process_refusal(const net::Error& error, pid_t pid) {
  Refusal refusal{error, {}};
  refusal.error.op = "sockopt";
  const bool permission = error.code == net::errno_code(EACCES) || error.code == net::errno_code(EPERM);
  if (permission) refusal.hint = net::kern::why_not_permitted(pid);
  return refusal;
}

Refusal nothing_found(const SockoptFlags& flags) {
  std::string subject;
  const auto add = [&subject](const std::string& words) { subject += (subject.empty() ? "" : ", ") + words; };
  if (flags.pid) add("pid " + std::to_string(*flags.pid));
  if (!flags.local.empty()) add("local " + flags.local);
  if (!flags.peer.empty()) add("peer " + flags.peer);
  if (flags.state) add("state " + std::string(net::kern::state_name(*flags.state)));
  net::Error error("sockopt", subject, net::errno_code(ENOENT));
  error.detail = "no such socket";
  return {std::move(error), {}};
}

/// One descriptor of one process; it need not be in /proc's sight to be borrowed.
std::expected<LiveTargets, Refusal> by_descriptor(pid_t pid, int fd) {
  const auto process = net::kern::process_by_id(pid);
  if (!process) {
    return std::unexpected(
        Refusal{net::Error("sockopt", "pid " + std::to_string(pid), net::errno_code(ESRCH)), {}});
  }
  const auto copy = net::kern::borrow_descriptor(pid, fd);
  if (!copy) return std::unexpected(process_refusal(copy.error(), pid));
  struct stat status{};
  if (fstat(copy->get(), &status) < 0 || !S_ISSOCK(status.st_mode)) {
    const std::string subject = "pid " + std::to_string(pid) + ", fd " + std::to_string(fd);
    return std::unexpected(Refusal{net::Error("sockopt", subject, net::errno_code(ENOTSOCK)), {}});
  }
  LiveTargets found;
  found.targets.emplace_back(held_label({*process, fd, status.st_ino}), status.st_ino);
  return found;
}

/// A query for a kind that was named, or for all of them.
bool names_kind(const SockoptFlags& flags) {
  return flags.tcp || flags.udp || flags.udplite || flags.mptcp || flags.raw || flags.unix_domain;
}

std::optional<DiagProtocol> protocol_of(const net::SocketKind& kind) {
  if (kind.family == AF_UNIX) return DiagProtocol::unix_domain;
  for (const DiagProtocol protocol : {DiagProtocol::tcp, DiagProtocol::mptcp, DiagProtocol::udp,
                                      DiagProtocol::udplite, DiagProtocol::raw}) {
    if (kind.name() == protocol_name(protocol)) return protocol;
  }
  return std::nullopt;
}

/// What the socket says of itself decides, not sock_diag: that lists neither sockets that were never bound
/// nor those of another network namespace.
bool is_wanted(const SockoptFlags& flags, const net::kern::SocketQuery& query,
               const net::SocketFacts& facts) {
  const auto protocol = protocol_of(facts.kind);
  if (names_kind(flags) &&
      (!protocol || std::ranges::find(query.protocols, *protocol) == query.protocols.end())) {
    return false;
  }
  SocketEntry entry;
  entry.local = facts.local;
  entry.peer = facts.peer;
  entry.state = static_cast<SocketState>(facts.state);
  return net::kern::matches(query, entry);
}

std::expected<LiveTargets, Refusal> by_process(const SockoptFlags& flags) {
  const auto held = net::kern::sockets_of_process(*flags.pid);
  if (!held) return std::unexpected(process_refusal(held.error(), *flags.pid));
  const net::kern::SocketQuery query = flags.query();
  const bool narrow =
      names_kind(flags) || query.family != AF_UNSPEC || query.local || query.peer || query.state;
  LiveTargets found;
  for (const HeldSocket& socket : *held) {
    SockoptTarget target(held_label(socket), socket.inode);
    bool wanted = true;
    if (narrow) {
      const auto looked = target.with_descriptor([&](int fd) {
        const auto facts = net::socket_facts(fd);
        wanted = facts && is_wanted(flags, query, *facts);
      });
      // One that may not be looked at is told as such later.
      if (!looked && looked.error().code == net::errno_code(EBADF)) wanted = false;
    }
    if (wanted) found.targets.push_back(std::move(target));
  }
  if (found.targets.empty()) return std::unexpected(nothing_found(flags));
  return found;
}

std::expected<LiveTargets, Refusal> by_address(const SockoptFlags& flags) {
  const auto entries = net::kern::find_sockets(flags.query());
  if (!entries) return std::unexpected(Refusal{entries.error(), {}});
  if (entries->empty()) return std::unexpected(nothing_found(flags));
  std::vector<std::uint64_t> inodes;
  for (const SocketEntry& entry : *entries) {
    if (entry.inode != 0) inodes.push_back(entry.inode);
  }
  const auto holders = net::kern::holders_of_sockets(inodes);
  LiveTargets found;
  std::vector<SockoptTarget> orphans;
  for (const SocketEntry& entry : *entries) {
    if (entry.inode == 0) {
      orphans.emplace_back(entry_label(entry), 0);
    } else if (const auto holder = holders.find(entry.inode); holder != holders.end()) {
      SocketLabel label = held_label(holder->second);
      label.peer = entry.peer;
      found.targets.emplace_back(std::move(label), entry.inode);
    } else {
      found.refusals.push_back(unseen_holder(entry));
    }
  }
  std::ranges::sort(found.targets, {}, [](const SockoptTarget& target) {
    return std::pair(target.label().pid, target.label().fd);
  });
  std::ranges::move(orphans, std::back_inserter(found.targets));
  return found;
}

/// Whom a socket of this network namespace is just connecting to: getpeername(2) does not tell yet.
net::Endpoint peer_asked(const net::Endpoint& local) {
  const auto found = net::kern::find_sockets(
      {.protocols = {DiagProtocol::tcp}, .local = local, .state = SocketState::syn_sent});
  // With SO_REUSEADDR several may share the address.
  return found && found->size() == 1 ? found->front().peer : net::Endpoint();
}

}  // namespace

std::string label_subject(const SocketLabel& label) {
  if (label.pid) return "pid " + std::to_string(*label.pid) + ", fd " + std::to_string(label.fd.value_or(-1));
  return address_text(label.local, label.protocol);
}

std::string label_text(const SocketLabel& label) {
  std::string text;
  if (label.pid) {
    text = label.program + " (pid " + std::to_string(*label.pid) + ", fd " +
           std::to_string(label.fd.value_or(-1)) + ")  ";
  }
  if (label.local.family() == AF_UNSPEC) return text + label.protocol;
  text += address_text(label.local, label.protocol);
  if (label.peer.is_ip() || label.peer.is_unix()) text += " to " + label.peer.text();
  return text + "  " + label.state;
}

Value label_value(const SocketLabel& label) {
  const auto endpoint = [](const net::Endpoint& address) -> Value {
    if (address.family() == AF_UNSPEC) return nullptr;
    return endpoint_object(address);
  };
  return Object{{"pid", label.pid ? Value(*label.pid) : Value(nullptr)},
                {"program", label.pid ? Value(label.program) : Value(nullptr)},
                {"fd", label.fd ? Value(*label.fd) : Value(nullptr)},
                {"protocol", label.protocol},
                {"local", endpoint(label.local)},
                {"peer", endpoint(label.peer)},
                {"state", label.state.empty() ? Value(nullptr) : Value(label.state)}};
}

SocketLabel label_from(SocketLabel label, const net::SocketFacts& facts) {
  if (static_cast<SocketState>(facts.state) == SocketState::syn_sent && !label.peer.is_ip()) {
    label.peer = peer_asked(facts.local);
  }
  label.protocol = facts.kind.name();
  label.local = facts.local;
  const auto state = static_cast<SocketState>(facts.state);
  // Until it is connected a socket does not say to whom; what sock_diag said stays.
  if (facts.connected) label.peer = facts.peer;
  if (!facts.connected && state == SocketState::close) label.peer = {};
  const bool nothing = state == SocketState::close && !facts.bound;
  label.state = nothing ? "UNBOUND" : net::kern::state_name(state);
  if (facts.kind.bit() != net::on_other) return label;
  label.protocol = family_name(facts.kind.family);
  // What the kernel's states say of other families is theirs to know.
  label.state.clear();
  return label;
}

net::Result<void> SockoptTarget::with_descriptor(const std::function<void(int fd)>& work) const {
  if (own_.valid()) {
    work(own_.get());
    return {};
  }
  const auto copy = net::kern::borrow_socket({{*label_.pid, label_.program}, *label_.fd, inode_});
  if (!copy) return std::unexpected(copy.error());
  work(copy->get());
  return {};
}

std::expected<LiveTargets, Refusal> find_live_targets(const SockoptFlags& flags) {
  if (flags.fd) return by_descriptor(*flags.pid, *flags.fd);
  return flags.pid ? by_process(flags) : by_address(flags);
}

std::string borrow_hint(const net::Error& error, const SocketLabel& label) {
  if (!label.pid || error.code != net::errno_code(EPERM)) return {};
  return net::kern::why_not_permitted(*label.pid);
}

}  // namespace cmd
