#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {

LevelSamples icmpv6_samples() {
  return {.level = "IPPROTO_ICMPV6", .number = IPPROTO_ICMPV6};
}

}  // namespace net
