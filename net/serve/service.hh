#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/serve/handler.hh"

namespace net {

/// The small services of old: what a client gets without asking.
enum class ServiceKind : std::uint8_t {
  echo,     ///< RFC 862: what it sends
  discard,  ///< RFC 863: nothing; what it sends is read
  chargen,  ///< RFC 864: characters until it goes, or a line for each datagram
  daytime,  ///< RFC 867: the date and time in words
  time,     ///< RFC 868: seconds since 1900, as 32 bits
};

using WallClock = std::function<std::time_t()>;

/// "Sunday, November 22, 2026 03:31:07-UTC" and CR LF, the form that RFC 867 suggests, in the local time
/// zone.
[[nodiscard]] std::string daytime_text(std::time_t now);
/// Four bytes in network order. They run over in 2036, as RFC 868 has it.
[[nodiscard]] std::string time_bytes(std::time_t now);
/// Line `number` of the pattern of RFC 864: 72 of the 95 printable characters, one further on than in the
/// line before, and CR LF.
[[nodiscard]] std::string chargen_line(std::size_t number);

[[nodiscard]] std::unique_ptr<Handler> make_service(ServiceKind kind, const ServeOptions& options,
                                                    WallClock clock);

}  // namespace net
