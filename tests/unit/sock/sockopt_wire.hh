#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/sock/socket.hh"
#include "net/sock/sockopt.hh"

// What options do to packets: sockets that set them by the table and see what arrives.
namespace net {

/// A socket of that kind; throws where there is none.
[[nodiscard]] Socket wire_socket(int family, int type, int protocol = 0);
/// A datagram socket on loopback, or on any address.
[[nodiscard]] Socket bound_udp(int family);
[[nodiscard]] Socket bound_udp_anywhere(int family);

/// set_text() and read_text() of sockopt_sockets.hh.
[[nodiscard]] std::string set_text(const Socket& socket, std::string_view setting);
[[nodiscard]] std::string read_text(const Socket& socket, std::string_view name);

/// sendto(2): "" or the symbol of the error.
[[nodiscard]] std::string send_text(const Socket& socket, std::string_view bytes, const Endpoint& to);

struct ControlMessage {
  int level = 0;
  int type = 0;
  std::string data{};

  /// The first four bytes as an int of this machine.
  [[nodiscard]] int number() const;
};

struct Received {
  std::string bytes{};
  std::vector<ControlMessage> control{};

  [[nodiscard]] const ControlMessage* find(int level, int type) const;
};

/// The next datagram; throws when none comes. With MSG_ERRQUEUE the next error.
[[nodiscard]] Received receive(const Socket& socket, int flags = 0);
/// The same without waiting, for what poll(2) does not announce.
[[nodiscard]] Received take(const Socket& socket, int flags = 0);
/// Whether one has come; on loopback it has when sendto(2) returns.
[[nodiscard]] bool has_arrived(const Socket& socket);

/// A file of /proc of the network of the calling thread: "net/igmp".
[[nodiscard]] std::string proc_text(const std::string& name);

}  // namespace net
