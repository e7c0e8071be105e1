#include "net/kern/inet_diag.hh"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "net/kern/netlink.hh"

namespace net::kern {
namespace {

using Bytes = std::vector<std::byte>;

/// The bit of a state that no socket tells of itself: sockets that were bound and nothing else, which stand
/// in a hash of their own (kernel 6.8; older ones ignore it).
constexpr std::uint32_t bound_only = 1U << 13U;

template <class T>
void append(Bytes& bytes, const T& value) {
  const auto raw = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

bool asks_for_nothing(const std::optional<Endpoint>& wanted) {
  return !wanted || !wanted->is_ip() || (wanted->is_any() && wanted->port() == 0);
}

/// One condition on an address and a port, without the jump that stands before it.
Bytes host_condition(const Endpoint& wanted) {
  inet_diag_hostcond condition{};
  condition.port = wanted.port() == 0 ? -1 : wanted.port();
  std::span<const std::uint8_t> address;
  if (!wanted.is_any()) {
    address = wanted.address_bytes();
    condition.family = static_cast<std::uint8_t>(wanted.family());
    condition.prefix_len = static_cast<std::uint8_t>(address.size() * 8);
  }
  Bytes bytes;
  append(bytes, condition);
  const auto raw = std::as_bytes(address);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  return bytes;
}

/// A bound on the local port, which stands in an operation of its own behind the one that compares.
Bytes port_bound(std::uint16_t port) {
  inet_diag_bc_op bound{};
  bound.no = port;
  Bytes bytes;
  append(bytes, bound);
  return bytes;
}

std::uint32_t state_bits(std::optional<SocketState> state) {
  if (!state) return UINT32_MAX;
  const std::uint32_t bit = 1U << static_cast<unsigned>(*state);
  return *state == SocketState::close ? bit | bound_only : bit;
}

int protocol_number(DiagProtocol protocol) {
  switch (protocol) {
    case DiagProtocol::tcp:
      return IPPROTO_TCP;
    case DiagProtocol::mptcp:
      return IPPROTO_MPTCP;
    case DiagProtocol::udp:
      return IPPROTO_UDP;
    case DiagProtocol::udplite:
      return IPPROTO_UDPLITE;
    case DiagProtocol::raw:
      return IPPROTO_RAW;
    case DiagProtocol::unix_domain:
      break;
  }
  return 0;
}

void append_attribute(Bytes& request, std::uint16_t type, std::span<const std::byte> payload) {
  rtattr header{};
  header.rta_type = type;
  header.rta_len = static_cast<unsigned short>(RTA_LENGTH(payload.size()));
  append(request, header);
  request.insert(request.end(), payload.begin(), payload.end());
}

Bytes request_for(DiagProtocol protocol, int family, const SocketQuery& query) {
  const auto number = static_cast<std::uint32_t>(protocol_number(protocol));
  inet_diag_req_v2 header{};
  header.sdiag_family = static_cast<std::uint8_t>(family);
  // A number above 255 goes into an attribute (kernel 5.9); an older kernel then finds no protocol 0.
  const bool fits = number <= UINT8_MAX;
  header.sdiag_protocol = fits ? static_cast<std::uint8_t>(number) : std::uint8_t{0};
  header.idiag_states = state_bits(query.state);
  Bytes request;
  append(request, header);
  if (!fits) append_attribute(request, INET_DIAG_REQ_PROTOCOL, std::as_bytes(std::span(&number, 1)));
  if (const Bytes filter = inet_filter(query); !filter.empty()) {
    append_attribute(request, INET_DIAG_REQ_BYTECODE, filter);
  }
  return request;
}

Endpoint endpoint_of(int family, const __be32 (&address)[4], __be16 port, std::uint32_t interface) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), address, bytes.size());
  if (family != AF_INET6) return Endpoint::ipv4(std::span(bytes).first<4>(), ntohs(port));
  const Endpoint endpoint = Endpoint::ipv6(bytes, ntohs(port));
  return endpoint.is_link_local() ? endpoint.with_scope(interface) : endpoint;
}

