#include "tests/support/raw_socket.hh"

#include <poll.h>

#include "tests/support/wait.hh"

namespace test {
namespace {

std::string option_text(int level, int name) {
  return "option " + std::to_string(name) + " of level " + std::to_string(level);
}

}  // namespace

int plain_socket(int family, int type, int protocol) {
  int fd = socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) fail_errno("socket");
  return fd;
}

int bound_socket(Address where, int type) {
  int fd = plain_socket(where.family(), type);
  if (bind(fd, where.raw(), where.length) < 0) fail_errno("bind");
  return fd;
}

int listening_socket(Address where, int type) {
  int fd = bound_socket(where, type);
  if (listen(fd, 128) < 0) fail_errno("listen");
  return fd;
}

int connected_socket(Address to, int type) {
  int fd = plain_socket(to.family(), type);
  if (connect(fd, to.raw(), to.length) < 0) fail_errno("connect");
  return fd;
}

int accept_one(int listener) {
  if (!poll_one(listener, POLLIN, Deadline(patience))) fail("nobody connected");
  int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) fail_errno("accept");
  return fd;
}

void set_int(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) < 0) fail_errno("set " + option_text(level, name));
}

int get_int(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  if (getsockopt(fd, level, name, &value, &length) < 0) fail_errno("get " + option_text(level, name));
  return value;
}

std::string get_bytes(int fd, int level, int name, size_t size) {
  std::string bytes(size, '\0');
  auto length = static_cast<socklen_t>(size);
  if (getsockopt(fd, level, name, bytes.data(), &length) < 0) fail_errno("get " + option_text(level, name));
  bytes.resize(length);
  return bytes;
}

}  // namespace test
