#include "net/base/descriptor_limit.hh"

#include <sys/resource.h>

#include <algorithm>

namespace net {

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return wanted;
  const rlimit raised{std::max(limit.rlim_cur, std::min<rlim_t>(wanted, limit.rlim_max)), limit.rlim_max};
  if (raised.rlim_cur != limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur;
}

}  // namespace net
