// Refusals that have a cause of one option's own: IPPROTO_TCP.
#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "net/sock/capability.hh"
#include "net/sock/sockopt_codec.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_refusal.hh"

namespace net {
namespace {

constexpr std::string_view net_admin = "CAP_NET_ADMIN";

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
  const bool none = !current || *current == OptionValue{.data = std::string()};
  return none ? "" : "the socket has one already: " + option_text(*current);
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

/// The kernel's least is two ticks, to which it rounds up whatever is above one.
std::string below_two_ticks(const RefusedSetting& refusal) {
  const std::int64_t per_second = ticks_per_second();
  if (per_second == 0) return "";
  const std::int64_t tick = 1'000'000 / per_second;
  if (value_from<int>(refusal.setting.bytes) > tick) return "";
  return "takes more than the kernel's tick of " + option_text({.data = tick, .unit = Unit::microseconds});
}

std::string no_queue_chosen(const RefusedSetting& refusal) {
  return int_of(refusal, "TCP_REPAIR_QUEUE") == 0 ? "no queue is chosen (TCP_REPAIR_QUEUE)" : "";
}

std::string has_sent_already(const RefusedSetting& /*refusal*/) {
  return "only on a connection that has sent nothing";
}

constexpr std::array rows{
    RefusalRow{"TCP_AO_REPAIR", EPERM, no_repair_of_listeners},
    RefusalRow{"TCP_CONGESTION", EPERM, congestion_control_not_allowed},
    RefusalRow{"TCP_CONGESTION", ENOENT, unknown_congestion_control},
    RefusalRow{"TCP_DELACK_MAX_US", EINVAL, below_two_ticks},
    RefusalRow{"TCP_FASTOPEN_CONNECT", EOPNOTSUPP, fast_open_is_off},
    RefusalRow{"TCP_QUEUE_SEQ", EINVAL, no_queue_chosen},
    RefusalRow{"TCP_QUEUE_SEQ", EPERM, state_has_passed},
    RefusalRow{"TCP_REPAIR", EPERM, no_repair_of_listeners},
    RefusalRow{"TCP_REPAIR_OPTIONS", EPERM, has_sent_already},
    RefusalRow{"TCP_REPAIR_OPTIONS", EINVAL, not_in_repair},
    RefusalRow{"TCP_REPAIR_QUEUE", EPERM, not_in_repair},
    RefusalRow{"TCP_REPAIR_WINDOW", EPERM, not_in_repair},
    RefusalRow{"TCP_RTO_MIN_US", EINVAL, below_two_ticks},
    RefusalRow{"TCP_TIMESTAMP", EPERM, not_in_repair},
    RefusalRow{"TCP_ULP", ENOENT, unknown_ulp},
    RefusalRow{"TCP_ULP", EEXIST, has_a_protocol_already},
    RefusalRow{"TCP_WINDOW_CLAMP", EINVAL, zero_comes_too_late},
};

}  // namespace

std::span<const RefusalRow> tcp_refusals() {
  return rows;
}

}  // namespace net
