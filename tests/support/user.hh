#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "tests/support/files.hh"
#include "tests/support/wait.hh"

/// Programs as somebody who is not root. Needs root.

namespace test {

inline constexpr uid_t nobody = 65534;

/// For Options::before_exec and SocketOwner: gives everything up for that user.
[[nodiscard]] inline std::function<void()> become(uid_t user) {
  return [user] {
    if (setgid(user) < 0 || setuid(user) < 0) fail_errno("setuid");
  };
}

/// The binary where any user can reach it: a build folder may lie below a private one. Only for the
/// end-to-end tests, where CMake defines NETTOOL_BINARY.
#ifdef NETTOOL_BINARY
[[nodiscard]] inline std::string copy_for_anybody(const TempDir& dir) {
  std::string copy = dir / "nettool";
  std::filesystem::copy_file(NETTOOL_BINARY, copy);
  if (chmod(copy.c_str(), 0755) < 0) fail_errno("chmod");
  return copy;
}
#endif

}  // namespace test
