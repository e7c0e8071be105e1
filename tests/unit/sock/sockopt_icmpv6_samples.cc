#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {{"ICMPV6_FILTER", ICMP6_FILTER}};

constexpr Sample samples[] = {
    {"ICMPV6_FILTER", "block,echo-request,3", "block,time-exceeded,echo-request"},
    {"ICMPV6_FILTER", "pass,echo-reply,255", "pass,echo-reply,255"},
    {"ICMPV6_FILTER", "block-all", "block-all"},
    {.name = "ICMPV6_FILTER", .value = "pass-all", .reads = "pass-all", .first = "ICMPV6_FILTER=block-all"},
};

}  // namespace

LevelSamples icmpv6_samples() {
  return {.level = "IPPROTO_ICMPV6",
          .number = IPPROTO_ICMPV6,
          .numbers = numbers,
          .samples = samples,
          .finished = true};
}

}  // namespace net
