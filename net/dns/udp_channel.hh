#pragma once

#include <list>
#include <optional>
#include <vector>

#include "net/base/bytes.hh"
#include "net/base/error.hh"
#include "net/loop/reactor.hh"
#include "net/sock/datagram.hh"
#include "net/sock/error_queue.hh"

namespace net::dns {

/// Datagrams to several servers and whatever comes back, from anybody: the sockets are not connected, so that
/// a stranger's datagram can be seen and told. One socket a family, its port the kernel's random choice.
class UdpChannel {
 public:
  UdpChannel(Reactor& reactor, const std::optional<Endpoint>& source)
      : reactor_(reactor), source_(source), in_(reactor), out_(reactor), buffer_(65536) {}

  /// Sends at once or not at all; a full buffer counts as a datagram lost on the way.
  [[nodiscard]] std::error_code send(ByteView message, const Endpoint& server);

  /// What came: a datagram, or an ICMP message about one of ours.
  struct Arrival {
    Buffer message{};
    Endpoint source{};
    std::optional<IcmpReport> icmp{};
  };
  /// The next one that is here; nothing when all was taken. Then wait for in().
  [[nodiscard]] std::optional<Arrival> take();
  [[nodiscard]] Event& in() { return in_; }

 private:
  struct Port {
    Port(UdpChannel& channel, Socket socket, int family);
    Datagram datagram;
    int family;
    Watch watch;
  };
  [[nodiscard]] std::expected<Port*, std::error_code> port_for(int family);
  [[nodiscard]] std::optional<Arrival> take_from(const Port& port);

  Reactor& reactor_;
  std::optional<Endpoint> source_;
  Event in_;
  Event out_;
  std::list<Port> ports_{};
  std::vector<std::byte> buffer_;
};

/// The address of this host that datagrams to `server` leave from, or none. Sends nothing.
[[nodiscard]] std::optional<Endpoint> own_address_towards(const Endpoint& server);

}  // namespace net::dns
