#include "net/sock/capability.hh"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace net {
namespace {

struct Capability {
  std::string_view name;
  unsigned number;
};

/// Those that socket options and looking into processes take.
constexpr std::array<Capability, 7> capabilities{{{"CAP_NET_BIND_SERVICE", CAP_NET_BIND_SERVICE},
                                                  {"CAP_NET_BROADCAST", CAP_NET_BROADCAST},
                                                  {"CAP_NET_ADMIN", CAP_NET_ADMIN},
                                                  {"CAP_NET_RAW", CAP_NET_RAW},
                                                  {"CAP_SYS_PTRACE", CAP_SYS_PTRACE},
                                                  {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
                                                  {"CAP_BPF", CAP_BPF}}};

// The inode of the first user namespace (PROC_USER_INIT_INO).
constexpr ino_t first_user_namespace = 0xEFFFFFFDU;

constexpr std::size_t bits = 32;

}  // namespace

bool has_capability(std::string_view names) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> held{};
  if (syscall(SYS_capget, &header, held.data()) < 0) return true;
  for (;;) {
    const std::size_t begin = names.find("CAP_");
    if (begin == std::string_view::npos) return false;
    names.remove_prefix(begin);
    const std::string_view name =
        names.substr(0, std::min(names.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), names.size()));
    const auto* const known = std::ranges::find(capabilities, name, &Capability::name);
    if (known == capabilities.end()) return true;
    if ((held.at(known->number / bits).effective >> (known->number % bits) & 1U) != 0) return true;
    names.remove_prefix(name.size());
  }
}

bool in_own_user_namespace() {
  struct stat own{};
  return stat("/proc/self/ns/user", &own) == 0 && own.st_ino != first_user_namespace;
}

}  // namespace net
