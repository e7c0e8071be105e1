#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

// In no header of the C library.
constexpr OptionNumber numbers[] = {{"UDPLITE_SEND_CSCOV", 10}, {"UDPLITE_RECV_CSCOV", 11}};

constexpr Sample samples[] = {
    {"UDPLITE_RECV_CSCOV", "20", "20 B"},
    {"UDPLITE_RECV_CSCOV", "3", "8 B"},
    {"UDPLITE_SEND_CSCOV", "20", "20 B"},
    {"UDPLITE_SEND_CSCOV", "1M", "65535 B"},
};

}  // namespace

LevelSamples udplite_samples() {
  return {.level = "IPPROTO_UDPLITE",
          .number = IPPROTO_UDPLITE,
          .numbers = numbers,
          .samples = samples,
          .finished = true};
}

}  // namespace net
