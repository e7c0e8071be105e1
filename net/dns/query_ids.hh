#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace net::dns {

/// The ids under which queries are out, for many sockets: each socket has 65536 of its own.
class QueryIds {
 public:
  QueryIds();

  /// A random id (getrandom(2)) that `socket` has not given out now. Must not be asked of a socket that has
  /// given out nearly all.
  [[nodiscard]] std::uint16_t give(std::uint16_t socket, std::uint32_t query);
  /// The query that an id of a socket was given to.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint16_t socket, std::uint16_t id) const;
  void take_back(std::uint16_t socket, std::uint16_t id);

 private:
  // A hash table with open addressing: no memory is asked for per id, and few cache lines per look.
  struct Entry {
    std::uint32_t key = 0;
    std::uint32_t query = free;
  };
  static constexpr std::uint32_t free = UINT32_MAX;

  [[nodiscard]] std::size_t home(std::uint32_t key) const;
  /// Where `key` is, or the free place where it belongs.
  [[nodiscard]] std::size_t place(std::uint32_t key) const;
  void grow();
  [[nodiscard]] std::uint16_t random();

  std::vector<Entry> entries_;
  unsigned bits_;
  std::size_t count_ = 0;
  std::array<std::uint16_t, 1024> pool_{};
  std::size_t pool_used_ = pool_.size();
};

}  // namespace net::dns
