#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/serve/datagram_server.hh"
#include "tests/support/net.hh"
#include "tests/unit/hand_clock.hh"

namespace net {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

inline Task<> sleep_for(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
}

/// Writes down what it is told.
class Log final : public DatagramObserver {
 public:
  void accepted(const DatagramClient& client) override { add("accepted", client); }
  void rejected(const Endpoint& peer, Rejection reason) override {
    events.push_back("rejected " + std::to_string(peer.port()));
    reasons.emplace_back(rejection_name(reason));
  }
  void forgotten(const DatagramClient& client) override { add("forgotten", client); }
  void unanswered(const DatagramClient& client, const Error& error) override {
    add("unanswered", client);
    errors.push_back(error.symbol());
  }
  Texts events;
  Texts errors;
  Texts reasons;

 private:
  void add(const std::string& what, const DatagramClient& client) {
    events.push_back(what + " " + std::to_string(client.id));
  }
};

class DatagramServerTest : public testing::Test {
 protected:
  void open(bool many, std::size_t max_clients = 10, const char* address = "127.0.0.1") {
    const Endpoint endpoint = *Endpoint::parse_ip(address, 0);
    auto socket = Socket::open(endpoint.family(), SOCK_DGRAM);
    ASSERT_TRUE(socket && want_packet_info(*socket, endpoint.family()) && socket->bind(endpoint));
    server_.emplace(reactor_, std::move(*socket), gate_, many, max_clients, log_);
  }
  void send(test::UdpSocket& from, std::string_view text, const char* to = "127.0.0.1") {
    from.send_to(text, to, server_->socket().local().port());
    const test::Deadline deadline(test::patience);
    ASSERT_TRUE(test::poll_one(server_->socket().fd(), POLLIN, deadline));
  }
  /// The next datagram, or "(would block)".
  std::string read() {
    std::array<std::byte, 2000> buffer{};
    const Io got = server_->read(buffer);
    if (got) return {reinterpret_cast<const char*>(buffer.data()), *got};
    return would_block(got.error()) ? "(would block)" : strerrorname_np(got.error().value());
  }
  Io write(std::string_view text) { return server_->write(std::as_bytes(std::span(text))); }

  HandClock clock_;
  Reactor reactor_{clock_};
  Log log_;
  Gate gate_;
  std::optional<DatagramServer> server_;
};

}  // namespace net
