#pragma once

#include <cstdint>
#include <functional>

#include "net/base/error.hh"
#include "net/serve/handler.hh"

namespace net {

/// Those who wait for descriptors, memory or processes, which come back without a signal. The client that
/// needs them waits, and is not sent away.
class Shortage {
 public:
  /// `told` hears of it once each time that it begins.
  Shortage(Reactor& reactor, std::function<void(const Error&)> told)
      : reactor_(reactor), told_(std::move(told)) {}

  /// True after a pause: try again. False at once if `error` is something else, or when `stop` is set.
  Task<bool> passes(Error error, Stop& stop);

 private:
  Reactor& reactor_;
  std::function<void(const Error&)> told_;
  std::uint64_t waiting_ = 0;
};

/// Of a client for whom there was nobody to serve it: `error`, or a stop that came before.
[[nodiscard]] Served not_served(const Error& error, const Stop& stop);

}  // namespace net
