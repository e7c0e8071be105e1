#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "net/kern/sock_diag.hh"

/// What the tests of sock_diag ask again and again.
namespace net::kern {

inline std::uint64_t inode_of(int fd) {
  struct stat status{};
  EXPECT_EQ(::fstat(fd, &status), 0);
  return status.st_ino;
}

/// find_sockets, which must not fail.
inline std::vector<SocketEntry> find(const SocketQuery& query) {
  auto entries = find_sockets(query);
  EXPECT_TRUE(entries) << entries.error().message();
  return entries.value_or(std::vector<SocketEntry>{});
}

inline std::vector<std::uint64_t> inodes_of(const std::vector<SocketEntry>& entries) {
  std::vector<std::uint64_t> inodes;
  for (const SocketEntry& entry : entries) inodes.push_back(entry.inode);
  std::ranges::sort(inodes);
  return inodes;
}

/// The inodes of these descriptors, in the order of inodes_of.
inline std::vector<std::uint64_t> inodes_of(const std::vector<int>& fds) {
  std::vector<std::uint64_t> inodes;
  for (const int fd : fds) inodes.push_back(inode_of(fd));
  std::ranges::sort(inodes);
  return inodes;
}

/// getsockname(2).
inline Endpoint local_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  return Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&address), length);
}

/// "127.0.0.1" and "::1" with a port, "0.0.0.0" for any.
inline Endpoint at(const std::string& address, std::uint16_t port) {
  return *Endpoint::parse_ip(address, port);
}

inline bool kernel_is_at_least(int major, int minor) {
  utsname names{};
  int has_major = 0;
  int has_minor = 0;
  if (uname(&names) != 0 || std::sscanf(names.release, "%d.%d", &has_major, &has_minor) != 2) return false;
  return std::pair(has_major, has_minor) >= std::pair(major, minor);
}

}  // namespace net::kern
