#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/serve/datagram_source.hh"
#include "net/sock/datagram.hh"
#include "tests/support/net.hh"
#include "tests/unit/hand_clock.hh"

namespace net {

using Texts = std::vector<std::string>;

/// Writes down what it is told.
class SourceLog final : public SourceObserver {
 public:
  void rejected(const Endpoint& peer, Rejection reason) override {
    events.push_back(peer.text() + " " + std::string(rejection_name(reason)));
  }
  void failed(const Error& error) override { events.push_back("failed " + error.symbol()); }
  void dropped(const Client& client) override { events.push_back("dropped " + client.peer.text()); }
  Texts events{};
};

/// Time for all that has come to be taken from the socket.
inline Task<> settle(Reactor& reactor) {
  for (int i = 0; i < 50; ++i) co_await reactor.yield();
  // An error makes it pause.
  co_await reactor.sleep(std::chrono::milliseconds(2));
  for (int i = 0; i < 50; ++i) co_await reactor.yield();
}

class DatagramSourceTest : public testing::Test {
 protected:
  void open(const std::string& address = "127.0.0.1", const DatagramSourceOptions& options = {},
            bool icmp_errors = false) {
    ListenOptions listen;
    listen.transport.type = SOCK_DGRAM;
    listen.transport.unix_domain = address.front() == '/';
    if (listen.transport.unix_domain) {
      listen.address = *Endpoint::parse_unix(address);
    } else if (address != "*") {
      listen.address = *Endpoint::parse_ip(address, 0);
    }
    listen.prepare = [icmp_errors](const Socket& socket, int family) -> Result<void> {
      if (icmp_errors) static_cast<void>(socket.set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"));
      return want_packet_info(socket, family);
    };
    auto listener = Listener::open(listen);
    ASSERT_TRUE(listener) << listener.error().message();
    port_ = listener->local().port();
    source_ = make_datagram_source(reactor_, std::move(*listener), listen.transport, gate_, log_, options);
  }
  void send(test::UdpSocket& from, std::string_view text, const std::string& to = "127.0.0.1") {
    from.send_to(text, to, port_);
  }
  Connection next() {
    auto connection = reactor_.run(source_->next());
    EXPECT_TRUE(connection);
    return std::move(*connection);
  }
  void settle_all() { reactor_.run(settle(reactor_)); }
  /// The next datagram, or "(would block)".
  static std::string read(const Connection& connection) {
    std::vector<std::byte> buffer(70000);
    const Io got = connection.peer->read(buffer);
    if (got) return {reinterpret_cast<const char*>(buffer.data()), *got};
    return would_block(got.error()) ? "(would block)" : strerrorname_np(got.error().value());
  }
  static std::string write(const Connection& connection, std::string_view text) {
    const Io put = connection.peer->write(std::as_bytes(std::span(text)));
    return put ? "" : strerrorname_np(put.error().value());
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  Gate gate_;
  SourceLog log_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Source> source_;
};

}  // namespace net
