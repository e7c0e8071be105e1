#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "net/sock/endpoint.hh"

namespace net {

/// What tells the peers of a datagram socket apart: where they are, and, for those who serve each address of
/// ours by itself, the one that they wrote to.
struct PeerPath {
  Endpoint peer;
  Endpoint local{};
  friend bool operator==(const PeerPath& a, const PeerPath& b) = default;
};

struct HashPeerPath {
  static std::size_t hash(const Endpoint& endpoint) {
    if (endpoint.is_unix()) return std::hash<std::string>()(endpoint.text());
    if (!endpoint.is_ip()) return 0;
    const auto bytes = endpoint.address_bytes();
    const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return std::hash<std::string_view>()(view) * 31 + endpoint.port();
  }
  std::size_t operator()(const PeerPath& path) const { return hash(path.peer) * 31 + hash(path.local); }
};

/// The peers of a datagram socket in the order in which they were last heard.
template <class Peer>
class RecentPeers {
 public:
  /// The one of that path, which is the most recent from now on; or null.
  [[nodiscard]] Peer* heard(const PeerPath& path) {
    const auto known = by_path_.find(path);
    if (known == by_path_.end()) return nullptr;
    peers_.splice(peers_.begin(), peers_, known->second);
    return &front();
  }
  /// A new one, the most recent.
  Peer& add(const PeerPath& path, Peer peer) {
    peers_.emplace_front(path, std::move(peer));
    by_path_.emplace(path, peers_.begin());
    return front();
  }
  void remove(const PeerPath& path) {
    const auto known = by_path_.find(path);
    if (known == by_path_.end()) return;
    peers_.erase(known->second);
    by_path_.erase(known);
  }
  /// Takes out the one that was silent the longest. There must be one.
  [[nodiscard]] Peer take_oldest() {
    Peer oldest = std::move(peers_.back().second);
    by_path_.erase(peers_.back().first);
    peers_.pop_back();
    return oldest;
  }
  /// The most recent, and the one that was silent the longest.
  [[nodiscard]] Peer& front() { return peers_.front().second; }
  [[nodiscard]] const Peer& front() const { return peers_.front().second; }
  [[nodiscard]] const Peer& back() const { return peers_.back().second; }
  [[nodiscard]] std::size_t size() const { return peers_.size(); }
  [[nodiscard]] bool empty() const { return peers_.empty(); }

 private:
  using Peers = std::list<std::pair<PeerPath, Peer>>;
  Peers peers_{};
  std::unordered_map<PeerPath, typename Peers::iterator, HashPeerPath> by_path_{};
};

/// The last few strangers that were turned away: each is told of once, however much it sends.
class ToldOnce {
 public:
  /// True if `peer` is not among them; it is from now on.
  [[nodiscard]] bool is_new(const Endpoint& peer) {
    if (std::ranges::find(told_, peer) != told_.end()) return false;
    told_.at(next_++ % told_.size()) = peer;
    return true;
  }

 private:
  std::array<Endpoint, 16> told_{};
  std::size_t next_ = 0;
};

}  // namespace net
