#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "net/base/error.hh"
#include "net/base/fd.hh"
#include "net/serve/client.hh"

namespace net {

/// A program and what it is started with.
struct Command {
  std::vector<std::string> words;        ///< its name, looked up in PATH, and its arguments
  std::vector<std::string> environment;  ///< NAME=VALUE each
};

/// A program that runs, and our ends of the pipes to it: non-blocking, as its own are not.
struct RunningProgram {
  pid_t pid = 0;
  Fd input{};   ///< for writing: its standard input
  Fd output{};  ///< for reading: its standard output
};

/// Starts a program (posix_spawn(3)) with two pipes as its standard input and output and our standard error.
/// It leads a process group of its own, blocks no signal, has the default action for each, and no other
/// descriptors, if keep_descriptors_from_programs() was called. The Error of a program that cannot be started
/// names it.
[[nodiscard]] Result<RunningProgram> start_program(const Command& command);

/// Marks all descriptors beyond 0-2 that we were started with as close-on-exec; our own are so from their
/// beginning. To be called before there are threads.
void keep_descriptors_from_programs();

/// `environment` with NETTOOL_PEER_ADDRESS, NETTOOL_PEER_PORT, NETTOOL_LOCAL_ADDRESS and NETTOOL_LOCAL_PORT,
/// in the place of those that are there. A Unix socket has its path as address ("" if it has none) and "" as
/// port.
[[nodiscard]] std::vector<std::string> client_environment(std::vector<std::string> environment,
                                                          const Client& client);

}  // namespace net
