#pragma once

#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/net.hh"

namespace test {

/// Answers the datagrams of a socket, in a thread, for as long as it lives.
///
///   UdpServer echo(UdpSocket("127.0.0.1"), UdpServer::echo);
class UdpServer {
 public:
  using Answer = std::function<void(UdpSocket& socket, const Datagram& asked)>;
  static void echo(UdpSocket& socket, const Datagram& asked) { socket.reply(asked, asked.bytes); }

  UdpServer(UdpSocket socket, Answer answer)
      : socket_(std::move(socket)), thread_([this, answer = std::move(answer)] {
          for (;;) {
            const bool waits = socket_.silent_for(std::chrono::hours(1));
            if (over_) return;
            if (!waits) answer(socket_, socket_.recv());
          }
        }) {}
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;
  ~UdpServer() {
    over_ = true;
    // It wakes who waits, though it says ENOTCONN.
    shutdown(socket_.fd(), SHUT_RDWR);
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return socket_.port(); }
  [[nodiscard]] std::string port_text() const { return socket_.port_text(); }

 private:
  UdpSocket socket_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace test
