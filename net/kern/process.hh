#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace net::kern {

/// A process that holds a socket.
struct Process {
  pid_t pid = 0;
  std::string program;  ///< /proc/PID/comm: 15 bytes that the process may choose
};

/// The first process found that has a descriptor for the socket inode, by walking /proc/PID/fd. Nothing when
/// there is none, or when it belongs to someone whose descriptors we may not see.
[[nodiscard]] std::optional<Process> owner_of_socket(std::uint64_t inode);

}  // namespace net::kern
