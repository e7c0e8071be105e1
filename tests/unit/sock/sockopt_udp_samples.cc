#include <netinet/in.h>
#include <netinet/udp.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(UDP_CORK),         OPTION_NUMBER(UDP_ENCAP),        OPTION_NUMBER(UDP_GRO),
    OPTION_NUMBER(UDP_NO_CHECK6_RX), OPTION_NUMBER(UDP_NO_CHECK6_TX), OPTION_NUMBER(UDP_SEGMENT),
};

constexpr Sample samples[] = {
    {"UDP_CORK", "on", "on"},         {"UDP_ENCAP", "l2tpinudp", "l2tpinudp"},
    {"UDP_GRO", "on", "on"},          {"UDP_NO_CHECK6_RX", "on", "on"},
    {"UDP_NO_CHECK6_TX", "on", "on"}, {"UDP_SEGMENT", "1200", "1200 B"},
};

constexpr Refusal refusals[] = {
    {.name = "UDP_ENCAP", .symbol = "ENOPROTOOPT", .always = false, .why = "espinudp without CONFIG_XFRM"},
};

}  // namespace

LevelSamples udp_samples() {
  return {.level = "IPPROTO_UDP",
          .number = IPPROTO_UDP,
          .numbers = numbers,
          .samples = samples,
          .refusals = refusals,
          .finished = true};
}

}  // namespace net
