#pragma once

#include <memory>

#include "net/serve/handler.hh"

namespace net {

/// What a broker passes on.
enum class BrokerKind : std::uint8_t {
  bytes,  ///< what comes, as it comes
  lines,  ///< text, line by line, each with who sent it
};

/// Sends what a client sends to all others. Who has sent something and ends its side gets what waits for it,
/// and is closed; who ends it without a word only listens, and stays.
///
/// One that does not read holds nobody up: it is dropped (Served::error, a reset) once it is `broker_queue`
/// bytes behind, or keeps somebody who sends much waiting and takes less than `broker_least` bytes meanwhile
/// in `broker_patience`. Who reads faster than that only slows the sender down.
[[nodiscard]] std::unique_ptr<Handler> make_broker(Reactor& reactor, BrokerKind kind, ServeOptions options);

inline constexpr std::size_t broker_queue = std::size_t{4} << 20U;
inline constexpr std::size_t broker_least = std::size_t{64} << 10U;
inline constexpr Duration broker_patience = std::chrono::milliseconds(250);

}  // namespace net
