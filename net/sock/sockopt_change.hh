#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_read.hh"

namespace net {

/// The text of a sysctl by its name ("net.core.rmem_max"), or nothing; handed in, since /proc/sys has its
/// door elsewhere.
using SysctlLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// What became of a value that was set.
struct OptionChange {
  const SocketOption* option = nullptr;
  OptionValue requested{};
  std::optional<OptionValue> previous{};   ///< before it was set; nothing where the option cannot be read
  std::optional<OptionValue> effective{};  ///< read back
  std::string_view bounded_by{};           ///< the sysctl that cut it, if one did
  std::string note{};                      ///< why effective is not what was requested, or what that means
};

/// Compares what was asked for with what the kernel made of it, and says why they differ: doubled, clamped
/// (by which sysctl), rounded, masked, too late. Never says a reason that the figures do not bear out.
[[nodiscard]] OptionChange explain_change(const OptionSetting& setting, std::optional<OptionValue> previous,
                                          std::optional<OptionValue> effective, const SysctlLookup& sysctl);

/// "requested 1 GiB, effective 8 MiB (doubled by the kernel, ...)".
[[nodiscard]] std::string change_text(const OptionChange& change);

/// set_option(), with the value before and after.
[[nodiscard]] Result<OptionChange> change_option(int fd, const OptionSetting& setting,
                                                 const SysctlLookup& sysctl);

/// Why setsockopt(2) refused, where that can be known: the capability that is missing, the range, the sysctl
/// that lists what is allowed, a moment that has passed. Empty otherwise. Asks the socket for its state.
[[nodiscard]] std::string explain_refusal(int fd, const OptionSetting& setting, const std::error_code& code,
                                          const SysctlLookup& sysctl);

}  // namespace net
