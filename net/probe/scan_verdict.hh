#pragma once

#include <optional>
#include <system_error>

#include "net/dial/attempt.hh"
#include "net/probe/scan.hh"

namespace net {

/// What a port came to, and in whose words.
struct Verdict {
  PortState state = PortState::filtered;
  bool silent = false;  ///< nobody said anything but this host
  std::optional<Error> error{};
};

/// True when `address` itself says that nobody listens: a filter on the way says so in its own name.
[[nodiscard]] bool is_own_refusal(const IcmpReport& report, const Endpoint& address);

/// What it says of a port that connecting `socket` to `address` ended with `code`: a reset or the target's
/// own "port unreachable" closes it; what anybody else said, a prohibition, or nothing at all filters it. A
/// connection that was made and then reset was open. The error is made only if it is `wanted`.
[[nodiscard]] Verdict judge_connect(const Socket& socket, const Endpoint& address, Transport transport,
                                    std::error_code code, bool wanted);

/// The error of a port that did not answer for so long.
[[nodiscard]] Error silence_error(const Endpoint& address, Transport transport, Duration waited);

/// True when it is a lack of descriptors, memory or ports of this host, which passes once other sockets are
/// closed.
[[nodiscard]] bool is_shortage(const std::error_code& code);

}  // namespace net
