#include "net/sock/path_mtu.hh"

#include <netinet/in.h>
#include <sys/socket.h>

namespace net {
namespace {

constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv6_header = 40;
constexpr std::size_t udp_header = 8;

}  // namespace

std::optional<std::uint32_t> path_mtu(int fd) {
  int family = AF_UNSPEC;
  socklen_t length = sizeof family;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) < 0) return std::nullopt;
  const bool v6 = family == AF_INET6;
  if (!v6 && family != AF_INET) return std::nullopt;
  int mtu = 0;
  length = sizeof mtu;
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (getsockopt(fd, level, v6 ? IPV6_MTU : IP_MTU, &mtu, &length) < 0 || mtu <= 0) return std::nullopt;
  return static_cast<std::uint32_t>(mtu);
}

std::size_t udp_payload_limit(std::uint32_t mtu, int family) {
  const std::size_t headers = (family == AF_INET6 ? ipv6_header : ipv4_header) + udp_header;
  return mtu > headers ? mtu - headers : 0;
}

}  // namespace net
