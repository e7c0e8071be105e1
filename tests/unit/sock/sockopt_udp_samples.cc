#include <netinet/in.h>
#include <netinet/udp.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(UDP_CORK),
    OPTION_NUMBER(UDP_GRO),
    OPTION_NUMBER(UDP_SEGMENT),
};

constexpr Sample samples[] = {
    {"UDP_CORK", "on", "on"},
    {"UDP_GRO", "on", "on"},
    {"UDP_SEGMENT", "1200", "1200 B"},
};

}  // namespace

LevelSamples udp_samples() {
  return {.level = "IPPROTO_UDP", .number = IPPROTO_UDP, .numbers = numbers, .samples = samples};
}

}  // namespace net
