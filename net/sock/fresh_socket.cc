#include "net/sock/fresh_socket.hh"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <thread>
#include <utility>

#include "net/sock/socket.hh"
#include "net/sock/tcp_info_layout.hh"

namespace net {
namespace {

// In no header of Debian 12's libc.
constexpr int so_netns_cookie = 71;
constexpr int so_buf_lock = 72;

// Loopback answers at once, or never.
constexpr int connect_patience_ms = 1000;

template <class T>
std::optional<T> option_of(int fd, int level, int number) {
  T value{};
  socklen_t length = sizeof value;
  if (getsockopt(fd, level, number, &value, &length) < 0) return std::nullopt;
  return value;
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

Endpoint address_of(int fd, NameCall call) {
  sockaddr_storage storage{};
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  socklen_t length = sizeof storage;
  if (call(fd, address, &length) < 0) return {};
  const bool known =
      storage.ss_family == AF_INET || storage.ss_family == AF_INET6 || storage.ss_family == AF_UNIX;
  return known ? Endpoint::from_bytes(address, length) : Endpoint();
}

bool is_name(const Endpoint& name, const SocketKind& kind) {
  // What stands for the port of a raw socket is its protocol.
  if (name.is_ip()) return !name.is_any() || (name.port() != 0 && kind.type != SOCK_RAW);
  // A Unix address without a name is its family alone.
  return name.is_unix() && name.size() > sizeof(sa_family_t);
}

/// Whether the connection that a TCP socket has, or had, ever moved anything.
bool has_moved(int fd) {
  TcpInfoLayout info{};
  socklen_t length = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
         (info.segs_out != 0 || info.segs_in != 0 || info.pmtu != 0);
}

bool has_peer(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) == 0;
}

bool is_tcp(const SocketKind& kind) {
  return (kind.bit() & (on_tcp | on_mptcp)) != 0;
}

/// One address is not every address: binding an IPv6 socket to one makes it IPV6_V6ONLY.
Endpoint address_like(const SocketFacts& facts) {
  const bool one = facts.local.is_ip() && !facts.local.is_any();
  return one ? Endpoint::loopback(facts.kind.family, 0) : Endpoint::any(facts.kind.family, 0);
}

Result<Socket> open_like(const SocketKind& kind) {
  return Socket::open(kind.family, kind.type, kind.protocol);
}

Result<FreshSocket> fresh_listener(const SocketFacts& facts) {
  auto socket = open_like(facts.kind);
  if (!socket) return std::unexpected(socket.error());
  if (facts.kind.family == AF_UNIX) {
    // "@": an abstract name of the kernel's choice.
    const auto name = Endpoint::parse_unix("@");
    if (const auto bound = socket->bind(*name); !bound) return std::unexpected(bound.error());
  } else if (const auto bound = socket->bind(address_like(facts)); !bound) {
    return std::unexpected(bound.error());
  }
  if (const auto listening = socket->listen(1); !listening) return std::unexpected(listening.error());
  return FreshSocket{std::move(*socket).release(), {}};
}

Result<FreshSocket> fresh_pair(const SocketKind& kind) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, kind.type | SOCK_CLOEXEC, 0, ends.data()) < 0) return fail("socketpair");
  return FreshSocket{Fd(ends[0]), Fd(ends[1])};
}

/// UDP and raw sockets: connect(2) only notes the address.
Result<FreshSocket> fresh_datagram(const SocketFacts& facts) {
  auto socket = open_like(facts.kind);
  if (!socket) return std::unexpected(socket.error());
  // RFC 863; nothing is ever sent.
  const auto connected = socket->connect(Endpoint::loopback(facts.kind.family, 9));
  if (!connected) return std::unexpected(connected.error());
  return FreshSocket{std::move(*socket).release(), {}};
}

Result<FreshSocket> fresh_connection(const SocketFacts& facts) {
  auto listener = open_like(facts.kind);
  if (!listener) return std::unexpected(listener.error());
  const Endpoint loopback = Endpoint::loopback(facts.kind.family, 0);
  if (const auto bound = listener->bind(loopback); !bound) return std::unexpected(bound.error());
  if (const auto listening = listener->listen(1); !listening) return std::unexpected(listening.error());
  auto socket = open_like(facts.kind);
  if (!socket) return std::unexpected(socket.error());
  const auto connected = socket->connect(listener->local());
  if (!connected) return std::unexpected(connected.error());
  if (!*connected) {
    pollfd waiting{socket->fd(), POLLOUT, 0};
    if (poll(&waiting, 1, connect_patience_ms) != 1) return fail("connect", {}, errno_code(ETIMEDOUT));
    if (const auto code = socket->take_error()) return fail("connect", {}, code);
  }
  return FreshSocket{std::move(*socket).release(), std::move(*listener).release()};
}

Result<FreshSocket> fresh_plain(const SocketFacts& facts) {
  auto socket = open_like(facts.kind);
  if (!socket) return std::unexpected(socket.error());
  if (facts.local.is_ip() && !facts.local.is_any()) {
    // Without a loopback it stays unbound, which is nearly the same.
    static_cast<void>(socket->bind(address_like(facts)));
  }
  return FreshSocket{std::move(*socket).release(), {}};
}

Result<FreshSocket> fresh_in_role(const SocketFacts& facts) {
  if (facts.listening) return fresh_listener(facts);
  if (!facts.connected) return fresh_plain(facts);
  if (facts.kind.family == AF_UNIX) return fresh_pair(facts.kind);
  return is_tcp(facts.kind) ? fresh_connection(facts) : fresh_datagram(facts);
}

}  // namespace

Result<SocketFacts> socket_facts(int fd) {
  const auto kind = socket_kind(fd);
  if (!kind) return std::unexpected(kind.error());
  SocketFacts facts;
  facts.kind = *kind;
  facts.local = address_of(fd, getsockname);
  facts.peer = address_of(fd, getpeername);
  facts.listening = option_of<int>(fd, SOL_SOCKET, SO_ACCEPTCONN).value_or(0) != 0;
  facts.connected = has_peer(fd);
  facts.buffer_lock = option_of<std::uint32_t>(fd, SOL_SOCKET, so_buf_lock).value_or(0);
  facts.netns_cookie = option_of<std::uint64_t>(fd, SOL_SOCKET, so_netns_cookie).value_or(0);
  const int rough = facts.listening ? TCP_LISTEN : facts.connected ? TCP_ESTABLISHED : TCP_CLOSE;
  facts.state = static_cast<std::uint8_t>(rough);
  // The first byte of TCP_INFO.
  facts.bound = is_name(facts.local, facts.kind);
  facts.used = is_tcp(*kind) && !facts.listening && has_moved(fd);
  if (is_tcp(*kind)) facts.state = option_of<std::uint8_t>(fd, IPPROTO_TCP, TCP_INFO).value_or(facts.state);
  return facts;
}

Result<FreshSocket> fresh_socket_like(const SocketFacts& facts, int netns) {
  Result<FreshSocket> fresh;
  const auto make = [&] {
    fresh = fresh_in_role(facts);
    if (!fresh && (facts.listening || facts.connected)) fresh = fresh_plain(facts);
  };
  if (netns < 0) {
    make();
    return fresh;
  }
  // A namespace is entered by a thread of its own, so that there is no way back that could fail.
  std::thread([&] {
    static_cast<void>(setns(netns, CLONE_NEWNET));
    make();
  }).join();
  return fresh;
}

}  // namespace net
