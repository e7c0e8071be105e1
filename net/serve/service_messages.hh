#pragma once

#include "net/serve/service.hh"

namespace net {

/// A service for a peer that sends messages (session.peer.keeps_boundaries()), all but discard.
///
/// Over datagrams each that comes is answered with one: echo with its like, chargen with up to 512
/// characters, daytime and time with what they say. Over seqpacket, where there is a connection, echo answers
/// message by message until the end, chargen sends a line a message, and daytime and time say their one
/// message and close.
Task<Served> serve_messages(ServiceKind kind, const ServeOptions& options, const WallClock& clock,
                            Session session);

}  // namespace net
