#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "cmd/document.hh"
#include "net/base/clock.hh"
#include "net/base/error.hh"

namespace cmd {

/// Pauses that double up to the longest.
class Backoff {
 public:
  Backoff(net::Duration first, net::Duration longest) : next_(std::min(first, longest)), longest_(longest) {}
  net::Duration next() {
    const net::Duration pause = next_;
    next_ = pause > longest_ / 2 ? longest_ : pause * 2;
    return pause;
  }

 private:
  net::Duration next_;
  net::Duration longest_;
};

/// Try number `attempt` failed, and the next comes after `pause`.
[[nodiscard]] Document retry_document(std::uint64_t attempt, net::Duration pause, const net::Error& error);

/// "12 tries in 3.2 s".
[[nodiscard]] std::string tries_text(std::uint64_t tries, net::Duration span);

/// The last failure of several tries: its reason, and how many they were, for how long.
[[nodiscard]] net::Error after_tries(net::Error error, std::uint64_t tries, net::Duration span);

}  // namespace cmd
