#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/base/parse.hh"
#include "net/kern/port_policy.hh"
#include "net/sock/socket.hh"

namespace net::kern {

/// TCP states as the kernel numbers them (include/net/tcp_states.h); UDP, raw and Unix sockets are
/// `established`, `listen` or `close`.
enum class SocketState : std::uint8_t {
  established = 1,
  syn_sent = 2,
  syn_recv = 3,
  fin_wait1 = 4,
  fin_wait2 = 5,
  time_wait = 6,
  close = 7,  ///< for TCP: bound and neither listening nor connected
  close_wait = 8,
  last_ack = 9,
  listen = 10,
  closing = 11,
};

/// "LISTEN", "TIME_WAIT", "FIN_WAIT_1", as RFC 9293 writes them with _ for -; "BOUND" for `close`.
[[nodiscard]] std::string_view state_name(SocketState state);

/// A state by its name, any case, with - or _ ("time-wait"), or as ss and netstat write it ("estab",
/// "FIN_WAIT1"); "connected" is none of them.
[[nodiscard]] Parsed<SocketState> parse_state(std::string_view text);

/// What sock_diag(7) is asked for one protocol at a time.
enum class DiagProtocol : std::uint8_t { tcp, mptcp, udp, udplite, raw, unix_domain };

/// One socket of this host as sock_diag(7) tells it.
struct SocketEntry {
  Endpoint local;  ///< as getsockname(2): a raw socket's port is its protocol, a Unix socket may be unnamed
  SocketState state = SocketState::close;
  std::uint64_t inode = 0;  ///< 0 when no process holds it (TIME_WAIT)
  uid_t uid = 0;
  Endpoint peer{};  ///< no address when there is none; the peer of a Unix socket may be unnamed
  DiagProtocol protocol = DiagProtocol::tcp;
  bool ipv6_only = false;       ///< IPV6_V6ONLY of one that listens or is bound: no IPv4 comes to its [::]
  std::uint32_t interface = 0;  ///< the index that SO_BINDTODEVICE or an address's scope ties it to, or 0
  /// Until the kernel's timer runs out: of TIME_WAIT its end, which may come late by two seconds and never
  /// comes early. 0 when no timer runs.
  Duration timer{};
};

/// Every TCP or UDP socket whose local port is `port`, TIME_WAIT and (kernel 6.8 on) bound-only ones
/// included.
[[nodiscard]] Result<std::vector<SocketEntry>> sockets_on_port(Transport transport, std::uint16_t port);

/// The Unix sockets bound to a path or abstract name.
[[nodiscard]] Result<std::vector<SocketEntry>> sockets_on_path(const Endpoint& path);

/// Which sockets are wanted; everything that is given must hold.
struct SocketQuery {
  std::vector<DiagProtocol> protocols{DiagProtocol::tcp, DiagProtocol::mptcp, DiagProtocol::udp};
  int family = AF_UNSPEC;  ///< AF_INET or AF_INET6 alone
  /// An address and port; the any address (0.0.0.0 or [::]) stands for whatever address the socket has, port
  /// 0 for any port. An IPv4 address also finds the IPv6 sockets that have it mapped (::ffff:192.0.2.1); a
  /// link-local one without a scope is that of any interface. Or an abstract name, or a path: the socket is
  /// known by its file, whatever it was called at bind(2), and by its absolute path once the file is gone.
  std::optional<Endpoint> local{};
  std::optional<Endpoint> peer{};
  std::optional<SocketState> state{};
  std::optional<PortRange> local_ports{};
};

/// The sockets of this network namespace that match, bound-only ones included (kernel 6.8 on), by a filter in
/// the kernel: with ten thousand sockets on the machine it takes milliseconds. An MPTCP socket stands for its
/// TCP connections where both are asked for. A protocol that this kernel cannot list is passed over; when
/// that is true of all, it is an error.
[[nodiscard]] Result<std::vector<SocketEntry>> find_sockets(const SocketQuery& query);

/// Whether this kernel lists TCP sockets that are bound and nothing else: found out by binding one for a
/// moment, to a port of the kernel's choice or, where it has none left, to one outside of its range. False
/// where there is none either.
[[nodiscard]] bool lists_bound_only();

/// Whether a socket has the family, state and addresses of a query, whose protocols are not looked at. Unix
/// names are compared as they are written.
[[nodiscard]] bool matches(const SocketQuery& query, const SocketEntry& entry);

}  // namespace net::kern
