#pragma once

#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/unix_socket.hh"

/// Forwarders, and what is on either side of them, as the tests of `listen --forward` start them.
namespace test {

/// One kind of socket, as listen is told of it.
struct Kind {
  const char* name;
  int type;
  bool unix_domain;
  std::vector<std::string> arguments;
  [[nodiscard]] bool has_end() const { return type != SOCK_DGRAM; }
};

inline const std::vector<Kind> kinds = {
    {"tcp", SOCK_STREAM, false, {}},
    {"udp", SOCK_DGRAM, false, {"-u"}},
    {"stream", SOCK_STREAM, true, {"-U"}},
    {"dgram", SOCK_DGRAM, true, {"-U", "-u"}},
    {"seqpacket", SOCK_SEQPACKET, true, {"-U", "--type", "seqpacket"}},
};

/// `nettool listen` on a socket of that kind.
[[nodiscard]] inline Listener start_of_kind(const Kind& kind, const std::string& path,
                                            std::vector<std::string> arguments, Options options = {}) {
  arguments.insert(arguments.begin(), kind.arguments.begin(), kind.arguments.end());
  if (kind.unix_domain) {
    arguments.push_back(path);
  } else {
    arguments.insert(arguments.end(), {"127.0.0.1", "0"});
  }
  return start_listener(std::move(arguments), std::move(options));
}

/// A client of that listener.
[[nodiscard]] inline Peer connect_kind(const Kind& kind, const Listener& listener) {
  if (kind.unix_domain) return connect_unix(listener.path, kind.type);
  if (kind.type == SOCK_STREAM) return connect_tcp("127.0.0.1", listener.port);
  UdpSocket socket;
  socket.connect("127.0.0.1", listener.port);
  return Peer(Fd(dup(socket.fd())));
}

/// How a forwarder is told of that listener as its target.
[[nodiscard]] inline std::vector<std::string> forward_to(const Kind& kind, const Listener& target) {
  if (kind.unix_domain) return {"--forward", "unix:" + target.path};
  return {kind.type == SOCK_DGRAM ? "--forward-udp" : "--forward", "127.0.0.1:" + target.port_text()};
}

/// A forwarder from a port of 127.0.0.1 to one of ours.
[[nodiscard]] inline Listener start_forward(std::uint16_t port, std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.end(), {"--forward", "127.0.0.1:" + std::to_string(port), "127.0.0.1", "0"});
  return start_listener(std::move(arguments), {.in = Stdio::null()});
}

/// The next event of that name, all others passed over.
[[nodiscard]] inline json::Value next_event(Listener& listener, std::string_view name) {
  for (;;) {
    json::Value event = json::parse(listener.program.read_line(Stream::err));
    if (event["event"].string() == name) return event;
  }
}

}  // namespace test
