// Refusals that have a cause of one option's own.
#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "net/sock/capability.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_codec.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_refusal.hh"

namespace net {
namespace {

constexpr std::string_view net_admin = "CAP_NET_ADMIN";
constexpr std::string_view net_raw = "CAP_NET_RAW";

/// "reno cubic" as a list.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool lists(std::string_view text, std::string_view word) {
  const auto words = words_of(text);
  return std::ranges::find(words, word) != words.end();
}

std::string with_commas(std::string_view text) {
  std::string list;
  for (const std::string_view word : words_of(text)) list += (list.empty() ? "" : ", ") + std::string(word);
  return list.empty() ? "none" : list;
}

/// "no such congestion control here: reno, cubic (net.ipv4...)", if the sysctl does not list what was asked
/// for.
std::string not_listed(const RefusedSetting& refusal, std::string_view what, std::string_view sysctl) {
  const auto list = refusal.sysctl(sysctl);
  if (!list || lists(*list, refusal.setting.written)) return "";
  return "no such " + std::string(what) + " here: " + with_commas(*list) + " (" + std::string(sysctl) + ")";
}

std::string unknown_congestion_control(const RefusedSetting& refusal) {
  return not_listed(refusal, "congestion control", "net.ipv4.tcp_available_congestion_control");
}

std::string unknown_ulp(const RefusedSetting& refusal) {
  return not_listed(refusal, "protocol", "net.ipv4.tcp_available_ulp");
}

/// The kernel's EPERM has two causes: an algorithm for the privileged, and a route that fixes another.
std::string congestion_control_not_allowed(const RefusedSetting& refusal) {
  constexpr std::string_view name = "net.ipv4.tcp_allowed_congestion_control";
  const auto allowed = refusal.sysctl(name);
  if (!allowed) return "";
  const bool restricted = !lists(*allowed, refusal.setting.written);
  if (restricted && (!has_capability(net_admin) || in_own_user_namespace())) {
    // Of a connected socket's route nothing is known.
    const bool root_may = !refusal.stage.connected && !in_own_user_namespace();
    return "not in " + std::string(name) + " (" + with_commas(*allowed) + ")" +
           (root_may ? "; root may" : "");
  }
  return refusal.stage.connected ? "the route to the peer fixes it (congctl lock)" : "";
}

std::string has_a_protocol_already(const RefusedSetting& refusal) {
  const auto current = get_option(refusal.fd, *refusal.setting.option);
  return current ? "the socket has one already: " + option_text(*current) : "";
}

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

std::string bound_interface(const RefusedSetting& refusal) {
  const int index = int_of(refusal, "SO_BINDTOIFINDEX");
  return index == 0 ? "" : interface_name(static_cast<std::uint32_t>(index));
}

std::string bound_to_another_interface(const RefusedSetting& refusal) {
  const std::string interface = bound_interface(refusal);
  return interface.empty() ? "" : "the socket is bound to " + interface + " (SO_BINDTODEVICE)";
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

std::string not_in_repair(const RefusedSetting& refusal) {
  return int_of(refusal, "TCP_REPAIR") == 0 ? "only in repair mode (TCP_REPAIR)" : "";
}

std::string no_repair_of_listeners(const RefusedSetting& refusal) {
  return refusal.stage.listening && has_capability(net_admin) ? "a listener cannot be repaired" : "";
}

std::string state_has_passed(const RefusedSetting& refusal) {
  return too_late(refusal.stage);
}

std::string zero_comes_too_late(const RefusedSetting& refusal) {
  const bool zero = value_from<int>(refusal.setting.bytes) == 0;
  return zero && fresh_socket_takes(refusal) ? too_late(refusal.stage) : "";
}

std::string fast_open_is_off(const RefusedSetting& refusal) {
  constexpr std::string_view name = "net.ipv4.tcp_fastopen";
  const auto text = refusal.sysctl(name);
  const auto flags = text ? parse_number(*text) : std::unexpected(std::string());
  if (!flags || (*flags & 1U) != 0) return "";
  return std::string(name) + " = " + *text + " has Fast Open off for clients (its bit 1)";
}

std::string no_memory_cgroup(const RefusedSetting& refusal) {
  const bool accounted = (refusal.stage.kind.bit() & (on_tcp | on_udp)) != 0;
  return accounted ? "the socket belongs to no memory cgroup that counts its memory" : "";
}

std::string bad_microseconds(const RefusedSetting& /*refusal*/) {
  return "microseconds are 0 to 999999";
}

std::string is_member(const RefusedSetting& /*refusal*/) {
  return "the socket is a member of that group already";
}

std::string is_no_member(const RefusedSetting& /*refusal*/) {
  return "the socket is no member of that group";
}

std::string not_mapped(const RefusedSetting& refusal) {
  return int_of(refusal, "IPV6_V6ONLY") != 0 ? "the socket is for IPv6 alone (IPV6_V6ONLY)"
                                             : "the peer has no IPv4-mapped address";
}

constexpr std::array rows{
    RefusalRow{"SO_ATTACH_FILTER", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_BPF", EPERM, filter_is_locked},
    RefusalRow{"SO_DETACH_FILTER", EPERM, filter_is_locked},
    RefusalRow{"SO_DETACH_FILTER", ENOENT, no_filter},
    RefusalRow{"SO_LOCK_FILTER", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_REUSEPORT_CBPF", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_REUSEPORT_EBPF", EPERM, filter_is_locked},
    RefusalRow{"SO_ATTACH_REUSEPORT_CBPF", EINVAL, needs_reuseport},
    RefusalRow{"SO_ATTACH_REUSEPORT_EBPF", EINVAL, needs_reuseport},
    RefusalRow{"SO_DETACH_REUSEPORT_BPF", EINVAL, needs_reuseport},
    RefusalRow{"SO_DETACH_REUSEPORT_BPF", ENOENT, no_program},
    RefusalRow{"SO_BINDTODEVICE", EPERM, may_not_be_rebound},
    RefusalRow{"SO_BINDTOIFINDEX", EPERM, may_not_be_rebound},
    RefusalRow{"SO_BINDTODEVICE", ENODEV, no_such_device},
    RefusalRow{"SO_PRIORITY", EPERM, high_priority},
    RefusalRow{"SO_RESERVE_MEM", EOPNOTSUPP, no_memory_cgroup},
    RefusalRow{"SO_TXTIME", EPERM, other_clock},
    RefusalRow{"SO_RCVTIMEO", EDOM, bad_microseconds},
    RefusalRow{"SO_SNDTIMEO", EDOM, bad_microseconds},

    RefusalRow{"IP_MULTICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IP_UNICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IP_ADD_MEMBERSHIP", EADDRINUSE, is_member},
    RefusalRow{"IP_DROP_MEMBERSHIP", EADDRNOTAVAIL, is_no_member},
    RefusalRow{"MCAST_JOIN_GROUP", EADDRINUSE, is_member},
    RefusalRow{"MCAST_LEAVE_GROUP", EADDRNOTAVAIL, is_no_member},

    RefusalRow{"IPV6_MULTICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IPV6_UNICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IPV6_JOIN_GROUP", EADDRINUSE, is_member},
    RefusalRow{"IPV6_LEAVE_GROUP", EADDRNOTAVAIL, is_no_member},
    RefusalRow{"IPV6_ADDRFORM", EADDRNOTAVAIL, not_mapped},

    RefusalRow{"TCP_CONGESTION", EPERM, congestion_control_not_allowed},
    RefusalRow{"TCP_CONGESTION", ENOENT, unknown_congestion_control},
    RefusalRow{"TCP_ULP", ENOENT, unknown_ulp},
    RefusalRow{"TCP_ULP", EEXIST, has_a_protocol_already},
    RefusalRow{"TCP_FASTOPEN_CONNECT", EOPNOTSUPP, fast_open_is_off},
    RefusalRow{"TCP_WINDOW_CLAMP", EINVAL, zero_comes_too_late},
    RefusalRow{"TCP_REPAIR", EPERM, no_repair_of_listeners},
    RefusalRow{"TCP_REPAIR_QUEUE", EPERM, not_in_repair},
    RefusalRow{"TCP_REPAIR_OPTIONS", EINVAL, not_in_repair},
    RefusalRow{"TCP_REPAIR_WINDOW", EPERM, not_in_repair},
    RefusalRow{"TCP_TIMESTAMP", EPERM, not_in_repair},
    RefusalRow{"TCP_QUEUE_SEQ", EPERM, state_has_passed},
};

}  // namespace

std::span<const RefusalRow> own_refusals() {
  return rows;
}

}  // namespace net
