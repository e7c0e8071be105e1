#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace net {

/// The part of TCP_INFO (tcp(7), struct tcp_info) that a report about one connection needs.
struct TcpInfo {
  std::uint32_t rtt_us = 0;
  std::uint32_t rttvar_us = 0;
  std::uint32_t retransmits = 0;  ///< segments sent again, SYNs included (tcpi_total_retrans)
  std::uint32_t send_mss = 0;
  std::uint32_t cwnd = 0;  ///< in segments
  std::string congestion_control;
};

/// TCP_INFO and TCP_CONGESTION of a socket, or nothing if it is no TCP socket.
[[nodiscard]] std::optional<TcpInfo> tcp_info(int fd);

/// Bytes that were given to the kernel and that the peer has not acknowledged (SIOCOUTQ). The kernel counts
/// our FIN, once sent, as a byte; it is not counted here.
[[nodiscard]] std::uint64_t unacknowledged_bytes(int fd, bool fin_sent);

}  // namespace net
