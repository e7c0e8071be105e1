#include "net/kern/unix_diag.hh"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <unordered_map>

#include "net/kern/netlink.hh"

namespace net::kern {
namespace {

/// The file that a bound Unix socket is, which a name relative to another directory leads to as well. The
/// kernel tells 32 bits of the inode number.
struct FileIdentity {
  std::uint32_t inode = 0;
  std::uint32_t device = 0;
};

struct Listed {
  UnixSocket socket;
  std::optional<FileIdentity> file;
  std::uint32_t peer_inode = 0;
};

/// A Unix address that is looked for.
struct Wanted {
  Endpoint address;
  std::optional<FileIdentity> file;
};

std::optional<FileIdentity> identify(const Endpoint& path) {
  struct stat status{};
  if (path.is_abstract() || ::stat(path.text().c_str(), &status) < 0) return std::nullopt;
  // As the kernel packs a dev_t inside: 12 bits major, 20 bits minor.
  const auto device = (static_cast<std::uint32_t>(major(status.st_dev)) << 20U) |
                      static_cast<std::uint32_t>(minor(status.st_dev));
  return FileIdentity{static_cast<std::uint32_t>(status.st_ino), device};
}

Endpoint endpoint_of(std::span<const std::byte> name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A path that fills sun_path comes with a zero byte more.
  const std::size_t length = std::min(name.size(), sizeof address.sun_path);
  if (length > 0) std::memcpy(address.sun_path, name.data(), length);
  return Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&address),
                              static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

/// A datagram socket is called established as soon as anybody connects to it; that it is connected itself is
/// seen by its peer.
SocketState state_of(const unix_diag_msg& socket, bool has_peer) {
  if (socket.udiag_type != SOCK_DGRAM) return static_cast<SocketState>(socket.udiag_state);
  return has_peer ? SocketState::established : SocketState::close;
}

std::optional<FileIdentity> file_in(std::span<const std::byte> bytes) {
  const auto file = value_in<unix_diag_vfs>(bytes);
  if (!file) return std::nullopt;
  return FileIdentity{file->udiag_vfs_ino, file->udiag_vfs_dev};
}

std::optional<Listed> read_socket(const nlmsghdr& message) {
  unix_diag_msg socket{};
  if (message.nlmsg_len < NLMSG_LENGTH(sizeof socket)) return std::nullopt;
  std::memcpy(&socket, NLMSG_DATA(&message), sizeof socket);
  Listed listed;
  SocketEntry& entry = listed.socket.entry;
  entry.local = endpoint_of({});
  for_each_attribute(message, sizeof socket, [&](std::uint16_t type, std::span<const std::byte> bytes) {
    if (type == UNIX_DIAG_NAME) entry.local = endpoint_of(bytes);
    if (type == UNIX_DIAG_VFS) listed.file = file_in(bytes);
    if (type == UNIX_DIAG_PEER) listed.peer_inode = value_in<std::uint32_t>(bytes).value_or(0);
    if (type == UNIX_DIAG_UID) entry.uid = value_in<std::uint32_t>(bytes).value_or(0);
  });
  listed.socket.type = socket.udiag_type;
  entry.protocol = DiagProtocol::unix_domain;
  entry.inode = socket.udiag_ino;
  entry.state = state_of(socket, listed.peer_inode != 0);
  return listed;
}

Result<std::vector<Listed>> list_all() {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = UINT32_MAX;
  request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_UID;
  std::vector<Listed> all;
  const auto asked = netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY,
                                  std::as_bytes(std::span(&request, 1)), [&](const nlmsghdr& message) {
                                    if (auto listed = read_socket(message)) all.push_back(*listed);
                                  });
  if (!asked) return std::unexpected(asked.error());
  return all;
}

std::optional<Wanted> wanted_address(const std::optional<Endpoint>& address) {
  if (!address) return std::nullopt;
  return Wanted{*address, address->is_unix() ? identify(*address) : std::nullopt};
}

bool is_file(const Wanted& wanted, const Listed& listed) {
  const std::string path = wanted.address.text();
  const bool same_name = path.starts_with('/') && listed.socket.entry.local.text() == path;
  // The file has gone and its socket has not: what is left is the name.
  if (!wanted.file) return same_name;
  // stat(2) tells another device than the kernel where a file system makes them up (btrfs, overlayfs).
  return listed.file && listed.file->inode == wanted.file->inode &&
         (listed.file->device == wanted.file->device || same_name);
}

bool is_wanted(const std::optional<Wanted>& wanted, const Listed* listed) {
  if (!wanted) return true;
  if (listed == nullptr || !wanted->address.is_unix()) return false;
  const Endpoint& name = listed->socket.entry.local;
  if (!wanted->address.is_abstract()) return !name.is_abstract() && is_file(*wanted, *listed);
  return name.is_abstract() && name == wanted->address;
}

}  // namespace

Result<std::vector<UnixSocket>> list_unix_sockets(const SocketQuery& query) {
  auto all = list_all();
  if (!all) return std::unexpected(all.error());
  std::unordered_map<std::uint64_t, const Listed*> by_inode;
  for (const Listed& listed : *all) by_inode.emplace(listed.socket.entry.inode, &listed);
  const auto local = wanted_address(query.local);
  const auto peer = wanted_address(query.peer);
  std::vector<UnixSocket> found;
  for (const Listed& listed : *all) {
    const auto other = by_inode.find(listed.peer_inode);
    const Listed* other_end = other == by_inode.end() ? nullptr : other->second;
    if (!is_wanted(local, &listed) || !is_wanted(peer, other_end)) continue;
    if (query.state && listed.socket.entry.state != *query.state) continue;
    found.push_back(listed.socket);
    if (listed.peer_inode != 0) {
      found.back().entry.peer = other_end == nullptr ? endpoint_of({}) : other_end->socket.entry.local;
    }
  }
  return found;
}

}  // namespace net::kern
