#pragma once

#include <string>
#include <vector>

#include "net/base/error.hh"
#include "net/dial/attempt.hh"

namespace cmd {

/// What a failure to connect usually means and which command tells more, from what is known about the
/// attempt (null when none was made); empty when there is nothing to add.
[[nodiscard]] std::string connect_hint(const net::Error& error, const net::Attempt* attempt,
                                       const net::DialOptions& options);

/// The same for a dial that failed with `error`, of which `failures` are the attempts; how many there were is
/// said, and that -v shows them unless `verbose` did.
[[nodiscard]] std::string dial_hint(const net::Error& error, const std::vector<net::Attempt>& failures,
                                    const net::DialOptions& options, bool verbose);

/// The same for a conversation with `peer` that was cut: `fd` is its socket, `icmp` the message that cut it,
/// if one did.
[[nodiscard]] std::string cut_hint(const net::Error& error, const net::Endpoint& peer,
                                   net::Transport transport, int fd,
                                   const std::optional<net::IcmpReport>& icmp);

}  // namespace cmd
