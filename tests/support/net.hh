#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/wait.hh"

namespace test {

/// One end of a connection, or a connected datagram socket. Blocking, with a deadline on everything.
class Peer {
 public:
  Peer() = default;
  explicit Peer(Fd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::string local_address() const;
  [[nodiscard]] std::uint16_t local_port() const;
  [[nodiscard]] std::string peer_address() const;
  [[nodiscard]] std::uint16_t peer_port() const;

  void send_all(std::string_view bytes, Duration timeout = patience);
  /// What has come: one datagram, or at least one byte; empty at the end. Throws on a reset and at the end of
  /// the time.
  [[nodiscard]] std::string recv_some(Duration timeout = patience);
  [[nodiscard]] std::string recv_exact(size_t bytes, Duration timeout = patience);
  /// Reads byte by byte, so that what follows `text` is still to be read.
  [[nodiscard]] std::string recv_until(std::string_view text, Duration timeout = patience);
  [[nodiscard]] std::string recv_until_eof(Duration timeout = patience);
  /// Reads and drops until the end: true if that was a reset, false if it was an end of file.
  [[nodiscard]] bool ends_by_reset(Duration timeout = patience);
  /// True if neither a byte nor the end comes for that long.
  [[nodiscard]] bool silent_for(Duration span);

  void shutdown_write();
  /// Closes so that a RST is sent (SO_LINGER 0).
  void reset();
  void close() { fd_.close(); }

 private:
  Fd fd_;
};

/// A listening TCP socket; the port is chosen by the kernel unless given.
class TcpServer {
 public:
  struct Settings {
    std::uint16_t port = 0;
    int backlog = 1024;
    /// SO_RCVBUF before listen(), inherited by every connection: a small window soon stalls the sender.
    int receive_buffer = 0;
  };
  explicit TcpServer(const std::string& address = "127.0.0.1") : TcpServer(address, Settings()) {}
  TcpServer(const std::string& address, Settings settings);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The port in digits, as argv takes it.
  [[nodiscard]] std::string port_text() const { return std::to_string(port_); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] Peer accept(Duration timeout = patience);
  /// True if nobody connects for that long.
  [[nodiscard]] bool nobody_for(Duration span);
  /// Stops listening: connections in the backlog are reset.
  void close() { fd_.close(); }

 private:
  Fd fd_;
  std::uint16_t port_ = 0;
};

/// `address` in digits, with %scope where it needs one.
[[nodiscard]] Peer connect_tcp(const std::string& address, std::uint16_t port, Duration timeout = patience);
/// As connect_tcp, again and again while the port refuses: for servers that do not say when they listen.
[[nodiscard]] Peer connect_tcp_soon(const std::string& address, std::uint16_t port,
                                    Duration timeout = patience);

struct Datagram {
  std::string bytes;
  std::string address;
  std::uint16_t port = 0;
};

class UdpSocket {
 public:
  explicit UdpSocket(const std::string& address = "127.0.0.1", std::uint16_t port = 0);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string port_text() const { return std::to_string(port_); }
  /// Then an ICMP refusal is an exception of the next call.
  void connect(const std::string& address, std::uint16_t port);
  void send(std::string_view bytes);
  void send_to(std::string_view bytes, const std::string& address, std::uint16_t port);
  void reply(const Datagram& to, std::string_view bytes) { send_to(bytes, to.address, to.port); }
  [[nodiscard]] Datagram recv(Duration timeout = patience);
  [[nodiscard]] bool silent_for(Duration span);
  void close() { fd_.close(); }

 private:
  Fd fd_;
  std::uint16_t port_ = 0;
};

/// A port of that type (SOCK_STREAM, SOCK_DGRAM) that was free a moment ago: nobody answers there.
[[nodiscard]] std::uint16_t closed_port(int type, const std::string& address = "127.0.0.1");

/// A TCP port on loopback that drops every SYN: a listener whose queue is full. Silence without root; it
/// was proved silent when the constructor returns. (For silent addresses see Namespace::blackhole.)
class SilentPort {
 public:
  explicit SilentPort(const std::string& address = "127.0.0.1");

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string port_text() const { return server_.port_text(); }
  /// Takes the waiting clients away, so that the next SYN is answered.
  void open();

 private:
  TcpServer server_;
  std::vector<Fd> queue_;
};

}  // namespace test
