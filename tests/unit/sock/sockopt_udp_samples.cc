#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr Sample samples[] = {
    {"UDP_CORK", "on", "on"},
    {"UDP_GRO", "on", "on"},
    {"UDP_SEGMENT", "1200", "1200 B"},
};

}  // namespace

std::span<const Sample> udp_samples() {
  return samples;
}

}  // namespace net
