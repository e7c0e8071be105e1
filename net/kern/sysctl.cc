#include "net/kern/sysctl.hh"

#include <algorithm>
#include <fstream>
#include <string>

namespace net::kern {

namespace {

std::ifstream open_sysctl(std::string_view name) {
  std::string path(name);
  std::ranges::replace(path, '.', '/');
  return std::ifstream("/proc/sys/" + path);
}

}  // namespace

std::optional<std::string> sysctl_text(std::string_view name) {
  std::ifstream file = open_sysctl(name);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::int64_t> sysctl_number(std::string_view name) {
  std::ifstream file = open_sysctl(name);
  std::int64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

}  // namespace net::kern
