#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "tests/support/net.hh"

namespace test {

/// A bound Unix socket: SOCK_STREAM and SOCK_SEQPACKET listen, SOCK_DGRAM receives. A path that begins with
/// '@' is an abstract name. The file is not removed at the end (TempDir does that).
class UnixServer {
 public:
  explicit UnixServer(const std::string& path, int type = SOCK_STREAM, int backlog = 128);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Peer accept(Duration timeout = patience);

  struct Message {
    std::string bytes;
    /// Who sent it, '@' for an abstract name (with its bytes as they are); empty if unbound.
    std::string from;
  };
  /// SOCK_DGRAM only.
  [[nodiscard]] Message recv(Duration timeout = patience);
  void send_to(std::string_view bytes, const std::string& path);
  void close() { fd_.close(); }

 private:
  Fd fd_;
  std::string path_;
};

/// Connects; a datagram socket is first bound to an abstract name of the kernel's choice, to get replies.
[[nodiscard]] Peer connect_unix(const std::string& path, int type = SOCK_STREAM, Duration timeout = patience);

}  // namespace test
