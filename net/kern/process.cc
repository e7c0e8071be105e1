#include "net/kern/process.hh"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <string_view>

namespace net::kern {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

std::optional<pid_t> as_pid(std::string_view name) {
  pid_t pid = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc{} || stop != name.data() + name.size()) return std::nullopt;
  return pid;
}

bool holds(const std::string& fd_directory, std::string_view target) {
  const Directory fds(opendir(fd_directory.c_str()));
  if (!fds) return false;
  while (const dirent* entry = readdir(fds.get())) {
    std::array<char, 64> link{};
    const ssize_t length = readlinkat(dirfd(fds.get()), entry->d_name, link.data(), link.size());
    if (length > 0 && std::string_view(link.data(), static_cast<std::size_t>(length)) == target) return true;
  }
  return false;
}

}  // namespace

std::optional<Process> owner_of_socket(std::uint64_t inode) {
  if (inode == 0) return std::nullopt;
  const std::string target = "socket:[" + std::to_string(inode) + "]";
  const Directory proc(opendir("/proc"));
  if (!proc) return std::nullopt;
  while (const dirent* entry = readdir(proc.get())) {
    const auto pid = as_pid(entry->d_name);
    if (!pid) continue;
    const std::string base = std::string("/proc/") + entry->d_name;
    if (!holds(base + "/fd", target)) continue;
    std::string program;
    std::getline(std::ifstream(base + "/comm"), program);
    return Process{*pid, program};
  }
  return std::nullopt;
}

}  // namespace net::kern
