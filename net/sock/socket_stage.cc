#include "net/sock/socket_stage.hh"

#include <sys/socket.h>

namespace net {
namespace {

// The bit of SO_BUF_LOCK for the receive buffer.
constexpr std::uint32_t receive_buffer_lock = 2;

}  // namespace

SocketStage socket_stage(int fd) {
  SocketStage stage;
  const auto facts = socket_facts(fd);
  if (!facts) return stage;
  stage.kind = facts->kind;
  stage.bound = facts->bound;
  stage.listening = facts->listening;
  stage.connected = facts->connected;
  int buffer = 0;
  socklen_t length = sizeof buffer;
  const bool by_hand = (facts->buffer_lock & receive_buffer_lock) != 0;
  if (by_hand && getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, &length) == 0) stage.receive_buffer = buffer;
  return stage;
}

SocketStage SocketStage::before_all() const {
  return {.kind = kind, .connected_since = connected, .receive_buffer = receive_buffer};
}

}  // namespace net
