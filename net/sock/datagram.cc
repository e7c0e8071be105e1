#include "net/sock/datagram.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace net {
namespace {

template <class Info>
Info control_data(cmsghdr& header) {
  Info info{};
  std::memcpy(&info, CMSG_DATA(&header), sizeof info);
  return info;
}

std::optional<PacketInfo> packet_info_in(msghdr& message) {
  std::optional<PacketInfo> found;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      const auto info = control_data<in_pktinfo>(*header);
      std::array<std::uint8_t, 4> bytes{};
      // The local address to answer from, which for a broadcast is not the one in the packet.
      std::memcpy(bytes.data(), &info.ipi_spec_dst, bytes.size());
      return PacketInfo{Endpoint::ipv4(bytes, 0), static_cast<std::uint32_t>(info.ipi_ifindex)};
    }
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      const auto info = control_data<in6_pktinfo>(*header);
      std::array<std::uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
      // A dual-stack socket tells of an IPv4 packet both ways; only the other one knows the address to answer
      // from.
      found = PacketInfo{Endpoint::ipv6(bytes, 0), info.ipi6_ifindex};
    }
  }
  return found;
}

template <class Info>
void put_control(msghdr& message, int level, int type, const Info& info) {
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
  message.msg_controllen = CMSG_SPACE(sizeof info);
}

void put_packet_info(msghdr& message, const PacketInfo& from) {
  if (from.local.family() == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, from.local.address_bytes().data(), 4);
    put_control(message, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    // A group is where it was sent to, but nothing is sent from one.
    if (!from.local.is_multicast()) {
      std::memcpy(&info.ipi6_addr, from.local.address_bytes().data(), 16);
    }
    // A link-local answer needs its interface; for the rest the routing table knows better.
    if (from.local.is_link_local()) info.ipi6_ifindex = from.interface;
    put_control(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

}  // namespace

Result<void> want_packet_info(const Socket& socket, int family) {
  if (family != AF_INET && family != AF_INET6) return {};
  auto wanted = socket.set_int(IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
  if (!wanted || family == AF_INET) return wanted;
  return socket.set_int(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
}

std::expected<Datagram::Received, std::error_code> Datagram::receive(std::span<std::byte> into) const {
  sockaddr_storage peer{};
  alignas(cmsghdr) std::array<std::byte, 256> control;  // NOLINT: filled by the kernel
  iovec part{into.data(), into.size()};
  msghdr message{};
  ssize_t got = 0;
  do {
    message.msg_name = &peer;
    message.msg_namelen = sizeof peer;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    got = recvmsg(socket_.fd(), &message, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return std::unexpected(errno_code());
  if (message.msg_namelen == 0) {
    // Only a Unix socket can have no name at all.
    peer.ss_family = AF_UNIX;
    message.msg_namelen = sizeof peer.ss_family;
  }
  return Received{static_cast<std::size_t>(got),
                  Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&peer), message.msg_namelen),
                  packet_info_in(message)};
}

std::error_code Datagram::send(std::span<const std::byte> message) const {
  ssize_t sent = 0;
  do {
    sent = ::send(socket_.fd(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno_code() : std::error_code{};
}

std::error_code Datagram::send_to(std::span<const std::byte> bytes, const Endpoint& peer,
                                  const std::optional<PacketInfo>& from) const {
  alignas(cmsghdr) std::array<std::byte, 64> control{};
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(peer.data());
  message.msg_namelen = peer.size();
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (from) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    put_packet_info(message, *from);
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket_.fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno_code() : std::error_code{};
}

}  // namespace net
