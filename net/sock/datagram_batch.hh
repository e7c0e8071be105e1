#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "net/base/bytes.hh"
#include "net/sock/socket.hh"

namespace net {

/// How many datagrams one system call moves at most: beyond, a call's own cost no longer shows.
inline constexpr std::size_t batch_limit = 64;

/// The most that one datagram holds.
inline constexpr std::size_t datagram_limit = 65535;

/// Sends on a connected socket (sendmmsg(2)), at most batch_limit datagrams: how many were taken, at least
/// one; or why the first was not. What stopped a batch half way is what the next call answers.
[[nodiscard]] std::expected<std::size_t, std::error_code> send_batch(const Socket& socket,
                                                                     std::span<const Buffer> datagrams);

/// Receives from a socket (recvmmsg(2)), whole datagrams of any size.
class ReceiveBatch {
 public:
  ReceiveBatch();

  /// How many came, at least one; or why none.
  [[nodiscard]] std::expected<std::size_t, std::error_code> receive(const Socket& socket);
  /// One of those that came with the last call; the next takes its place.
  [[nodiscard]] ByteView operator[](std::size_t index) const {
    return {room_.get() + index * datagram_limit, sizes_[index]};
  }

 private:
  // Not initialised: pages that no datagram reaches never cost memory.
  std::unique_ptr<std::uint8_t[]> room_;
  std::vector<std::size_t> sizes_;
};

}  // namespace net
