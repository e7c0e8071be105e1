#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace test {

/// A socket address with its length: what bind, connect and accept take.
struct Address {
  sockaddr_storage storage = {};
  socklen_t length = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] std::uint16_t port() const;
  /// In digits, with %scope where there is one; for a Unix address its path ('@' for an abstract one).
  [[nodiscard]] std::string text() const;
};

/// "127.0.0.1", "::1", "fe80::1%lo"; no names.
[[nodiscard]] Address ip_address(const std::string& text, std::uint16_t port);
/// A path, or '@' and an abstract name.
[[nodiscard]] Address unix_address(const std::string& path);
[[nodiscard]] Address local_address(int fd);
[[nodiscard]] Address peer_address(int fd);

}  // namespace test
