#pragma once

#include <cstdint>
#include <string>

#include "tests/support/address.hh"

/// Sockets as numbers and their options as the kernel has them: bare system calls whose failures are thrown,
/// for SocketOwner and for reading from outside what a program did. The caller closes.

namespace test {

/// socket(2), close-on-exec.
[[nodiscard]] int plain_socket(int family, int type, int protocol = 0);
[[nodiscard]] int bound_socket(Address where, int type);
/// A listener with SOCK_STREAM (or SEQPACKET, for a Unix address) that listens.
[[nodiscard]] int listening_socket(Address where, int type);
[[nodiscard]] int connected_socket(Address to, int type);
/// Waits for the next connection.
[[nodiscard]] int accept_one(int listener);

void set_int(int fd, int level, int name, int value);
[[nodiscard]] int get_int(int fd, int level, int name);
/// The bytes that getsockopt(2) gives for a buffer of that size; throws its errno.
[[nodiscard]] std::string get_bytes(int fd, int level, int name, size_t size);

}  // namespace test
