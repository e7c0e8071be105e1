#include "tests/unit/sock/sockopt_wire.hh"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/wait.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

namespace net {

Socket wire_socket(int family, int type, int protocol) {
  auto socket = Socket::open(family, type, protocol);
  if (!socket) throw std::runtime_error("socket: " + socket.error().symbol());
  return std::move(*socket);
}

namespace {

Socket udp_at(const Endpoint& address) {
  Socket socket = wire_socket(address.family(), SOCK_DGRAM);
  if (const auto bound = socket.bind(address); !bound) {
    throw std::runtime_error("bind: " + bound.error().symbol());
  }
  return socket;
}

}  // namespace

Socket bound_udp(int family) {
  return udp_at(Endpoint::loopback(family, 0));
}

Socket bound_udp_anywhere(int family) {
  return udp_at(Endpoint::any(family, 0));
}

std::string set_text(const Socket& socket, std::string_view setting) {
  return set_text(socket.fd(), setting);
}

std::string read_text(const Socket& socket, std::string_view name) {
  return read_text(socket.fd(), name);
}

std::string send_text(const Socket& socket, std::string_view bytes, const Endpoint& to) {
  const bool connected = to.family() == AF_UNSPEC;
  const ssize_t sent = sendto(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
                              connected ? nullptr : to.data(), connected ? 0 : to.size());
  return sent >= 0 ? std::string() : Error("sendto", {}, errno_code()).symbol();
}

int ControlMessage::number() const {
  int value = 0;
  std::memcpy(&value, data.data(), std::min(sizeof value, data.size()));
  return value;
}

const ControlMessage* Received::find(int level, int type) const {
  const auto found = std::ranges::find_if(
      control, [&](const ControlMessage& message) { return message.level == level && message.type == type; });
  return found == control.end() ? nullptr : &*found;
}

Received receive(const Socket& socket, int flags) {
  const short event = (flags & MSG_ERRQUEUE) != 0 ? POLLERR : POLLIN;
  if (!test::poll_one(socket.fd(), event, test::Deadline(test::patience))) {
    throw std::runtime_error("no datagram came");
  }
  return take(socket, flags);
}

Received take(const Socket& socket, int flags) {
  std::vector<char> bytes(65536);
  alignas(cmsghdr) std::array<char, 2048> control{};
  iovec memory{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &memory;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket.fd(), &message, flags | MSG_DONTWAIT);
  if (size < 0) test::fail_errno("recvmsg");
  Received received{.bytes = std::string(bytes.data(), static_cast<std::size_t>(size))};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    const auto* data = reinterpret_cast<const char*>(CMSG_DATA(header));
    received.control.push_back(
        {header->cmsg_level, header->cmsg_type, std::string(data, header->cmsg_len - CMSG_LEN(0))});
  }
  return received;
}

bool has_arrived(const Socket& socket) {
  pollfd wanted{socket.fd(), POLLIN, 0};
  return poll(&wanted, 1, 0) == 1;
}

std::string proc_text(const std::string& name) {
  std::ifstream file("/proc/thread-self/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace net
