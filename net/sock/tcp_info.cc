#include "net/sock/tcp_info.hh"

// linux/tcp.h is newer than netinet/tcp.h and clashes with it; linux/sockios.h has SIOCOUTQ.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "net/sock/tcp_info_layout.hh"

namespace net {

std::optional<TcpInfo> tcp_info(int fd) {
  TcpInfoLayout kernel{};
  socklen_t length = sizeof kernel;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &kernel, &length) < 0) return std::nullopt;
  TcpInfo info;
  info.rtt_us = kernel.rtt;
  info.rttvar_us = kernel.rttvar;
  info.retransmits = kernel.total_retrans;
  info.send_mss = kernel.snd_mss;
  info.cwnd = kernel.snd_cwnd;
  std::array<char, 64> name{};
  length = name.size();
  if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) == 0) {
    info.congestion_control.assign(name.data(), strnlen(name.data(), length));
  }
  return info;
}

std::uint64_t unacknowledged_bytes(int fd, bool fin_sent) {
  int queued = 0;
  if (ioctl(fd, SIOCOUTQ, &queued) < 0) return 0;
  if (fin_sent) --queued;
  return queued > 0 ? static_cast<std::uint64_t>(queued) : 0;
}

}  // namespace net
