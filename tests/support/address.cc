#include "tests/support/address.hh"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "tests/support/wait.hh"

namespace test {

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return 0;
}

std::string Address::text() const {
  if (family() == AF_UNIX) {
    size_t bytes = length > offsetof(sockaddr_un, sun_path) ? length - offsetof(sockaddr_un, sun_path) : 0;
    const char* path = reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
    if (bytes == 0) return {};
    if (path[0] == '\0') return "@" + std::string(path + 1, bytes - 1);
    return {path, strnlen(path, bytes)};
  }
  char host[NI_MAXHOST];
  int error = getnameinfo(raw(), length, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  if (error != 0) fail(std::string("getnameinfo: ") + gai_strerror(error));
  return host;
}

Address ip_address(const std::string& text, std::uint16_t port) {
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error = getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) fail("not an address: " + text + ": " + gai_strerror(error));
  Address result;
  std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
  result.length = found->ai_addrlen;
  freeaddrinfo(found);
  return result;
}

Address unix_address(const std::string& path) {
  Address result;
  auto* raw = reinterpret_cast<sockaddr_un*>(&result.storage);
  if (path.empty() || path.size() >= sizeof raw->sun_path) fail("not a Unix address: " + path);
  raw->sun_family = AF_UNIX;
  std::memcpy(raw->sun_path, path.data(), path.size());
  if (path[0] == '@') raw->sun_path[0] = '\0';
  size_t end = path[0] == '@' ? 0 : 1;  // a path is counted with its NUL, an abstract name has none
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + end);
  return result;
}

Address local_address(int fd) {
  Address result;
  if (getsockname(fd, result.raw(), &result.length) < 0) fail_errno("getsockname");
  return result;
}

Address peer_address(int fd) {
  Address result;
  if (getpeername(fd, result.raw(), &result.length) < 0) fail_errno("getpeername");
  return result;
}

}  // namespace test
