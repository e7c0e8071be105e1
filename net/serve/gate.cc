#include "net/serve/gate.hh"

#include <array>

namespace net {
namespace {

std::optional<IpAddress> address_of(const Endpoint& peer) {
  if (!peer.is_ip()) return std::nullopt;
  return IpAddress::from_bytes(peer.unmapped().address_bytes());
}

}  // namespace

std::string_view rejection_name(Rejection rejection) {
  constexpr std::array<std::string_view, 3> names{"denied", "max_per_address", "not_the_client"};
  return names.at(static_cast<std::size_t>(rejection));
}

std::optional<Rejection> Gate::refuses(const Endpoint& peer) const {
  const auto address = address_of(peer);
  if (!address) return std::nullopt;
  if (!access_.admits(*address)) return Rejection::denied;
  if (max_per_address_ == 0) return std::nullopt;
  const auto inside = inside_.find(*address);
  if (inside != inside_.end() && inside->second >= max_per_address_) return Rejection::max_per_address;
  return std::nullopt;
}

void Gate::enter(const Endpoint& peer) {
  if (const auto address = address_of(peer)) ++inside_[*address];
}

void Gate::leave(const Endpoint& peer) {
  const auto address = address_of(peer);
  if (!address) return;
  const auto inside = inside_.find(*address);
  if (inside != inside_.end() && --inside->second == 0) inside_.erase(inside);
}

}  // namespace net
