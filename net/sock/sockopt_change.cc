#include "net/sock/sockopt_change.hh"

namespace net {

OptionChange explain_change(const OptionSetting& setting, std::optional<OptionValue> previous,
                            std::optional<OptionValue> effective, const SysctlLookup& /*sysctl*/) {
  OptionChange change{.option = setting.option, .requested = decode_option(setting.bytes, *setting.option)};
  change.previous = std::move(previous);
  change.effective = std::move(effective);
  return change;
}

std::string change_text(const OptionChange& change) {
  std::string text = "requested " + option_text(change.requested);
  if (change.effective) text += ", effective " + option_text(*change.effective);
  return change.note.empty() ? text : text + " (" + change.note + ")";
}

Result<OptionChange> change_option(int fd, const OptionSetting& setting, const SysctlLookup& sysctl) {
  const auto read = [&]() -> std::optional<OptionValue> {
    if (!setting.option->readable || setting.option->destructive) return std::nullopt;
    auto value = get_option(fd, *setting.option);
    if (!value) return std::nullopt;
    return std::move(*value);
  };
  auto previous = read();
  if (const auto set = set_option(fd, setting); !set) return std::unexpected(set.error());
  return explain_change(setting, std::move(previous), read(), sysctl);
}

std::string explain_refusal(int /*fd*/, const OptionSetting& /*setting*/, const std::error_code& /*code*/,
                            const SysctlLookup& /*sysctl*/) {
  return {};
}

}  // namespace net
