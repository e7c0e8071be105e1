#include "net/kern/users_db.hh"

#include <pwd.h>

#include <cerrno>
#include <vector>

namespace net::kern {

std::optional<std::string> user_name(uid_t user) {
  constexpr std::size_t most = 1024UL * 1024;
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int code = 0;
  while ((code = getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found)) == EINTR || code == ERANGE) {
    if (code == EINTR) continue;
    if (buffer.size() >= most) return std::nullopt;
    buffer.resize(buffer.size() * 2);
  }
  if (code != 0 || found == nullptr) return std::nullopt;
  return found->pw_name;
}

}  // namespace net::kern
