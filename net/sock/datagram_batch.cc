#include "net/sock/datagram_batch.hh"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/base/error.hh"

namespace net {

std::expected<std::size_t, std::error_code> send_batch(const Socket& socket,
                                                       std::span<const Buffer> datagrams) {
  std::array<mmsghdr, batch_limit> messages{};
  std::array<iovec, batch_limit> parts{};
  const std::size_t count = std::min(datagrams.size(), batch_limit);
  for (std::size_t i = 0; i < count; ++i) {
    parts[i] = {const_cast<std::uint8_t*>(datagrams[i].data()), datagrams[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int sent = 0;
  do {
    sent = sendmmsg(socket.fd(), messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return std::unexpected(errno_code());
  return static_cast<std::size_t>(sent);
}

ReceiveBatch::ReceiveBatch()
    : room_(std::make_unique_for_overwrite<std::uint8_t[]>(batch_limit * datagram_limit)),
      sizes_(batch_limit) {}

std::expected<std::size_t, std::error_code> ReceiveBatch::receive(const Socket& socket) {
  std::array<mmsghdr, batch_limit> messages{};
  std::array<iovec, batch_limit> parts{};
  for (std::size_t i = 0; i < batch_limit; ++i) {
    parts[i] = {room_.get() + i * datagram_limit, datagram_limit};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int got = 0;
  do {
    got = recvmmsg(socket.fd(), messages.data(), batch_limit, MSG_DONTWAIT, nullptr);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return std::unexpected(errno_code());
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) sizes_[i] = messages[i].msg_len;
  return static_cast<std::size_t>(got);
}

}  // namespace net
