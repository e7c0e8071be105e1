#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "net/sock/socket_stage.hh"
#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_effect.hh"

namespace net {

/// Why setsockopt(2) refused, where that can be known: the capability that is missing, the range, the sysctl
/// that lists what is allowed, a moment that has passed, a kernel that is too old. Empty otherwise: a cause
/// is named only where no other can be. Asks the socket for its state and changes nothing.
[[nodiscard]] std::string explain_refusal(int fd, const OptionSetting& setting, const std::error_code& code,
                                          const SysctlLookup& sysctl);

/// A refusal and its circumstances.
struct RefusedSetting {
  int fd;
  const OptionSetting& setting;
  const SysctlLookup& sysctl;
  SocketStage stage;
};

/// One cause of one error: `said` answers with the sentence if it is the cause, else with nothing.
struct RefusalRow {
  std::string_view option;  ///< empty: of every option
  int code;
  std::string (*said)(const RefusedSetting& refusal);
};

/// The causes that are an option's own, by level; asked before those that hold for all.
[[nodiscard]] std::span<const RefusalRow> socket_refusals();
[[nodiscard]] std::span<const RefusalRow> ip_refusals();
[[nodiscard]] std::span<const RefusalRow> tcp_refusals();

/// An int option of the socket; 0 where it cannot be read.
[[nodiscard]] int int_of(const RefusedSetting& refusal, std::string_view option);

/// The interface that the socket is bound to (SO_BINDTODEVICE), or nothing.
[[nodiscard]] std::string bound_interface(const RefusedSetting& refusal);

/// Whether a new socket of the same kind takes the setting, so that it is this one's state that is in the
/// way.
[[nodiscard]] bool fresh_socket_takes(const RefusedSetting& refusal);

/// "too late: the socket is connected", whichever it is; empty for a socket that has not come anywhere.
[[nodiscard]] std::string too_late(const SocketStage& stage);

}  // namespace net