SocketEntry entry_of(const inet_diag_msg& socket, DiagProtocol protocol) {
  const auto& id = socket.id;
  SocketEntry entry;
  entry.protocol = protocol;
  entry.local = endpoint_of(socket.idiag_family, id.idiag_src, id.idiag_sport, id.idiag_if);
  entry.peer = endpoint_of(socket.idiag_family, id.idiag_dst, id.idiag_dport, id.idiag_if);
  if (entry.peer.is_any() && entry.peer.port() == 0) entry.peer = {};
  entry.state = static_cast<SocketState>(socket.idiag_state);
  entry.inode = socket.idiag_inode;
  entry.uid = socket.idiag_uid;
  entry.interface = id.idiag_if;
  if (socket.idiag_timer != 0) entry.timer = std::chrono::milliseconds(socket.idiag_expires);
  return entry;
}

/// The kernel tells it of sockets that listen or are bound.
bool tells_ipv6_only(const nlmsghdr& message) {
  bool only = false;
  for_each_attribute(message, sizeof(inet_diag_msg), [&only](std::uint16_t type, auto value) {
    if (type == INET_DIAG_SKV6ONLY) only = value_in<std::uint8_t>(value).value_or(0) != 0;
  });
  return only;
}

}  // namespace

std::vector<std::byte> inet_filter(const SocketQuery& query) {
  std::vector<std::pair<unsigned char, Bytes>> conditions;
  if (!asks_for_nothing(query.local)) {
    conditions.emplace_back(INET_DIAG_BC_S_COND, host_condition(query.local->unmapped()));
  }
  if (!asks_for_nothing(query.peer)) {
    conditions.emplace_back(INET_DIAG_BC_D_COND, host_condition(query.peer->unmapped()));
  }
  if (query.local_ports) {
    conditions.emplace_back(INET_DIAG_BC_S_GE, port_bound(query.local_ports->first));
    conditions.emplace_back(INET_DIAG_BC_S_LE, port_bound(query.local_ports->last));
  }
  std::size_t left = 0;
  for (const auto& [code, condition] : conditions) left += sizeof(inet_diag_bc_op) + condition.size();
  Bytes filter;
  for (const auto& [code, condition] : conditions) {
    const std::size_t length = sizeof(inet_diag_bc_op) + condition.size();
    inet_diag_bc_op jump{};
    jump.code = code;
    // When it holds go on behind it; when not jump four bytes behind the end, which is the way to say no.
    jump.yes = static_cast<unsigned char>(length);
    jump.no = static_cast<unsigned short>(left + 4);
    append(filter, jump);
    filter.insert(filter.end(), condition.begin(), condition.end());
    left -= length;
  }
  return filter;
}

bool matches(const SocketQuery& query, const SocketEntry& entry) {
  return (query.family == AF_UNSPEC || entry.local.family() == query.family) &&
         (!query.state || entry.state == *query.state) &&
         (!query.local_ports || query.local_ports->contains(entry.local.port())) &&
         (!query.local || is_wanted(*query.local, entry.local)) &&
         (!query.peer || is_wanted(*query.peer, entry.peer));
}

bool is_wanted(const Endpoint& wanted, const Endpoint& address) {
  if (wanted.is_unix()) return wanted == address;
  if (!wanted.is_ip() || !address.is_ip()) return false;
  if (wanted.port() != 0 && wanted.port() != address.port()) return false;
  if (wanted.is_any()) return true;
  if (wanted.scope() != 0 && wanted.scope() != address.scope()) return false;
  const Endpoint a = wanted.unmapped();
  const Endpoint b = address.unmapped();
  return a.family() == b.family() && std::ranges::equal(a.address_bytes(), b.address_bytes());
}

Result<void> list_inet_sockets(DiagProtocol protocol, int family, const SocketQuery& query,
                               std::vector<SocketEntry>& found) {
  const auto take = [&](const nlmsghdr& message) {
    inet_diag_msg socket{};
    if (message.nlmsg_len < NLMSG_LENGTH(sizeof socket)) return;
    std::memcpy(&socket, NLMSG_DATA(&message), sizeof socket);
    SocketEntry entry = entry_of(socket, protocol);
    // What the kernel's filter let through is looked at again: not every list of every kernel heeds it.
    if (entry.local.family() == family && matches(query, entry)) {
      entry.ipv6_only = tells_ipv6_only(message);
      found.push_back(std::move(entry));
    }
  };
  return netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request_for(protocol, family, query), take);
}

}  // namespace net::kern
