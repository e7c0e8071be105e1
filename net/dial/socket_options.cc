#include "net/dial/socket_options.hh"

#include <algorithm>

#include "net/kern/sysctl.hh"
#include "net/sock/sockopt_read.hh"

namespace net {
namespace {

bool needs_connection(const SocketOption& option) {
  return option.phase == OptionPhase::once_connected;
}

/// A connection takes nothing that had to be set before it was one.
bool may_follow_accept(int fd, const SocketOption& option) {
  const auto kind = socket_kind(fd);
  const bool handed_on = kind ? hands_on(*kind, option) : option.inherited;
  return !handed_on && (needs_connection(option) || option.phase == OptionPhase::any);
}

bool is_due(int fd, const SocketOption& option, OptionMoment moment) {
  if (moment == OptionMoment::accepted) return may_follow_accept(fd, option);
  return needs_connection(option) == (moment == OptionMoment::connected);
}

bool is_for(const SocketOption& option, int family) {
  return option.family == 0 || option.family == family;
}

bool is_told(const SocketOption& option, OptionMoment moment) {
  switch (moment) {
    case OptionMoment::before:
      return !needs_connection(option);
    case OptionMoment::connected:
      return true;
    case OptionMoment::accepted:
      return needs_connection(option);
  }
  return false;
}

}  // namespace

Result<void> apply_options(const Socket& socket, int family, const std::vector<OptionSetting>& options,
                           OptionMoment moment) {
  for (const OptionSetting& setting : options) {
    if (!is_for(*setting.option, family) || !is_due(socket.fd(), *setting.option, moment)) continue;
    if (const auto set = set_option_or_why(socket.fd(), setting, kern::sysctl_text); !set) return set;
  }
  return {};
}

OptionChange applied_option(int fd, const OptionSetting& setting) {
  const SocketStage now = socket_stage(fd);
  return explain_change(setting, std::nullopt, read_back(fd, *setting.option), kern::sysctl_text,
                        needs_connection(*setting.option) ? now : now.before_all());
}

std::vector<OptionChange> applied_options(int fd, const std::vector<OptionSetting>& options,
                                          OptionMoment moment) {
  const int family = socket_stage(fd).kind.family;
  std::vector<OptionChange> changes;
  for (auto setting = options.begin(); setting != options.end(); ++setting) {
    const SocketOption* const shown = shown_by(*setting->option);
    const bool replaced = shown != nullptr && std::any_of(setting + 1, options.end(), [&](const auto& later) {
                            return shown_by(*later.option) == shown;
                          });
    if (replaced || !is_for(*setting->option, family) || !is_told(*setting->option, moment)) continue;
    changes.push_back(applied_option(fd, *setting));
  }
  return changes;
}

bool asks_for(const std::vector<OptionSetting>& options, std::string_view name) {
  return std::ranges::any_of(options,
                             [name](const OptionSetting& setting) { return setting.option->name == name; });
}

}  // namespace net
