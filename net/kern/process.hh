#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/base/error.hh"

namespace net::kern {

/// A process that holds a socket.
struct Process {
  pid_t pid = 0;
  std::string program;  ///< /proc/PID/comm: 15 bytes that the process may choose
};

/// A descriptor of a process, and the socket behind it.
struct HeldSocket {
  Process process;
  int fd = -1;
  std::uint64_t inode = 0;
};

/// A process that has a descriptor for the socket inode, as holders_of_sockets finds it. Nothing when there
/// is none, or when it belongs to someone whose descriptors we may not see.
[[nodiscard]] std::optional<Process> owner_of_socket(std::uint64_t inode);

/// A holder of each of these inodes, by one walk over /proc/PID/fd that ends as soon as all are found. Of
/// several holders it is the process with the fewest descriptors (kernel 6.2 on), and of those the lowest
/// number. An inode that nobody holds whose descriptors we may see is not in the answer.
[[nodiscard]] std::map<std::uint64_t, HeldSocket> holders_of_sockets(std::span<const std::uint64_t> inodes);

/// The sockets among a process's descriptors, by number. ESRCH when there is no such process, EACCES when we
/// may not look; the subject is "/proc/812/fd".
[[nodiscard]] Result<std::vector<HeldSocket>> sockets_of_process(pid_t pid);

/// /proc/PID/comm, or nothing when there is no such process.
[[nodiscard]] std::optional<Process> process_by_id(pid_t pid);

}  // namespace net::kern
