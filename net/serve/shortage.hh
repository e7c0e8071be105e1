#pragma once

#include <atomic>
#include <system_error>

#include "net/base/error.hh"
#include "net/serve/handler.hh"

namespace net {

/// Those who wait for descriptors, memory, processes or threads, which come back without a signal. The client
/// that needs them waits and is not sent away, and no further ones are taken meanwhile: each would hold what
/// all wait for. In any thread.
class Shortage {
 public:
  /// True after a pause: try again. False at once if `error` is something else, or when `stop` is set.
  Task<bool> passes(Reactor& reactor, Error error, Stop& stop);
  /// What is lacking, as long as somebody waits for it; or nothing.
  [[nodiscard]] std::error_code lasting() const;

 private:
  std::atomic<int> waiting_ = 0;
  std::atomic<int> code_ = 0;
};

/// Of a client for whom there was nobody to serve it: `error`, or a stop that came before.
[[nodiscard]] Served not_served(const Error& error, const Stop& stop);

}  // namespace net
