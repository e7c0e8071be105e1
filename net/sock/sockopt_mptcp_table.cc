// SOL_MPTCP: data only. Numbers of linux/mptcp.h.
#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

using enum OptionType;

constexpr auto rows = std::to_array<SocketOption>({
    {.name = "MPTCP_FULL_INFO",
     .number = 4,
     .type = mptcp_full_info,
     .kinds = on_mptcp,
     .settable = false,
     .nature = OptionNature::state,
     .since = "6.5",
     .meaning = "MPTCP_INFO, and of each subflow its id, addresses and TCP_INFO, at one moment",
     .caution = "Refused once the connection has fallen back to TCP"},
    {.name = "MPTCP_INFO",
     .number = 1,
     .type = mptcp_info,
     .kinds = on_mptcp,
     .settable = false,
     .nature = OptionNature::state,
     .since = "5.16",
     .meaning = "The connection over all its subflows: how many, token, sequence numbers, counters",
     .caution = "subflows is without the first; refused once the connection has fallen back to TCP"},
    {.name = "MPTCP_SUBFLOW_ADDRS",
     .number = 3,
     .type = mptcp_addresses,
     .kinds = on_mptcp,
     .settable = false,
     .nature = OptionNature::state,
     .since = "5.16",
     .meaning = "The two ends of each subflow",
     .caution = "Refused once the connection has fallen back to TCP"},
    {.name = "MPTCP_TCPINFO",
     .number = 2,
     .type = mptcp_tcp_infos,
     .kinds = on_mptcp,
     .settable = false,
     .nature = OptionNature::state,
     .since = "5.16",
     .meaning = "TCP_INFO of each subflow",
     .caution = "Refused once the connection has fallen back to TCP"},
});

}  // namespace

std::span<const SocketOption> mptcp_options() {
  return rows;
}

}  // namespace net
