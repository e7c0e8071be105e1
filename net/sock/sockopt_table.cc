// The table of socket options: data only. Numbers come from the kernel's headers; what those of Debian 12
// lack is given by number. Whether accept(2) hands an option on was read off the kernel and is tested.
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <sys/socket.h>

#include <array>

#include "net/sock/sockopt.hh"

namespace net {
namespace {

using enum OptionType;

constexpr std::array<OptionWord, 6> mtu_discover_words{{{"dont", IP_PMTUDISC_DONT},
                                                        {"want", IP_PMTUDISC_WANT},
                                                        {"do", IP_PMTUDISC_DO},
                                                        {"probe", IP_PMTUDISC_PROBE},
                                                        {"interface", IP_PMTUDISC_INTERFACE},
                                                        {"omit", IP_PMTUDISC_OMIT}}};

constexpr SocketOption sol(std::string_view name, int number, OptionType type, std::uint8_t kinds = on_all) {
  return {"SOL_SOCKET", name, SOL_SOCKET, number, type, kinds};
}
constexpr SocketOption ip(std::string_view name, int number, OptionType type, std::uint8_t kinds = on_inet) {
  return {"IPPROTO_IP", name, IPPROTO_IP, number, type, kinds};
}
constexpr SocketOption ipv6(std::string_view name, int number, OptionType type,
                            std::uint8_t kinds = on_inet) {
  return {"IPPROTO_IPV6", name, IPPROTO_IPV6, number, type, kinds};
}
constexpr SocketOption tcp(std::string_view name, int number, OptionType type) {
  return {"IPPROTO_TCP", name, IPPROTO_TCP, number, type, on_tcp};
}
constexpr SocketOption udp(std::string_view name, int number, OptionType type) {
  return {"IPPROTO_UDP", name, IPPROTO_UDP, number, type, on_udp};
}

constexpr SocketOption bounded(SocketOption row, std::string_view sysctl) {
  row.sysctl = sysctl;
  return row;
}
constexpr SocketOption write_only(SocketOption row) {
  row.readable = false;
  return row;
}
constexpr SocketOption not_inherited(SocketOption row) {
  row.inherited = false;
  return row;
}
constexpr SocketOption once_connected(SocketOption row) {
  row.after_connect = true;
  row.inherited = false;
  return row;
}
constexpr SocketOption with_words(SocketOption row, std::span<const OptionWord> words) {
  row.words = words;
  return row;
}

constexpr std::array table{
    sol("SO_BINDTODEVICE", SO_BINDTODEVICE, string, on_inet),
    sol("SO_BROADCAST", SO_BROADCAST, boolean),
    bounded(sol("SO_BUSY_POLL", SO_BUSY_POLL, integer), "net.core.busy_read"),
    sol("SO_DONTROUTE", SO_DONTROUTE, boolean),
    sol("SO_KEEPALIVE", SO_KEEPALIVE, boolean),
    sol("SO_LINGER", SO_LINGER, linger),
    sol("SO_MARK", SO_MARK, integer),
    sol("SO_MAX_PACING_RATE", SO_MAX_PACING_RATE, rate),
    sol("SO_OOBINLINE", SO_OOBINLINE, boolean),
    not_inherited(sol("SO_PRIORITY", SO_PRIORITY, integer)),
    bounded(sol("SO_RCVBUF", SO_RCVBUF, bytes), "net.core.rmem_max"),
    write_only(sol("SO_RCVBUFFORCE", SO_RCVBUFFORCE, bytes)),
    sol("SO_RCVLOWAT", SO_RCVLOWAT, bytes),
    sol("SO_RCVTIMEO", SO_RCVTIMEO, timeval),
    sol("SO_REUSEADDR", SO_REUSEADDR, boolean),
    sol("SO_REUSEPORT", SO_REUSEPORT, boolean, on_inet),
    bounded(sol("SO_SNDBUF", SO_SNDBUF, bytes), "net.core.wmem_max"),
    write_only(sol("SO_SNDBUFFORCE", SO_SNDBUFFORCE, bytes)),
    sol("SO_SNDTIMEO", SO_SNDTIMEO, timeval),
    sol("SO_TIMESTAMP", SO_TIMESTAMP, boolean),
    sol("SO_ZEROCOPY", SO_ZEROCOPY, boolean, on_inet),
    write_only(ip("IP_ADD_MEMBERSHIP", IP_ADD_MEMBERSHIP, membership4, on_udp)),
    ip("IP_BIND_ADDRESS_NO_PORT", IP_BIND_ADDRESS_NO_PORT, boolean),
    ip("IP_FREEBIND", IP_FREEBIND, boolean),
    ip("IP_LOCAL_PORT_RANGE", 51, port_range),
    ip("IP_MINTTL", IP_MINTTL, integer),
    with_words(ip("IP_MTU_DISCOVER", IP_MTU_DISCOVER, word), mtu_discover_words),
    ip("IP_MULTICAST_ALL", IP_MULTICAST_ALL, boolean),
    ip("IP_MULTICAST_IF", IP_MULTICAST_IF, multicast_if, on_udp),
    ip("IP_MULTICAST_LOOP", IP_MULTICAST_LOOP, boolean),
    ip("IP_MULTICAST_TTL", IP_MULTICAST_TTL, integer, on_udp),
    ip("IP_RECVERR", IP_RECVERR, boolean),
    ip("IP_TOS", IP_TOS, integer),
    ip("IP_TRANSPARENT", IP_TRANSPARENT, boolean),
    ip("IP_TTL", IP_TTL, integer),
    write_only(ipv6("IPV6_JOIN_GROUP", IPV6_ADD_MEMBERSHIP, membership6, on_udp)),
    with_words(ipv6("IPV6_MTU_DISCOVER", IPV6_MTU_DISCOVER, word), mtu_discover_words),
    ipv6("IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOPS, integer, on_udp),
    ipv6("IPV6_MULTICAST_LOOP", IPV6_MULTICAST_LOOP, boolean),
    ipv6("IPV6_TCLASS", IPV6_TCLASS, integer),
    ipv6("IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS, integer),
    ipv6("IPV6_V6ONLY", IPV6_V6ONLY, boolean),
    tcp("TCP_CONGESTION", TCP_CONGESTION, string),
    tcp("TCP_CORK", TCP_CORK, boolean),
    tcp("TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT, seconds),
    bounded(tcp("TCP_FASTOPEN", TCP_FASTOPEN, integer), "net.core.somaxconn"),
    tcp("TCP_FASTOPEN_CONNECT", TCP_FASTOPEN_CONNECT, boolean),
    tcp("TCP_KEEPCNT", TCP_KEEPCNT, integer),
    tcp("TCP_KEEPIDLE", TCP_KEEPIDLE, seconds),
    tcp("TCP_KEEPINTVL", TCP_KEEPINTVL, seconds),
    bounded(tcp("TCP_LINGER2", TCP_LINGER2, seconds), "net.ipv4.tcp_fin_timeout"),
    tcp("TCP_MAXSEG", TCP_MAXSEG, bytes),
    tcp("TCP_NODELAY", TCP_NODELAY, boolean),
    tcp("TCP_NOTSENT_LOWAT", TCP_NOTSENT_LOWAT, bytes),
    once_connected(tcp("TCP_QUICKACK", TCP_QUICKACK, boolean)),
    tcp("TCP_SYNCNT", TCP_SYNCNT, integer),
    tcp("TCP_USER_TIMEOUT", TCP_USER_TIMEOUT, milliseconds),
    tcp("TCP_WINDOW_CLAMP", TCP_WINDOW_CLAMP, bytes),
    udp("UDP_CORK", UDP_CORK, boolean),
    udp("UDP_GRO", UDP_GRO, boolean),
    udp("UDP_SEGMENT", UDP_SEGMENT, bytes),
};

}  // namespace

std::span<const SocketOption> option_table() {
  return table;
}

}  // namespace net
