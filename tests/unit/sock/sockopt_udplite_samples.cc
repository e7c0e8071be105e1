#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {

LevelSamples udplite_samples() {
  return {.level = "IPPROTO_UDPLITE", .number = IPPROTO_UDPLITE};
}

}  // namespace net
