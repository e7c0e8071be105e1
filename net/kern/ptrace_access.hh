#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace net::kern {

/// What /proc/PID/status tells of a process's rights.
struct Credentials {
  pid_t parent = 0;
  pid_t leader = 0;               ///< the process, where PID is one of its threads
  std::array<uid_t, 3> users{};   ///< real, effective, saved
  std::array<gid_t, 3> groups{};  ///< real, effective, saved
  std::uint64_t permitted = 0;    ///< capabilities(7), a bit for each
  std::uint64_t effective = 0;
};

/// Nothing when there is no such process, or none that we may see.
[[nodiscard]] std::optional<Credentials> credentials_of(pid_t pid);

/// All that the kernel asks before one process may look into another (ptrace(2), "Ptrace access mode
/// checking", as PTRACE_MODE_ATTACH_REALCREDS), so far as /proc shows it.
struct AccessFacts {
  pid_t pid = 0;
  Credentials ours{};
  Credentials theirs{};
  std::string user{};            ///< the name of the user it runs as, or empty
  bool dumpable = true;          ///< prctl(2), PR_GET_DUMPABLE: the owner of /proc/PID/fd tells
  bool descends_from_us = true;  ///< a child, or a child's child
  std::optional<int> yama{};     ///< kernel.yama.ptrace_scope, where the kernel has Yama
};

/// The first of the kernel's conditions that does not hold, in a sentence, and who may instead.
[[nodiscard]] std::string explain_refusal(const AccessFacts& facts);

}  // namespace net::kern
