#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "net/serve/access.hh"
#include "net/sock/endpoint.hh"

namespace net {

/// Why a client is not served.
enum class Rejection : std::uint8_t { denied, max_per_address, not_the_client };
[[nodiscard]] std::string_view rejection_name(Rejection rejection);

/// The guard at the door: the access list, and how many clients one address may have at the same time. Unix
/// peers have no address and always come in.
class Gate {
 public:
  Gate() = default;
  /// `max_per_address` 0: no limit.
  Gate(AccessList access, std::uint64_t max_per_address)
      : access_(std::move(access)), max_per_address_(max_per_address) {}

  [[nodiscard]] std::optional<Rejection> refuses(const Endpoint& peer) const;
  /// Each enter() has its leave().
  void enter(const Endpoint& peer);
  void leave(const Endpoint& peer);

 private:
  AccessList access_{};
  std::uint64_t max_per_address_ = 0;
  std::map<IpAddress, std::uint64_t> inside_{};
};

}  // namespace net
