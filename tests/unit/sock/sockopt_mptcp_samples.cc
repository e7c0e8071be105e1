#include "tests/unit/sock/sockopt_samples.hh"

namespace net {

LevelSamples mptcp_samples() {
  return {.level = "SOL_MPTCP", .number = 284};
}

}  // namespace net
