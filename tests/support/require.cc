#include "tests/support/require.hh"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace test {

bool must_run_all() {
  const char* value = std::getenv("NETTOOL_REQUIRE_ALL");
  return value != nullptr && *value != '\0' && std::string(value) != "0";
}

bool is_root() {
  return geteuid() == 0;
}

bool has_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace test
