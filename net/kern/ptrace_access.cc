#include "net/kern/ptrace_access.hh"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>

#include "net/kern/pidfd.hh"
#include "net/kern/sysctl.hh"
#include "net/kern/users_db.hh"

namespace net::kern {
namespace {

constexpr unsigned cap_sys_ptrace = 19;

/// The kernel gives what a process that is not dumpable has in /proc to root. Its own folder is the
/// exception, and the one that shows the user.
bool is_dumpable(pid_t pid, uid_t user) {
  struct stat status{};
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  return ::stat(path.c_str(), &status) < 0 || status.st_uid == user;
}

bool descends_from(pid_t ancestor, Credentials process) {
  // Bounded, as parents change while they are asked.
  for (int generation = 0; generation < 1000 && process.parent > 0; ++generation) {
    if (process.parent == ancestor) return true;
    const auto parent = credentials_of(process.parent);
    if (!parent) return false;
    process = *parent;
  }
  return false;
}

AccessFacts access_facts(pid_t pid, const Credentials& ours, const Credentials& theirs) {
  AccessFacts facts;
  facts.pid = pid;
  facts.ours = ours;
  facts.theirs = theirs;
  facts.user = user_name(theirs.users[1]).value_or("");
  facts.dumpable = is_dumpable(pid, theirs.users[1]);
  facts.descends_from_us = descends_from(getpid(), theirs);
  if (const auto scope = sysctl_number("kernel.yama.ptrace_scope")) facts.yama = static_cast<int>(*scope);
  return facts;
}

template <class Id>
bool all_are(const std::array<Id, 3>& ids, Id id) {
  return std::ranges::all_of(ids, [id](Id each) { return each == id; });
}

/// The sentence's end: who may. Root without the capability (a container's) is told what it lacks.
std::string takes(const AccessFacts& facts, bool same_user_is_enough) {
  const std::string root = facts.ours.users[1] == 0 ? "CAP_SYS_PTRACE" : "root";
  return ": reading its sockets takes " + (same_user_is_enough ? "the same user, or " + root : root);
}

std::string other_user(const AccessFacts& facts) {
  const auto& users = facts.theirs.users;
  const uid_t us = facts.ours.users[0];
  const std::string name = facts.user.empty() ? "" : " (" + facts.user + ")";
  const std::string who = "pid " + std::to_string(facts.pid);
  if (all_are(users, users[1])) {
    return who + " runs as user " + std::to_string(users[1]) + name +
           (facts.dumpable ? "" : " and is not dumpable") + takes(facts, facts.dumpable && users[1] != 0);
  }
  // A program that is set-user-ID, or that can go back to another user.
  const uid_t other = *std::ranges::find_if(users, [us](uid_t user) { return user != us; });
  return who + " has user " + std::to_string(other) + " among its real, effective and saved users" +
         takes(facts, false);
}

}  // namespace

std::optional<Credentials> credentials_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  Credentials credentials;
  bool read = false;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "PPid:") words >> credentials.parent;
    if (key == "Tgid:") words >> credentials.leader;
    if (key == "Uid:") {
      read = true;
      for (uid_t& user : credentials.users) words >> user;
    }
    if (key == "Gid:") {
      for (gid_t& group : credentials.groups) words >> group;
    }
    if (key == "CapPrm:") words >> std::hex >> credentials.permitted;
    if (key == "CapEff:") words >> std::hex >> credentials.effective;
  }
  if (!read) return std::nullopt;
  return credentials;
}

std::string explain_refusal(const AccessFacts& facts) {
  const std::string who = "pid " + std::to_string(facts.pid);
  if (facts.yama == 3) {
    return "kernel.yama.ptrace_scope is 3: until the next boot nobody may read another process's sockets, "
           "root included";
  }
  if (((facts.ours.effective >> cap_sys_ptrace) & 1U) != 0) {
    return "this process has CAP_SYS_PTRACE, so " + who +
           " is of an outer user namespace, or a security module or a seccomp filter forbids it";
  }
  if (!all_are(facts.theirs.users, facts.ours.users[0])) return other_user(facts);
  if (!all_are(facts.theirs.groups, facts.ours.groups[0])) {
    return who + " is yours but has other groups than this process" + takes(facts, false);
  }
  if (!facts.dumpable) {
    return who + " is yours but not dumpable (it changed its user, gained capabilities or asked for it)" +
           takes(facts, false);
  }
  if ((facts.theirs.permitted & ~facts.ours.permitted) != 0) {
    return who + " is yours but has capabilities that this process lacks" + takes(facts, false);
  }
  if (facts.yama == 2 || (facts.yama == 1 && !facts.descends_from_us)) {
    return who + " is yours, but kernel.yama.ptrace_scope is " + std::to_string(*facts.yama) +
           (*facts.yama == 1 ? ", which lets a process read its own descendants alone" : "") +
           takes(facts, false);
  }
  return "nothing that /proc shows of " + who + " forbids it: a security module or a seccomp filter does";
}

std::string why_not_permitted(pid_t pid) {
  const auto ours = credentials_of(getpid());
  const auto theirs = credentials_of(pid);
  const std::string who = "pid " + std::to_string(pid);
  if (ours && theirs) return explain_refusal(access_facts(pid, *ours, *theirs));
  // What hidepid hides is another user's; a signal tells that it is there.
  if (pid > 0 && kill(pid, 0) < 0 && errno == EPERM) {
    return who + " is another user's, and /proc hides it (hidepid): reading its sockets takes root";
  }
  return "there is no process " + std::to_string(pid);
}

}  // namespace net::kern
