#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {{"ICMPV6_FILTER", ICMP6_FILTER}};

constexpr std::string_view every_name =
    "block,destination-unreachable,packet-too-big,time-exceeded,parameter-problem,"
    "echo-request,echo-reply,mld-query,mld-report,mld-done,router-solicitation,"
    "router-advertisement,neighbor-solicitation,neighbor-advertisement,redirect,"
    "mld2-report,certification-path-solicitation,certification-path-advertisement,"
    "multicast-router-advertisement,multicast-router-solicitation,"
    "multicast-router-termination,rpl-control";

constexpr Sample samples[] = {
    {"ICMPV6_FILTER", every_name, every_name},
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
