#include "net/kern/sysctl.hh"

#include <algorithm>
#include <fstream>
#include <string>

namespace net::kern {

std::optional<std::int64_t> sysctl_number(std::string_view name) {
  std::string path = "/proc/sys/" + std::string(name);
  std::ranges::replace(path, '.', '/');
  std::ifstream file(path);
  std::int64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

}  // namespace net::kern
