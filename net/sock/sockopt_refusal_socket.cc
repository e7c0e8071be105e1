// Refusals that have a cause of one option's own: SOL_SOCKET.
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <time.h>

#include <array>
#include <cerrno>

#include "net/sock/capability.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_refusal.hh"

namespace net {
namespace {

constexpr std::string_view net_admin = "CAP_NET_ADMIN";
constexpr std::string_view net_raw = "CAP_NET_RAW";
// In no header of Debian 12.
constexpr std::uint32_t opt_id_tcp = 1U << 16U;

std::string filter_is_locked(const RefusedSetting& refusal) {
  return int_of(refusal, "SO_LOCK_FILTER") != 0 ? "the socket's filter is locked (SO_LOCK_FILTER)" : "";
}

std::string no_filter(const RefusedSetting& /*refusal*/) {
  return "no filter is attached";
}

std::string no_program(const RefusedSetting& /*refusal*/) {
  return "no program is attached";
}

std::string needs_reuseport(const RefusedSetting& refusal) {
  return int_of(refusal, "SO_REUSEPORT") == 0 ? "needs SO_REUSEPORT, set before binding" : "";
}

std::string may_not_be_rebound(const RefusedSetting& refusal) {
  const std::string interface = bound_interface(refusal);
  if (interface.empty() || has_capability(net_raw)) return "";
  return "the socket is bound to " + interface + ", and changing that needs CAP_NET_RAW";
}

std::string no_such_device(const RefusedSetting& /*refusal*/) {
  return "no such interface";
}

std::string high_priority(const RefusedSetting& /*refusal*/) {
  constexpr std::string_view either = "CAP_NET_ADMIN or CAP_NET_RAW";
  return has_capability(either) ? "" : "needs " + std::string(either) + " outside 0 to 6";
}

std::string other_clock(const RefusedSetting& /*refusal*/) {
  return has_capability(net_admin) ? ""
                                   : "a clock other than CLOCK_MONOTONIC needs " + std::string(net_admin);
}

std::string no_memory_cgroup(const RefusedSetting& refusal) {
  const bool accounted = (refusal.stage.kind.bit() & (on_tcp | on_udp)) != 0;
  return accounted ? "the socket belongs to no memory cgroup that counts its memory" : "";
}

std::string bad_microseconds(const RefusedSetting& /*refusal*/) {
  return "microseconds are 0 to 999999";
}

std::string flags_that_take_others(const RefusedSetting& refusal) {
  const auto flags = value_from<std::uint32_t>(refusal.setting.bytes);
  const bool ids = (flags & SOF_TIMESTAMPING_OPT_ID) != 0;
  if (!ids && (flags & opt_id_tcp) != 0) return "opt_id_tcp takes opt_id with it";
  const bool bare = (flags & SOF_TIMESTAMPING_OPT_TSONLY) != 0;
  if (!bare && (flags & SOF_TIMESTAMPING_OPT_STATS) != 0) return "opt_stats takes opt_tsonly with it";
  const bool of_tcp = (refusal.stage.kind.bit() & (on_tcp | on_mptcp)) != 0;
  return ids && of_tcp && !refusal.stage.connected ? "opt_id of TCP takes a connection" : "";
}

std::string no_such_clock(const RefusedSetting& refusal) {
  const auto clock = value_from<int>(refusal.setting.bytes);
  const bool known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_TAI;
  return known ? "" : "the clocks are monotonic, tai and realtime";
}

std::string no_such_descriptor(const RefusedSetting& refusal) {
  const bool open = fcntl(value_from<int>(refusal.setting.bytes), F_GETFD) >= 0;
  return open ? "" : "no such descriptor";
}

constexpr std::array rows{
    RefusalRow{"SO_ATTACH_BPF", EBADF, no_such_descriptor},
    RefusalRow{"SO_ATTACH_BPF", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_FILTER", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_REUSEPORT_CBPF", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_REUSEPORT_CBPF", EINVAL, needs_reuseport},
    RefusalRow{"SO_ATTACH_REUSEPORT_EBPF", EBADF, no_such_descriptor},
    RefusalRow{"SO_ATTACH_REUSEPORT_EBPF", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_REUSEPORT_EBPF", EINVAL, needs_reuseport},
    RefusalRow{"SO_BINDTODEVICE", EPERM, may_not_be_rebound},
    RefusalRow{"SO_BINDTODEVICE", ENODEV, no_such_device},
    RefusalRow{"SO_BINDTOIFINDEX", EPERM, may_not_be_rebound},
    RefusalRow{"SO_DETACH_FILTER", EPERM, filter_is_locked},
    RefusalRow{"SO_DETACH_FILTER", ENOENT, no_filter},
    RefusalRow{"SO_DETACH_REUSEPORT_BPF", EINVAL, needs_reuseport},
    RefusalRow{"SO_DETACH_REUSEPORT_BPF", ENOENT, no_program},
    RefusalRow{"SO_LOCK_FILTER", EPERM, filter_is_locked},
    RefusalRow{"SO_PRIORITY", EPERM, high_priority},
    RefusalRow{"SO_RCVTIMEO", EDOM, bad_microseconds},
    RefusalRow{"SO_RESERVE_MEM", EOPNOTSUPP, no_memory_cgroup},
    RefusalRow{"SO_SNDTIMEO", EDOM, bad_microseconds},
    RefusalRow{"SO_TIMESTAMPING", EINVAL, flags_that_take_others},
    RefusalRow{"SO_TXTIME", EINVAL, no_such_clock},
    RefusalRow{"SO_TXTIME", EPERM, other_clock},
};

}  // namespace

std::span<const RefusalRow> socket_refusals() {
  return rows;
}

}  // namespace net
