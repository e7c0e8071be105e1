#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>

#include "net/sock/socket.hh"

namespace net {

/// The address of ours that a datagram was sent to, and the interface it came by: what a reply must leave
/// from, or the asker does not know it (ip(7) IP_PKTINFO, ipv6(7) IPV6_PKTINFO).
struct PacketInfo {
  Endpoint local;
  std::uint32_t interface = 0;
};

/// Asks for the PacketInfo of everything that arrives on a socket of `family` (both kinds on IPv6, which may
/// be dual-stack). Before bind(2), or the first datagrams come without.
[[nodiscard]] Result<void> want_packet_info(const Socket& socket, int family);

/// The verbs of a socket whose reads and writes are messages: UDP, Unix datagrams, Unix seqpacket.
class Datagram {
 public:
  explicit Datagram(Socket socket) : socket_(std::move(socket)) {}

  struct Received {
    std::size_t size = 0;
    Endpoint peer;
    std::optional<PacketInfo> arrived_at;
  };
  /// recvmsg(2): one message. Bytes beyond `into` are lost, so give it 65536.
  [[nodiscard]] std::expected<Received, std::error_code> receive(std::span<std::byte> into) const;

  /// send(2) on a connected socket.
  [[nodiscard]] std::error_code send(std::span<const std::byte> message) const;
  /// sendmsg(2) to `peer`, from the address in `from` if there is one.
  [[nodiscard]] std::error_code send_to(std::span<const std::byte> message, const Endpoint& peer,
                                        const std::optional<PacketInfo>& from = {}) const;

  [[nodiscard]] const Socket& socket() const { return socket_; }

 private:
  Socket socket_;
};

}  // namespace net
