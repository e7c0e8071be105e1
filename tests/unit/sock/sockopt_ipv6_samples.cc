#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr Sample samples[] = {
    {"IPV6_JOIN_GROUP", "ff02::1234,lo", ""},
    {"IPV6_MTU_DISCOVER", "do", "do"},
    {"IPV6_MULTICAST_HOPS", "9", "9"},
    {"IPV6_MULTICAST_LOOP", "off", "off"},
    {"IPV6_TCLASS", "0x10", "16"},
    {"IPV6_UNICAST_HOPS", "33", "33"},
    {"IPV6_V6ONLY", "on", "on"},
};

}  // namespace

std::span<const Sample> ipv6_samples() {
  return samples;
}

}  // namespace net
