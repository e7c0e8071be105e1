// Refusals that have a cause of one option's own: IPPROTO_IP and IPPROTO_IPV6.
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "net/sock/sockopt_codec.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_refusal.hh"

namespace net {
namespace {

std::string bound_to_another_interface(const RefusedSetting& refusal) {
  const std::string interface = bound_interface(refusal);
  return interface.empty() ? "" : "the socket is bound to " + interface + " (SO_BINDTODEVICE)";
}

std::string range_upside_down(const RefusedSetting& refusal) {
  const auto range = value_from<std::array<std::uint16_t, 2>>(refusal.setting.bytes);
  const bool both = range[0] != 0 && range[1] != 0;
  return both && range[0] > range[1] ? "the low end is above the high end" : "";
}

std::string no_zero_hops(const RefusedSetting& refusal) {
  return value_from<int>(refusal.setting.bytes) == 0 ? "takes 1 to 255 hops, or -1 for the default" : "";
}

std::string odd_or_not_yours(const RefusedSetting& refusal) {
  if (refusal.stage.kind.protocol == IPPROTO_ICMPV6)
    return "the kernel itself sees to the checksums of ICMPv6";
  return (value_from<int>(refusal.setting.bytes) & 1) != 0 ? "takes no odd offset" : "";
}

/// Two preferences of one group (RFC 5014).
std::string contrary_preferences(const RefusedSetting& refusal) {
  constexpr std::array<std::uint32_t, 3> groups{0x103, 0x404, 0x808};
  const auto asked = value_from<std::uint32_t>(refusal.setting.bytes);
  for (const std::uint32_t group : groups) {
    if (std::popcount(asked & group) < 2) continue;
    const OptionValue both{.data = flag_names(asked & group, refusal.setting.option->words)};
    return option_text(both) + " exclude each other";
  }
  return "";
}

std::string not_joined(const RefusedSetting& /*refusal*/) {
  return "the socket has not joined it";
}

std::string is_no_member(const RefusedSetting& /*refusal*/) {
  return "the socket is no member of that group";
}

/// Asks for the filter of the group: the request of each of these options begins as that question does
/// (struct ip_msfilter, struct group_filter).
std::string not_in_the_group(const RefusedSetting& refusal) {
  const SocketOption& option = *refusal.setting.option;
  const bool of_both_families = option.name.starts_with("MCAST_");
  const std::size_t begin =
      of_both_families ? offsetof(group_filter, gf_fmode) : offsetof(ip_msfilter, imsf_fmode);
  auto length = static_cast<socklen_t>(of_both_families ? GROUP_FILTER_SIZE(0) : IP_MSFILTER_SIZE(0));
  std::vector<std::byte> question(length);
  if (refusal.setting.bytes.size() < begin) return "";
  std::ranges::copy_n(refusal.setting.bytes.begin(), static_cast<std::ptrdiff_t>(begin), question.begin());
  const int number = of_both_families ? MCAST_MSFILTER : IP_MSFILTER;
  const bool answered = getsockopt(refusal.fd, option.level, number, question.data(), &length) == 0;
  return !answered && errno == EADDRNOTAVAIL ? is_no_member(refusal) : "";
}

std::string is_member(const RefusedSetting& /*refusal*/) {
  return "the socket is a member of that group already";
}

std::string not_mapped(const RefusedSetting& refusal) {
  return int_of(refusal, "IPV6_V6ONLY") != 0 ? "the socket is for IPv6 alone (IPV6_V6ONLY)"
                                             : "the peer has no IPv4-mapped address";
}

constexpr std::array rows{
    RefusalRow{"IP_BLOCK_SOURCE", EINVAL, not_in_the_group},
    RefusalRow{"IP_UNBLOCK_SOURCE", EINVAL, not_in_the_group},
    RefusalRow{"IP_DROP_SOURCE_MEMBERSHIP", EINVAL, not_in_the_group},
    RefusalRow{"IP_MSFILTER", EINVAL, not_in_the_group},
    RefusalRow{"MCAST_BLOCK_SOURCE", EINVAL, not_in_the_group},
    RefusalRow{"MCAST_UNBLOCK_SOURCE", EINVAL, not_in_the_group},
    RefusalRow{"MCAST_LEAVE_SOURCE_GROUP", EINVAL, not_in_the_group},
    RefusalRow{"MCAST_MSFILTER", EINVAL, not_in_the_group},
    RefusalRow{"IPV6_ADDRFORM", EADDRNOTAVAIL, not_mapped},
    RefusalRow{"IPV6_ADDR_PREFERENCES", EINVAL, contrary_preferences},
    RefusalRow{"IPV6_CHECKSUM", EINVAL, odd_or_not_yours},
    RefusalRow{"IPV6_JOIN_GROUP", EADDRINUSE, is_member},
    RefusalRow{"IPV6_LEAVE_ANYCAST", ENOENT, not_joined},
    RefusalRow{"IPV6_LEAVE_GROUP", EADDRNOTAVAIL, is_no_member},
    RefusalRow{"IPV6_MULTICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IPV6_UNICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IP_ADD_MEMBERSHIP", EADDRINUSE, is_member},
    RefusalRow{"IP_DROP_MEMBERSHIP", EADDRNOTAVAIL, is_no_member},
    RefusalRow{"IP_LOCAL_PORT_RANGE", EINVAL, range_upside_down},
    RefusalRow{"IP_MULTICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"IP_TTL", EINVAL, no_zero_hops},
    RefusalRow{"IP_UNICAST_IF", EINVAL, bound_to_another_interface},
    RefusalRow{"MCAST_JOIN_GROUP", EADDRINUSE, is_member},
    RefusalRow{"MCAST_LEAVE_GROUP", EADDRNOTAVAIL, is_no_member},
};

}  // namespace

std::span<const RefusalRow> ip_refusals() {
  return rows;
}

}  // namespace net
