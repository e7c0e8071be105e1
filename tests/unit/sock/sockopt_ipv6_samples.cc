#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(IPV6_JOIN_GROUP),     OPTION_NUMBER(IPV6_MTU_DISCOVER), OPTION_NUMBER(IPV6_MULTICAST_HOPS),
    OPTION_NUMBER(IPV6_MULTICAST_LOOP), OPTION_NUMBER(IPV6_TCLASS),       OPTION_NUMBER(IPV6_UNICAST_HOPS),
    OPTION_NUMBER(IPV6_V6ONLY),
};

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

LevelSamples ipv6_samples() {
  return {.level = "IPPROTO_IPV6", .number = IPPROTO_IPV6, .numbers = numbers, .samples = samples};
}

}  // namespace net
