#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

// linux/mptcp.h has them, but not all where it is old, and cannot stand beside netinet/in.h everywhere.
constexpr OptionNumber numbers[] = {
    {"MPTCP_INFO", 1}, {"MPTCP_TCPINFO", 2}, {"MPTCP_SUBFLOW_ADDRS", 3}, {"MPTCP_FULL_INFO", 4}};

}  // namespace

LevelSamples mptcp_samples() {
  return {.level = "SOL_MPTCP", .number = 284, .numbers = numbers, .finished = true};
}

}  // namespace net
