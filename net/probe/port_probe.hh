#pragma once

#include <cstdint>

#include "net/base/clock.hh"
#include "net/dial/attempt.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"
#include "net/sock/endpoint.hh"

namespace net {

/// Asks one address, once, whether anybody is there, and gives what came of it, in `timeout` at most. The
/// attempt has no error if there was an answer: a connection (which is closed again) or, of a datagram
/// socket, any datagram that came back; its time is that of the round trip. Otherwise its error is what
/// connect would report: the peer's refusal, a router's ICMP message, silence with the SYNs sent, or this
/// host's own. Everything that `options` say of sockets holds; their timeout, family and race do not count.
/// A datagram asks what udp_ping_question() has for the port and `sequence`. `options` must outlive the task.
Task<Attempt> probe_port(Reactor& reactor, const DialOptions& options, Endpoint address, Duration timeout,
                         std::uint32_t sequence = 0);

}  // namespace net
