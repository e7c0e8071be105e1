#include "net/base/descriptor_limit.hh"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "net/base/fd.hh"

namespace net {

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return wanted;
  const rlimit raised{std::max(limit.rlim_cur, std::min<rlim_t>(wanted, limit.rlim_max)), limit.rlim_max};
  if (raised.rlim_cur != limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur;
}

std::size_t open_descriptors() {
  const Fd lowest(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  return lowest.valid() ? static_cast<std::size_t>(lowest.get()) : 3;
}

}  // namespace net
