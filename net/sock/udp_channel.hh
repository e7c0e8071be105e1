#pragma once

#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "net/base/bytes.hh"
#include "net/base/error.hh"
#include "net/loop/reactor.hh"
#include "net/sock/datagram.hh"
#include "net/sock/error_queue.hh"

namespace net {

/// Datagrams to several peers and whatever comes back, from anybody: the sockets are not connected, so that
/// a stranger's datagram can be seen and told. One socket a family, its port the kernel's random choice.
class UdpChannel {
 public:
  /// Makes the socket of a family, bound if it must be.
  using OpenSocket = std::function<Result<Socket>(int family)>;

  UdpChannel(Reactor& reactor, OpenSocket open)
      : open_(std::move(open)), reactor_(reactor), in_(reactor), out_(reactor), buffer_(65536) {}
  /// With sockets bound to `source`, or to any address.
  UdpChannel(Reactor& reactor, const std::optional<Endpoint>& source);

  /// Sends at once or not at all; a full buffer counts as a datagram lost on the way.
  [[nodiscard]] Result<void> send(ByteView message, const Endpoint& peer);

  /// What came: a datagram, or an ICMP message about one of ours.
  struct Arrival {
    Buffer message{};
    Endpoint source{};
    std::optional<IcmpReport> icmp{};
  };
  /// The next one that is here; nothing when all was taken. Then wait for in().
  [[nodiscard]] std::optional<Arrival> take();
  [[nodiscard]] Event& in() { return in_; }
  /// The address of our own that a family's datagrams leave from, once one did.
  [[nodiscard]] Endpoint local(int family) const;

 private:
  struct Port {
    Port(UdpChannel& channel, Socket socket, int family);
    Datagram datagram;
    int family;
    Watch watch;
  };
  [[nodiscard]] Result<Port*> port_for(int family);
  [[nodiscard]] std::optional<Arrival> take_from(const Port& port);

  OpenSocket open_;
  Reactor& reactor_;
  Event in_;
  Event out_;
  std::list<Port> ports_{};
  std::vector<std::byte> buffer_;
};

/// The address of this host that datagrams to `peer` leave from, or none. Sends nothing.
[[nodiscard]] std::optional<Endpoint> own_address_towards(const Endpoint& peer);

}  // namespace net
