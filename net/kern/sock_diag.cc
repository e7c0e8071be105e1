#include "net/kern/sock_diag.hh"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "net/kern/netlink.hh"

namespace net::kern {
namespace {

template <class T>
std::optional<T> payload(const nlmsghdr& message) {
  if (message.nlmsg_len < NLMSG_LENGTH(sizeof(T))) return std::nullopt;
  T value{};
  std::memcpy(&value, NLMSG_DATA(&message), sizeof value);
  return value;
}

Endpoint local_of(const inet_diag_msg& socket) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), socket.id.idiag_src, bytes.size());
  const std::uint16_t port = ntohs(socket.id.idiag_sport);
  if (socket.idiag_family == AF_INET6) return Endpoint::ipv6(bytes, port);
  return Endpoint::ipv4(std::span(bytes).first<4>(), port);
}

/// The path of a bound Unix socket by the file's identity, which a name relative to another directory has
/// too.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::uint32_t device = 0;
};

std::optional<FileIdentity> identify(const Endpoint& path) {
  struct stat status{};
  if (path.is_abstract() || ::stat(path.text().c_str(), &status) < 0) return std::nullopt;
  // As the kernel packs a dev_t inside: 12 bits major, 20 bits minor.
  const auto device = (static_cast<std::uint32_t>(major(status.st_dev)) << 20U) |
                      static_cast<std::uint32_t>(minor(status.st_dev));
  return FileIdentity{status.st_ino, device};
}

}  // namespace

Result<std::vector<SocketEntry>> sockets_on_port(Transport transport, std::uint16_t port) {
  std::vector<SocketEntry> found;
  for (const int family : {AF_INET, AF_INET6}) {
    inet_diag_req_v2 request{};
    request.sdiag_family = static_cast<std::uint8_t>(family);
    request.sdiag_protocol = transport.type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    request.idiag_states = UINT32_MAX;
    const auto asked =
        netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, std::as_bytes(std::span(&request, 1)),
                     [&](const nlmsghdr& message) {
                       const auto socket = payload<inet_diag_msg>(message);
                       if (!socket || ntohs(socket->id.idiag_sport) != port) return;
                       found.push_back({local_of(*socket), static_cast<SocketState>(socket->idiag_state),
                                        socket->idiag_inode, socket->idiag_uid});
                     });
    if (!asked) return std::unexpected(asked.error());
  }
  return found;
}

Result<std::vector<SocketEntry>> sockets_on_path(const Endpoint& path) {
  std::vector<SocketEntry> found;
  const auto file = identify(path);
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = UINT32_MAX;
  request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_UID;
  const auto take = [&](const nlmsghdr& message) {
    const auto socket = payload<unix_diag_msg>(message);
    if (!socket) return;
    bool matches = false;
    uid_t uid = 0;
    for_each_attribute(message, sizeof *socket, [&](std::uint16_t type, std::span<const std::byte> bytes) {
      if (type == UNIX_DIAG_VFS && file && bytes.size() >= sizeof(unix_diag_vfs)) {
        unix_diag_vfs vfs{};
        std::memcpy(&vfs, bytes.data(), sizeof vfs);
        matches = matches || (vfs.udiag_vfs_ino == static_cast<std::uint32_t>(file->inode) &&
                              vfs.udiag_vfs_dev == file->device);
      }
      if (type == UNIX_DIAG_UID && bytes.size() >= sizeof uid) std::memcpy(&uid, bytes.data(), sizeof uid);
      if (type == UNIX_DIAG_NAME && path.is_abstract() && !bytes.empty() && bytes[0] == std::byte{0}) {
        const std::string name(reinterpret_cast<const char*>(bytes.data()) + 1, bytes.size() - 1);
        matches = matches || "@" + name == path.text();
      }
    });
    // A connection that was accepted carries its listener's name too, and is no holder of it.
    // A datagram socket is called established as soon as anybody connects to it.
    const bool datagrams = socket->udiag_type == SOCK_DGRAM;
    const auto state = datagrams ? SocketState::close : static_cast<SocketState>(socket->udiag_state);
    if (matches && state != SocketState::established) found.push_back({path, state, socket->udiag_ino, uid});
  };
  const auto asked =
      netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, std::as_bytes(std::span(&request, 1)), take);
  if (!asked) return std::unexpected(asked.error());
  return found;
}

}  // namespace net::kern
