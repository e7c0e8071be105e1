#include "net/kern/process.hh"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <unordered_set>

namespace net::kern {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

template <class Number>
std::optional<Number> as_number(std::string_view text) {
  Number number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string proc_path(pid_t pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

/// N of a link to "socket:[N]"; nothing for other descriptors, and errno when the link cannot be read.
std::optional<std::uint64_t> socket_inode(int directory, const char* name) {
  constexpr std::string_view before = "socket:[";
  std::array<char, 64> buffer{};
  errno = 0;
  const ssize_t length = readlinkat(directory, name, buffer.data(), buffer.size());
  if (length <= 0) return std::nullopt;
  std::string_view link(buffer.data(), static_cast<std::size_t>(length));
  if (!link.starts_with(before) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(before.size());
  link.remove_suffix(1);
  return as_number<std::uint64_t>(link);
}

/// Hands each socket among a process's descriptors (number, inode) to `take` until that says false. The code
/// is that of opendir, readdir, or of links that may not be read.
template <class Take>
std::error_code for_each_socket(pid_t pid, const Take& take) {
  const Directory fds(opendir(proc_path(pid, "fd").c_str()));
  if (!fds) return errno_code();
  std::error_code refused;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(fds.get());
    if (entry == nullptr) return errno != 0 ? errno_code() : refused;
    const auto fd = as_number<int>(entry->d_name);
    if (!fd) continue;
    const auto inode = socket_inode(dirfd(fds.get()), entry->d_name);
    // Whoever may pass by file permissions (CAP_DAC_OVERRIDE) is refused here.
    if (!inode && (errno == EACCES || errno == EPERM)) refused = errno_code();
    if (inode && !take(*fd, *inode)) return {};
  }
}

struct Candidate {
  std::int64_t descriptors;
  pid_t pid;
  auto operator<=>(const Candidate&) const = default;
};

/// How many descriptors a process has (kernel 6.2 on; 0 before).
std::int64_t descriptors_of(pid_t pid) {
  struct stat status{};
  return ::stat(proc_path(pid, "fd").c_str(), &status) < 0 ? 0 : status.st_size;
}

/// All processes, those with few descriptors first: one that has ten thousand costs as much as all others,
/// and is often not the one that is looked for. Those without any (the kernel's own) are left out.
std::vector<Candidate> processes_to_ask() {
  std::vector<Candidate> candidates;
  const Directory proc(opendir("/proc"));
  const bool are_counted = descriptors_of(getpid()) > 0;
  while (const dirent* entry = proc ? readdir(proc.get()) : nullptr) {
    const auto pid = as_number<pid_t>(entry->d_name);
    if (!pid) continue;
    const std::int64_t descriptors = are_counted ? descriptors_of(*pid) : 1;
    if (descriptors > 0) candidates.push_back({descriptors, *pid});
  }
  std::ranges::sort(candidates);
  return candidates;
}

/// A process that hidepid hides from us looks like none, but takes no signal either.
bool is_hidden(pid_t pid) {
  return pid > 0 && kill(pid, 0) < 0 && errno == EPERM;
}

}  // namespace

std::optional<Process> process_by_id(pid_t pid) {
  std::ifstream file(proc_path(pid, "comm"), std::ios::binary);
  std::string program(std::istreambuf_iterator<char>(file), {});
  if (!program.ends_with('\n')) return std::nullopt;
  // The newline at its end is the kernel's; any before it is the program's own.
  program.pop_back();
  return Process{pid, program};
}

std::map<std::uint64_t, HeldSocket> holders_of_sockets(std::span<const std::uint64_t> inodes) {
  std::unordered_set<std::uint64_t> wanted(inodes.begin(), inodes.end());
  wanted.erase(0);
  std::map<std::uint64_t, HeldSocket> holders;
  if (wanted.empty()) return holders;
  for (const auto& [descriptors, pid] : processes_to_ask()) {
    std::vector<HeldSocket> held;
    // A process that ends meanwhile, or that we may not look into, holds nothing that we can tell.
    static_cast<void>(for_each_socket(pid, [&](int fd, std::uint64_t inode) {
      if (wanted.erase(inode) > 0) held.push_back({{}, fd, inode});
      return !wanted.empty();
    }));
    if (held.empty()) continue;
    const Process process = process_by_id(pid).value_or(Process{pid, {}});
    for (HeldSocket& socket : held) {
      socket.process = process;
      holders.emplace(socket.inode, std::move(socket));
    }
    if (wanted.empty()) break;
  }
  return holders;
}

std::optional<Process> owner_of_socket(std::uint64_t inode) {
  const auto holders = holders_of_sockets(std::span(&inode, 1));
  if (holders.empty()) return std::nullopt;
  return holders.begin()->second.process;
}

Result<std::vector<HeldSocket>> sockets_of_process(pid_t pid) {
  const std::string subject = proc_path(pid, "fd");
  const Process process = process_by_id(pid).value_or(Process{pid, {}});
  std::vector<HeldSocket> sockets;
  const std::error_code code = for_each_socket(pid, [&](int fd, std::uint64_t inode) {
    sockets.push_back({process, fd, inode});
    return true;
  });
  if (code == errno_code(ENOENT) || code == errno_code(ESRCH)) {
    return fail("open", subject, errno_code(is_hidden(pid) ? EACCES : ESRCH));
  }
  if (code == errno_code(EPERM)) return fail("open", subject, errno_code(EACCES));
  if (code) return fail("open", subject, code);
  std::ranges::sort(sockets, {}, &HeldSocket::fd);
  return sockets;
}

}  // namespace net::kern
