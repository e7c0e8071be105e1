#include "net/sock/sockopt_change.hh"

#include <algorithm>
#include <array>
#include <utility>

#include "net/sock/sockopt_codec.hh"

namespace net {
namespace {

/// Options that can only be set, and where they show.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> shown_elsewhere{
    {{"SO_RCVBUFFORCE", "SO_RCVBUF"}, {"SO_SNDBUFFORCE", "SO_SNDBUF"}}};

/// Options whose reading is another matter than their setting.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> other_readings{
    {{"IP_MULTICAST_IF", "the kernel tells only an address that it was given"},
     {"IPV6_MTU", "what is read is the MTU of the path"},
     {"IPV6_FLOWLABEL_MGR", "what is read is the label that the socket sends with"}}};

template <class Pairs>
std::string_view looked_up(const Pairs& pairs, std::string_view name) {
  const auto* found = std::ranges::find_if(pairs, [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string_view() : found->second;
}

/// Whether bytes were filled up with zeros, as IP options are.
bool is_padded(const OptionValue& requested, const OptionValue& effective) {
  const auto* shorter = std::get_if<std::string>(&requested.data);
  const auto* longer = std::get_if<std::string>(&effective.data);
  return shorter != nullptr && longer != nullptr && longer->starts_with(*shorter) &&
         longer->find_first_not_of('0', shorter->size()) == std::string::npos;
}

struct PassedPhase {
  OptionPhase phase;
  bool SocketStage::* passed;
  std::string_view note;
};

constexpr std::array<PassedPhase, 3> passed_phases{
    {{OptionPhase::before_bind, &SocketStage::bound, "too late: it counts before binding"},
     {OptionPhase::before_listen, &SocketStage::listening, "too late: it counts before listening"},
     {OptionPhase::before_connect, &SocketStage::connected, "too late: it counts before connecting"}}};

/// That a value was set at a time when it has no effect.
std::string_view untimely(const SocketOption& option, const SocketStage& stage) {
  for (const PassedPhase& row : passed_phases) {
    if (option.phase == row.phase && stage.*row.passed) return row.note;
  }
  const bool early = option.phase == OptionPhase::once_connected && stage.known() && !stage.connected;
  return early ? "too early: it counts once connected" : "";
}

/// Why `effective` is another value than was requested.
Effect difference(const SocketOption& option, const OptionChange& change, const SocketStage& stage,
                  const SysctlLookup& sysctl) {
  const auto requested = option_number(change.requested, option);
  const auto effective = option_number(*change.effective, option);
  if (requested && effective) {
    if (auto effect = explain_effect(option, *requested, *effective, stage, sysctl)) return *effect;
  }
  if (option.type == OptionType::hex && is_padded(change.requested, *change.effective)) {
    return {.why = "filled up with zeros"};
  }
  const std::string_view other = looked_up(other_readings, option.name);
  return {.why = std::string(other)};
}

}  // namespace

const SocketOption* shown_by(const SocketOption& option) {
  if (const std::string_view other = looked_up(shown_elsewhere, option.name); !other.empty()) {
    return find_option(other).value_or(nullptr);
  }
  return option.readable && !option.destructive ? &option : nullptr;
}

std::optional<OptionValue> read_back(int fd, const SocketOption& option) {
  const SocketOption* const row = shown_by(option);
  if (row == nullptr) return std::nullopt;
  auto value = get_option(fd, *row);
  if (!value) return std::nullopt;
  return std::move(*value);
}

OptionChange explain_change(const OptionSetting& setting, std::optional<OptionValue> previous,
                            std::optional<OptionValue> effective, const SysctlLookup& sysctl,
                            const SocketStage& stage) {
  const SocketOption& option = *setting.option;
  OptionChange change{.option = &option, .requested = decode_option(setting.bytes, option)};
  if (std::holds_alternative<std::monostate>(change.requested.data)) change.requested.data = setting.written;
  change.previous = std::move(previous);
  change.effective = std::move(effective);

  // A value that it had already has had its time.
  const bool nothing_new = change.previous && *change.previous == change.requested;
  const std::string_view time = nothing_new ? "" : untimely(option, stage);
  change.note = time;
  if (!change.effective) {
    // IPV6_MTU, for one, is told of a connected socket alone.
    const bool ever = shown_by(option) != nullptr;
    if (time.empty()) change.note = ever ? "it cannot be read back now" : "it cannot be read back";
    return change;
  }
  if (*change.effective == change.requested) return change;
  const Effect effect = difference(option, change, stage, sysctl);
  change.bounded_by = effect.bounded_by;
  if (!effect.why.empty()) {
    change.note = effect.why + (time.empty() ? "" : "; ") + std::string(time);
  } else if (time.empty()) {
    const bool came_out =
        option.nature == OptionNature::state_once_connected && (stage.connected || stage.connected_since);
    change.note = came_out ? "what the connection came to" : "the kernel made it so";
  }
  return change;
}

Result<void> set_option_or_why(int fd, const OptionSetting& setting, const SysctlLookup& sysctl) {
  auto set = set_option(fd, setting);
  if (!set) set.error().hint = explain_refusal(fd, setting, set.error().code, sysctl);
  return set;
}

Result<OptionChange> change_option(int fd, const OptionSetting& setting, const SysctlLookup& sysctl) {
  const SocketStage stage = socket_stage(fd);
  auto previous = read_back(fd, *setting.option);
  if (const auto set = set_option_or_why(fd, setting, sysctl); !set) return std::unexpected(set.error());
  auto effective = read_back(fd, *setting.option);
  return explain_change(setting, std::move(previous), std::move(effective), sysctl, stage);
}

std::string change_text(const OptionChange& change) {
  std::string text = "requested " + option_text(change.requested);
  text += change.effective ? ", effective " + option_text(*change.effective) : ", taken";
  if (!change.note.empty()) text += " (" + change.note + ")";
  return text;
}

}  // namespace net
