#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/base/clock.hh"
#include "net/loop/reactor.hh"
#include "net/sock/endpoint.hh"
#include "tests/support/dns_message.hh"
#include "tests/support/net.hh"

namespace net::dns {

/// One query at a scripted server, and the way back.
struct Exchange {
  test::dns::Query query{};
  std::string bytes{};  ///< the whole query
  bool tcp = false;
  Duration at{};           ///< since the network was made
  std::string address{};   ///< the client's
  std::uint16_t port = 0;  ///< the client's

  /// A message back, as a datagram or behind its length.
  std::function<void(const std::string& message)> send{};
  /// Bytes as they are, by TCP.
  std::function<void(const std::string& bytes)> send_raw{};
  /// Closes the TCP connection.
  std::function<void()> close{};

  /// The question back, with these records; an OPT when the query had one.
  [[nodiscard]] std::string reply(unsigned rcode, const std::vector<test::dns::Answer>& answers = {}) const {
    test::dns::Message message = test::dns::reply_to(query);
    message.flags |= rcode;
    message.answer = answers;
    return message.wire();
  }
  [[nodiscard]] std::string address_reply() const {
    return reply(0, {{query.name, test::Record::address("192.0.2.1")}});
  }
  [[nodiscard]] std::string cut_reply() const {
    test::dns::Message message = test::dns::reply_to(query);
    message.flags |= test::dns::tc;
    return message.wire();
  }
};

/// Name servers and the time, both turned by hand in the test's own thread: a Reactor on this clock has
/// nothing to do, so the servers act; when they have nothing to do either, the time jumps. A timeout costs no
/// waiting.
class ScriptedNetwork final : public Clock {
 public:
  using Script = std::function<void(Exchange& exchange)>;

  class Server {
   public:
    Server(ScriptedNetwork& network, std::string address, std::uint16_t port, Script script)
        : network_(network), script_(std::move(script)), address_(std::move(address)), udp_(address_, port) {
      tcp_.emplace(address_, test::TcpServer::Settings{.port = udp_.port()});
    }
    [[nodiscard]] Endpoint endpoint() const { return *Endpoint::parse_ip(address_, udp_.port()); }
    /// What it was asked so far.
    std::vector<Exchange> asked{};
    void close_tcp() { tcp_.reset(); }

   private:
    friend class ScriptedNetwork;
    void add_descriptors(std::vector<pollfd>& into) const {
      into.push_back({udp_.fd(), POLLIN, 0});
      if (tcp_) into.push_back({tcp_->fd(), POLLIN, 0});
      for (const test::Peer& peer : peers_) into.push_back({peer.fd(), POLLIN, 0});
    }
    static bool readable(int fd) {
      pollfd one{fd, POLLIN, 0};
      return poll(&one, 1, 0) == 1;
    }
    void act() {
      while (readable(udp_.fd())) {
        const test::Datagram datagram = udp_.recv();
        Exchange exchange = exchange_of(datagram.bytes, datagram.address, datagram.port);
        exchange.send = [this, datagram](const std::string& message) { udp_.reply(datagram, message); };
        play(exchange);
      }
      while (tcp_ && readable(tcp_->fd())) peers_.push_back(tcp_->accept());
      for (auto peer = peers_.begin(); peer != peers_.end();) {
        const bool over = readable(peer->fd()) && !serve(*peer);
        peer = over ? peers_.erase(peer) : std::next(peer);
      }
    }
    /// False when the connection is over.
    bool serve(test::Peer& peer) {
      char first = 0;
      if (recv(peer.fd(), &first, 1, MSG_PEEK) <= 0) return false;
      const std::string length = peer.recv_exact(2);
      const auto byte = [&length](std::size_t i) { return static_cast<unsigned char>(length[i]); };
      Exchange exchange = exchange_of(peer.recv_exact(static_cast<std::size_t>(byte(0) << 8 | byte(1))),
                                      peer.peer_address(), peer.peer_port());
      bool open = true;
      exchange.tcp = true;
      exchange.send_raw = [&peer](const std::string& bytes) { peer.send_all(bytes); };
      exchange.send = [&peer](const std::string& message) {
        peer.send_all(test::dns::u16(static_cast<std::uint16_t>(message.size())) + message);
      };
      exchange.close = [&open] { open = false; };
      play(exchange);
      return open;
    }
    [[nodiscard]] Exchange exchange_of(std::string bytes, std::string address, std::uint16_t port) const {
      Exchange exchange;
      if (const auto query = test::dns::parse_query(bytes)) exchange.query = *query;
      exchange.bytes = std::move(bytes);
      exchange.at = network_.elapsed();
      exchange.address = std::move(address);
      exchange.port = port;
      return exchange;
    }
    void play(Exchange& exchange) {
      asked.push_back(exchange);
      if (script_) script_(exchange);
    }

    ScriptedNetwork& network_;
    Script script_;
    std::string address_;
    test::UdpSocket udp_;
    std::optional<test::TcpServer> tcp_;
    std::list<test::Peer> peers_;
  };

  /// A server on UDP and TCP of one port; without a script it is silent (and takes TCP connections).
  Server& add(Script script = {}, const std::string& address = "127.0.0.1", std::uint16_t port = 0) {
    // The TCP side of a port that is free for UDP may be taken.
    for (int attempt = 0;; ++attempt) {
      try {
        return *servers_.emplace_back(std::make_unique<Server>(*this, address, port, script));
      } catch (const std::exception&) {
        if (port != 0 || attempt == 20) throw;
      }
    }
  }

  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] Duration elapsed() const { return now_ - start; }
  /// From a script: so long does the way take.
  void pass(Duration span) { now_ += span; }

  [[nodiscard]] bool jump_to(TimePoint when) override {
    // The kernel delivers on loopback at once; on a busy machine it may be a little later.
    constexpr int grace_ms = 20;
    std::vector<pollfd> all;
    for (const auto& server : servers_) server->add_descriptors(all);
    if (poll(all.data(), all.size(), looked_ ? 0 : grace_ms) > 0) {
      for (const auto& server : servers_) server->act();
      looked_ = false;
    } else if (!std::exchange(looked_, !looked_)) {
      // Once more into the client's own descriptors, at the same time.
    } else {
      now_ = when;
    }
    return true;
  }

 private:
  static constexpr TimePoint start = TimePoint(std::chrono::seconds(1000));
  TimePoint now_ = start;
  bool looked_ = false;
  std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace net::dns
