#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/program.hh"

namespace test {

/// What fork and exec need; Program opens the descriptors and keeps its own ends.
struct SpawnRequest {
  std::vector<std::string> argv;
  const Options* options = nullptr;
  /// For 0, 1 and 2 of the child; -1 leaves that one closed.
  int streams[3] = {-1, -1, -1};
  /// A pty slave that becomes the child's controlling terminal, or -1.
  int terminal = -1;
};

/// Starts the child and returns once exec has succeeded; throws what the child could not do.
[[nodiscard]] pid_t spawn(const SpawnRequest& request);

}  // namespace test
