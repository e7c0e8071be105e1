#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "net/sock/socket.hh"
#include "net/sock/sockopt_read.hh"

// Settings that the kernel refuses, and the cause that is told.
namespace net {

inline constexpr SocketKind tcp4{AF_INET, SOCK_STREAM, IPPROTO_TCP};
inline constexpr SocketKind tcp6{AF_INET6, SOCK_STREAM, IPPROTO_TCP};
inline constexpr SocketKind udp4{AF_INET, SOCK_DGRAM, IPPROTO_UDP};
inline constexpr SocketKind udp6{AF_INET6, SOCK_DGRAM, IPPROTO_UDP};
inline constexpr SocketKind raw6{AF_INET6, SOCK_RAW, 253};
inline constexpr SocketKind icmp6{AF_INET6, SOCK_RAW, IPPROTO_ICMPV6};
inline constexpr SocketKind mptcp4{AF_INET, SOCK_STREAM, mptcp_protocol};
inline constexpr SocketKind netlink{AF_NETLINK, SOCK_RAW, 0};
inline constexpr SocketKind unix_stream{AF_UNIX, SOCK_STREAM, 0};

/// How far a socket of a test has come, on loopback.
enum class Came : std::uint8_t { nowhere, bound, listening, connected };

struct RefusedCase {
  std::string setting;
  std::string answer;  ///< "EINVAL: takes 1 to 127", or "taken"
  SocketKind kind = tcp4;
  Came came = Came::nowhere;
  std::vector<std::string> first{};  ///< set before it
};

/// Makes the socket, sets what is to be set first, then the setting: what became of that. Its cause is told
/// with this machine's sysctls.
[[nodiscard]] std::string answer_to(const RefusedCase& c);

/// The same in a process that is nobody (uid 65534), without capabilities.
[[nodiscard]] std::string answer_to_nobody(const RefusedCase& c);

}  // namespace net
