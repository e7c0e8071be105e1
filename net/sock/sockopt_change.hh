#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/sock/option_value.hh"
#include "net/sock/socket_stage.hh"
#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_effect.hh"
#include "net/sock/sockopt_refusal.hh"

namespace net {

/// What became of a value that was set.
struct OptionChange {
  const SocketOption* option = nullptr;
  OptionValue requested{};
  std::optional<OptionValue> previous{};   ///< before it was set; nothing where it cannot be read
  std::optional<OptionValue> effective{};  ///< read back
  std::string_view bounded_by{};           ///< the sysctl that cut it, if one did
  std::string note{};                      ///< why effective is not what was requested, or what that means
};

/// The row that shows what a setting came to: its own, that of SO_RCVBUF for SO_RCVBUFFORCE, or none.
[[nodiscard]] const SocketOption* shown_by(const SocketOption& option);

/// What shown_by() reads now, or nothing.
[[nodiscard]] std::optional<OptionValue> read_back(int fd, const SocketOption& option);

/// Compares what was asked for with what the kernel made of it, and says why they differ: doubled, clamped
/// (by which sysctl), rounded, masked, too late. Never says a reason that the figures do not bear out.
/// `stage` is how far the socket had come when the value was set.
[[nodiscard]] OptionChange explain_change(const OptionSetting& setting, std::optional<OptionValue> previous,
                                          std::optional<OptionValue> effective, const SysctlLookup& sysctl,
                                          const SocketStage& stage = {});

/// set_option(); the hint of a refusal is explain_refusal()'s.
[[nodiscard]] Result<void> set_option_or_why(int fd, const OptionSetting& setting,
                                             const SysctlLookup& sysctl);

/// The same, with the value before and after.
[[nodiscard]] Result<OptionChange> change_option(int fd, const OptionSetting& setting,
                                                 const SysctlLookup& sysctl);

/// "requested 1 GiB, effective 8 MiB (doubled by the kernel, bounded by net.core.rmem_max = 4 MiB)".
[[nodiscard]] std::string change_text(const OptionChange& change);

}  // namespace net
