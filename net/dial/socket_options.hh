#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "net/sock/socket.hh"
#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_change.hh"

namespace net {

/// When options are applied: before connecting or listening; once connected; on a socket that accept(2) gave,
/// which has most of them from its listener.
enum class OptionMoment : std::uint8_t { before, connected, accepted };

/// Applies those of `options` whose moment it is; those of another family than the socket's are skipped, so
/// that one list serves all addresses of a name. The hint of a refusal is its cause, where that can be known.
[[nodiscard]] Result<void> apply_options(const Socket& socket, int family,
                                         const std::vector<OptionSetting>& options, OptionMoment moment);

/// What became of a setting that apply_options() made on the way of a socket to what it is now.
[[nodiscard]] OptionChange applied_option(int fd, const OptionSetting& setting);

/// What became of `options` on a socket that they were applied to, read now. Asked at `before` (of a
/// listener) those of that moment are told, at `connected` all that were applied, at `accepted` those that
/// the listener could not have had. Left out is what a later setting has replaced.
[[nodiscard]] std::vector<OptionChange> applied_options(int fd, const std::vector<OptionSetting>& options,
                                                        OptionMoment moment);

/// Whether an option is among them, so that nobody else must touch it.
[[nodiscard]] bool asks_for(const std::vector<OptionSetting>& options, std::string_view name);

}  // namespace net
