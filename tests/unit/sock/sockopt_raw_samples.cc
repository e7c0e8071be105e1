#include <sys/socket.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {

LevelSamples raw_samples() {
  return {.level = "SOL_RAW", .number = SOL_RAW};
}

}  // namespace net
