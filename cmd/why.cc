#include "cmd/why.hh"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "cmd/hints.hh"
#include "net/base/text.hh"
#include "net/kern/ifaces.hh"
#include "net/sock/icmp_meaning.hh"
#include "net/sock/path_mtu.hh"
#include "net/sock/udp_channel.hh"

namespace cmd {
namespace {

/// Everything that is known about a failure.
struct Failure {
  const net::Error& error;
  const net::Attempt& attempt;
  net::Transport transport;
  int fd = -1;  ///< of a conversation that was cut

  [[nodiscard]] bool is(int code) const { return error.code == net::errno_code(code); }
  [[nodiscard]] bool said_by_icmp(bool (*what)(const net::IcmpReport&)) const {
    return attempt.icmp && what(*attempt.icmp);
  }
  [[nodiscard]] bool to_itself() const { return host() == "::1" || host().starts_with("127."); }
  /// A group, or everybody on the network.
  [[nodiscard]] bool to_many() const {
    return attempt.address.is_multicast() || attempt.address.address_text() == "255.255.255.255";
  }
  [[nodiscard]] bool local() const { return error.blame == net::Blame::local; }
  [[nodiscard]] bool of_unix() const { return transport.unix_domain; }
  [[nodiscard]] bool of_udp() const { return !of_unix() && transport.type == SOCK_DGRAM; }
  [[nodiscard]] std::string host() const { return attempt.address.address_text(); }
  [[nodiscard]] std::string port() const { return std::to_string(attempt.address.port()); }
  [[nodiscard]] std::string router() const { return error.said_by; }
  /// "nettool connect -u --trace 192.0.2.1 53".
  [[nodiscard]] std::string command(std::string_view options) const {
    return "nettool connect " + std::string(of_udp() ? "-u " : "") + std::string(options) + " " + host() +
           " " + port();
  }
};

/// An address of this very host. (Whether it can be bound says nothing where net.ipv4.ip_nonlocal_bind is
/// on.)
bool is_here(const net::Endpoint& address) {
  const std::string text = address.with_scope(0).address_text();
  if (address.is_any() || text == "::1" || text.starts_with("127.")) return true;
  const auto interfaces = net::kern::list_interfaces(address.family());
  if (!interfaces) return false;
  return std::ranges::any_of(*interfaces, [&text](const net::kern::Interface& interface) {
    return std::ranges::any_of(interface.addresses, [&text](const net::kern::InterfaceAddress& own) {
      return own.address.address_text() == text;
    });
  });
}

std::string refused(const Failure& why) {
  if (is_here(why.attempt.address)) {
    return why.host() + " is this host, and nothing listens on port " + why.port() + " of this address" +
           listeners_elsewhere(why.transport, why.attempt.address.port()) + ". Try: nettool port " +
           why.port();
  }
  return why.host() + " answered itself, in " + net::duration_text(why.attempt.time) +
         ", so the host is up: nothing listens on " + why.port() + " there, or its firewall rejects.";
}

std::string port_unreachable(const Failure& why) {
  const bool itself = why.router() == why.host();
  if (!itself) {
    return why.router() + " answered in place of " + why.host() +
           ": a firewall rejects. Try: " + why.command("--trace");
  }
  if (!why.of_udp()) {
    return why.host() + " said so by ICMP and not by a RST, so the host is up and its firewall rejects.";
  }
  if (is_here(why.attempt.address)) {
    return "nothing listens on UDP port " + why.port() + " here. Try: nettool port " + why.port() + "/udp";
  }
  return why.host() + " said so itself, so the host is up: nothing listens on UDP port " + why.port() +
         " there, or its firewall rejects.";
}

std::string prohibited(const Failure& why) {
  if (why.router() == why.host()) return "the host is up, and its firewall has a rule against this.";
  return why.router() + " has a rule against this (firewall, access list, prohibiting route); " + why.host() +
         " may well be up. Try: " + why.command("--trace");
}

std::string time_exceeded(const Failure& why) {
  return "the packets ran out of hops at " + why.router() +
         ": routers send them round in a circle, or the hop limit (IP_TTL, IPV6_UNICAST_HOPS) is too small. "
         "Try: " +
         why.command("--trace");
}

std::string too_big(const Failure& why) {
  const auto of_socket = why.fd < 0 ? std::nullopt : net::path_mtu(why.fd);
  const std::uint32_t mtu = of_socket.value_or(why.attempt.icmp ? why.attempt.icmp->mtu : 0);
  if (mtu == 0) return "a datagram holds no more than 65507 bytes over IPv4.";
  const std::size_t limit = net::udp_payload_limit(mtu, why.attempt.address.family());
  return "the path to " + why.host() + " takes packets of " + std::to_string(mtu) +
         " bytes (its MTU), so a datagram carries " + std::to_string(limit) +
         " bytes of data whole: --datagram-size " + std::to_string(limit) + ", or have it fragmented: -o " +
         (why.attempt.address.family() == AF_INET6 ? "IPV6" : "IP") + "_MTU_DISCOVER=dont";
}

std::string host_unreachable(const Failure& why) {
  return why.router() + " is the last router before " + why.host() +
         ", which does not answer it: the host is down, or that is not its address.";
}

std::string unreachable(const Failure& why) {
  return why.router() + " is a router that knows no way to " + why.host() +
         ": a wrong address, or its routes are at fault. Try: " + why.command("--trace");
}

std::string no_neighbour(const Failure& why) {
  return why.host() +
         " or the gateway to it did not answer ARP or ND on this host's own network: it is "
         "down, or an address or prefix length is wrong. Try: nettool iface";
}

std::string silence(const Failure& why) {
  // Without figures of the kernel's there is nothing to say.
  if (why.attempt.syns_sent == 0) return "";
  return net::count_text(why.attempt.syns_sent, "SYN") + " sent in " + net::duration_text(why.attempt.time) +
         ", nothing came back: the host is down, or something on the way drops the packets. Try: " +
         why.command("--trace");
}

std::string no_reply(const Failure& why) {
  return "with UDP silence proves nothing: the host is down, a packet was lost or dropped, or nothing there "
         "answers to that. Try: " +
         why.command("-z");
}

std::string cut(const Failure& why) {
  if (why.of_unix()) return "the program at the other end closed with bytes unread, or ended.";
  return why.host() +
         " (or something in its name) sent a RST: the program there ended, or closed with bytes "
         "unread.";
}

/// The routing table, with the rules that look at the protocol and the port too.
std::string see_routes(const Failure& why, const std::string& what) {
  std::string words = what + " Try: ip route get " + why.host();
  if (why.attempt.address.port() != 0) {
    words += std::string(" ipproto ") + (why.of_udp() ? "udp" : "tcp") + " dport " + why.port();
  }
  return words;
}

std::string no_source(const Failure& why) {
  const bool v6 = why.attempt.address.family() == AF_INET6;
  // A datagram socket finds a source address, if there is one, whatever ports are taken.
  if (net::own_address_towards(why.attempt.address)) {
    return "every port that this host may use for that destination is taken: see "
           "net.ipv4.ip_local_port_range";
  }
  return std::string("this host has no ") + (v6 ? "IPv6" : "IPv4") +
         " address to send from: an interface is down" + (v6 ? ", or IPv6 is off" : "") +
         ". Try: nettool iface";
}

std::string no_route(const Failure& why) {
  return see_routes(why, "this host has no route to it, or a rule that says so.");
}

std::string own_unreachable(const Failure& why) {
  return see_routes(why, "this host's own routing table says unreachable.");
}

std::string own_prohibit(const Failure& why) {
  return see_routes(why, "this host's own routing table prohibits it.");
}

std::string own_blackhole(const Failure& why) {
  if (why.attempt.address.is_link_local() && why.attempt.address.scope() == 0) {
    return "a link-local address needs its %interface: " + why.host() + "%eth0, or --interface eth0.";
  }
  return see_routes(why, "this host's own routing table throws it away (blackhole).");
}

/// A cause, how it is known, and what to say: a sentence, or one made of what is known.
struct Cause {
  bool (*is)(const Failure& why);
  std::string (*tell)(const Failure& why);
  std::string_view words = {};
};

// The first that fits is the one.
constexpr Cause causes[] = {
    // An ICMP message says more than the errno that the kernel made of it.
    {[](const Failure& why) {
       return why.error.blame == net::Blame::silence && why.attempt.icmp.has_value();
     },
     no_neighbour},
    {[](const Failure& why) { return why.local() && why.attempt.icmp.has_value(); }, nullptr,
     "a packet filter of this host itself rejects it."},
    {[](const Failure& why) { return why.said_by_icmp(net::is_port_unreachable); }, port_unreachable},
    {[](const Failure& why) { return why.said_by_icmp(net::is_prohibited); }, prohibited},
    {[](const Failure& why) { return why.said_by_icmp(net::is_time_exceeded); }, time_exceeded},
    {[](const Failure& why) { return why.is(EMSGSIZE) && !why.of_unix(); }, too_big},
    {[](const Failure& why) { return why.said_by_icmp(net::is_host_unreachable); }, host_unreachable},
    {[](const Failure& why) { return why.attempt.icmp.has_value(); }, unreachable},
    // The peer's own word.
    {[](const Failure& why) { return why.is(ECONNREFUSED) && why.attempt.address.is_abstract(); }, nullptr,
     "no socket has that name, or nobody listens on it"},
    {[](const Failure& why) { return why.is(ECONNREFUSED) && why.of_unix(); }, nullptr,
     "nobody listens on it: a stale socket file, or no socket at all"},
    {[](const Failure& why) { return why.is(ECONNREFUSED); }, refused},
    {[](const Failure& why) { return why.is(ECONNRESET); }, cut},
    {[](const Failure& why) { return why.is(ETIMEDOUT) && why.of_udp(); }, no_reply},
    {[](const Failure& why) { return why.is(ETIMEDOUT); }, silence},
    // This host.
    {[](const Failure& why) { return why.is(ENETUNREACH) && !why.of_udp() && why.to_many(); }, nullptr,
     "TCP is between two hosts: only UDP (-u) reaches a group or everybody."},
    {[](const Failure& why) { return why.is(ENETUNREACH) && why.to_itself(); }, nullptr,
     "the loopback interface is down, or lacks its addresses. Try: nettool iface lo"},
    {[](const Failure& why) { return why.is(ENETUNREACH) && why.local(); }, no_route},
    {[](const Failure& why) { return why.is(EHOSTUNREACH) && why.local(); }, own_unreachable},
    {[](const Failure& why) { return why.is(EINVAL) && why.local(); }, own_blackhole},
    {[](const Failure& why) { return why.is(EACCES) && why.of_unix(); }, nullptr,
     "no write permission on the socket, or no way to it through its directories"},
    {[](const Failure& why) { return why.is(EACCES) && why.local(); }, own_prohibit},
    {[](const Failure& why) { return why.is(EPERM); }, nullptr,
     "a packet filter of this host, or a missing privilege (CAP_NET_RAW, CAP_NET_ADMIN)"},
    {[](const Failure& why) { return why.is(EADDRNOTAVAIL); }, no_source},
    {[](const Failure& why) { return why.is(EADDRINUSE); }, nullptr,
     "a connection from this source port to this destination exists already, or is in TIME_WAIT"},
    {[](const Failure& why) { return why.is(ENOENT); }, nullptr,
     "no socket of that name: is the server running?"},
    {[](const Failure& why) { return why.is(EPROTOTYPE); }, nullptr,
     "the socket there is of another type: see --type"},
    {[](const Failure& why) { return why.is(EMFILE); }, nullptr,
     "this process has no descriptors left: see `ulimit -n`"},
};

std::string tell(const Failure& why) {
  const auto* const cause = std::ranges::find_if(causes, [&why](const Cause& row) { return row.is(why); });
  if (cause == std::end(causes)) return "";
  return cause->tell != nullptr ? cause->tell(why) : std::string(cause->words);
}

std::string resolve_hint(const net::Error& error) {
  if (error.subject.empty() || error.blame == net::Blame::usage) return "";
  return std::string(error.blame == net::Blame::silence ? "the name servers of this host do not answer."
                                                        : "programs of this host get no address for it.") +
         " Try: nettool resolve --compare " + error.subject;
}

}  // namespace

std::string connect_hint(const net::Error& error, const net::Attempt* attempt,
                         const net::DialOptions& options) {
  if (error.op == "setsockopt") return error.hint;
  if (error.op == "bind") return source_hint(error, options.transport, options.source_port);
  if (error.op == "resolve") return resolve_hint(error);
  if (attempt == nullptr && error.op == "connect") return "";
  const net::Attempt none{};
  return tell({error, attempt == nullptr ? none : *attempt, options.transport});
}

std::string dial_hint(const net::Error& error, const std::vector<net::Attempt>& failures,
                      const net::DialOptions& options, bool verbose) {
  const auto* attempt = failures.empty() ? nullptr : &failures.front();
  for (const net::Attempt& failure : failures) {
    if (failure.error->subject == error.subject) attempt = &failure;
  }
  std::string hint = connect_hint(error, attempt, options);
  if (failures.size() > 1) {
    if (!hint.empty()) hint += hint.ends_with('.') ? " " : ". ";
    hint += "All " + std::to_string(failures.size()) + " addresses failed";
    hint += verbose ? "." : "; -v shows each.";
  }
  return hint;
}

std::string cut_hint(const net::Error& error, const net::Endpoint& peer, net::Transport transport, int fd,
                     const std::optional<net::IcmpReport>& icmp) {
  if (peer.family() == AF_UNSPEC) return "";
  net::Attempt attempt;
  attempt.address = peer;
  attempt.icmp = icmp;
  return tell({error, attempt, transport, fd});
}

}  // namespace cmd
