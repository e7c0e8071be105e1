#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

// ICMP_FILTER is in no header of the C library.
constexpr OptionNumber numbers[] = {{"ICMP_FILTER", 1}};

constexpr std::string_view every_name =
    "block,echo-reply,destination-unreachable,source-quench,redirect,echo-request,"
    "router-advertisement,router-solicitation,time-exceeded,parameter-problem,"
    "timestamp-request,timestamp-reply,information-request,information-reply,"
    "address-mask-request,address-mask-reply";

constexpr Sample samples[] = {
    {"ICMP_FILTER", every_name, every_name},
    {"ICMP_FILTER", "block,echo-request,redirect", "block,redirect,echo-request"},
    {"ICMP_FILTER", "pass,echo-reply,31", "pass,echo-reply,31"},
    {"ICMP_FILTER", "block-all", "block-all"},
    {.name = "ICMP_FILTER", .value = "pass-all", .reads = "pass-all", .first = "ICMP_FILTER=block-all"},
};

}  // namespace

LevelSamples raw_samples() {
  return {.level = "SOL_RAW", .number = SOL_RAW, .numbers = numbers, .samples = samples, .finished = true};
}

}  // namespace net
