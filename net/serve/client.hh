#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "net/base/error.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/socket.hh"
#include "net/stream/exchange.hh"
#include "net/stream/stream.hh"

namespace net {

/// Who is served.
struct Client {
  std::uint64_t id = 0;  ///< counted from 1 as they come
  Endpoint peer;         ///< as IPv4 where it came so to a socket of both families
  Endpoint local;        ///< the address of this host that it came to
  Transport transport{};
};

/// A client and the way to it: a socket, or, for a datagram peer, a stream that shares one.
struct Connection {
  Client client;
  std::optional<Socket> socket{};
  std::unique_ptr<Stream> peer{};
};

/// The process and the thread that serve a client (getpid(2), gettid(2)).
struct Worker {
  pid_t pid = 0;
  pid_t tid = 0;
};

/// A process that ended, with its status as a shell has it in $?: 128 + N for signal N.
struct Exited {
  pid_t pid = 0;
  int status = 0;
};

/// The bytes of the other connection, where a client is relayed to a target.
struct TargetFigures {
  std::uint64_t sent = 0;      ///< to the target
  std::uint64_t received = 0;  ///< from it
  std::uint64_t unsent = 0;    ///< taken from the client, and never at the target for all that is known
};

/// What became of a client.
struct Served {
  Closed closed{};
  std::optional<TargetFigures> target{};
  std::optional<Exited> program{};  ///< the one that served it (--exec)
  std::optional<Error> error{};     ///< a failure that is not the client's own doing
};

}  // namespace net
