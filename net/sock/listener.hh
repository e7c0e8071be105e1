#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/loop/reactor.hh"
#include "net/sock/socket.hh"
#include "net/sock/unix_path.hh"

namespace net {

/// Where and how to listen (or, for datagrams, to receive).
struct ListenOptions {
  Transport transport{};
  std::optional<Endpoint> address{};  ///< nothing: every address of both families
  int family = AF_UNSPEC;             ///< with no address: one family only
  std::uint16_t port = 0;             ///< with no address; 0 lets the kernel choose
  int backlog = 4096;                 ///< bounded by net.core.somaxconn
  bool reuse_address = true;     ///< SO_REUSEADDR for TCP; never set for UDP, where a second socket would
                                 ///< silently take the traffic
  std::optional<mode_t> mode{};  ///< of a Unix socket file
  std::string interface{};
  /// Called on the socket before bind(2).
  std::function<Result<void>(const Socket&, int family)> prepare{};
};

/// A bound socket, listening if it is a stream or seqpacket one. A Unix socket file goes when this goes.
class Listener {
 public:
  /// EADDRINUSE may come from listen(2) as well as from bind(2); for Unix paths see BoundPath.
  static Result<Listener> open(const ListenOptions& options);
  [[nodiscard]] const Socket& socket() const { return socket_; }
  [[nodiscard]] Endpoint local() const { return socket_.local(); }
  /// True when both families were wanted and this host has no IPv6.
  [[nodiscard]] bool ipv4_only() const { return ipv4_only_; }
  /// For a datagram server: the socket, which the Listener must outlive.
  [[nodiscard]] Socket take_socket() { return std::move(socket_); }

 private:
  explicit Listener(Socket socket) : socket_(std::move(socket)) {}
  static Result<Listener> open_on(const ListenOptions& options, const Endpoint& address);

  Socket socket_;
  bool ipv4_only_ = false;
  BoundPath path_{};
};

/// Accepts clients one after the other. While the process or the host is out of descriptors or memory it
/// pauses, and clients wait in the backlog; `paused` is told once each time that begins.
class Acceptor {
 public:
  Acceptor(Reactor& reactor, const Socket& listener, std::function<void(const Error&)> paused);

  struct Client {
    Socket socket;
    Endpoint peer;
  };
  Task<Client> next();

 private:
  Reactor& reactor_;
  const Socket& listener_;
  std::function<void(const Error&)> paused_;
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
