#include "net/sock/error_queue.hh"

#include <netinet/in.h>
// After netinet/in.h, whose types it uses.
#include <linux/errqueue.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "net/base/error.hh"

namespace net {
namespace {

/// The report in one control message, when it is one and came by ICMP.
std::optional<IcmpReport> report_in(cmsghdr& header, const Endpoint& destination) {
  const bool v4 = header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_RECVERR;
  const bool v6 = header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_RECVERR;
  if (!v4 && !v6) return std::nullopt;
  sock_extended_err error{};
  std::memcpy(&error, CMSG_DATA(&header), sizeof error);
  if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) return std::nullopt;
  // The offender's address follows the struct (SO_EE_OFFENDER), its family's length tells how much.
  sockaddr_storage offender{};
  const auto* place = CMSG_DATA(&header) + sizeof error;
  std::memcpy(&offender, place, v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  const socklen_t length = offender.ss_family == AF_INET    ? sizeof(sockaddr_in)
                           : offender.ss_family == AF_INET6 ? sizeof(sockaddr_in6)
                                                            : 0;
  return IcmpReport{errno_code(static_cast<int>(error.ee_errno)),
                    Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&offender), length),
                    error.ee_type,
                    error.ee_code,
                    destination,
                    error.ee_errno == EMSGSIZE ? error.ee_info : 0,
                    {}};
}

bool is_ip_socket(int fd) {
  int family = AF_UNSPEC;
  socklen_t length = sizeof family;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 &&
         (family == AF_INET || family == AF_INET6);
}

}  // namespace

std::optional<IcmpReport> take_icmp_report(int fd) {
  // A Unix socket has no error queue: it would give its data, or its end for ever.
  if (!is_ip_socket(fd)) return std::nullopt;
  for (;;) {
    alignas(cmsghdr) std::array<std::byte, 512> control{};
    std::array<std::uint8_t, 64> payload{};
    iovec part{payload.data(), payload.size()};
    sockaddr_storage destination{};
    msghdr message{};
    message.msg_name = &destination;
    message.msg_namelen = sizeof destination;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t length = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (length < 0) return std::nullopt;
    const Endpoint sent_to =
        Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&destination), message.msg_namelen);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
      auto report = report_in(*header, sent_to);
      if (!report) continue;
      report->quoted.assign(payload.begin(), payload.begin() + length);
      return report;
    }
  }
}

}  // namespace net
