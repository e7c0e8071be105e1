#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hh"
#include "net/kern/sock_diag.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/socket.hh"
#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_read.hh"

namespace cmd {

/// The command line of sockopt.
struct SockoptFlags {
  // The kind of socket: of a fresh one to make, or of the live ones to look for.
  bool tcp = false;
  bool udp = false;
  bool udplite = false;
  bool mptcp = false;
  bool raw = false;
  bool unix_domain = false;
  std::string type{};
  bool ipv4 = false;
  bool ipv6 = false;

  // The target.
  std::string connect{};
  std::string listen{};
  std::optional<pid_t> pid{};
  std::optional<int> fd{};
  std::string local{};
  std::string peer{};
  std::optional<net::kern::SocketState> state{};

  // What to do with it.
  bool destructive = false;
  bool set_live = false;
  bool changed = false;
  bool list = false;
  std::optional<net::Duration> watch{};
  std::vector<const net::SocketOption*> explain{};

  // Out of the words, in their order.
  std::vector<const net::SocketOption*> names{};
  std::vector<net::OptionSetting> settings{};

  /// A live socket of another process, rather than one of our own.
  [[nodiscard]] bool live() const;
  /// AF_INET, AF_INET6 or AF_UNSPEC.
  [[nodiscard]] int family() const;
  /// The kind of the fresh socket that was asked for; without a word about it the first that has all the
  /// options that are named, TCP over IPv4 before all others.
  [[nodiscard]] net::SocketKind fresh_kind() const;
  /// The same for the dialer and the listener.
  [[nodiscard]] net::Transport transport() const;
  /// Which live sockets are wanted. Throws UsageError.
  [[nodiscard]] net::kern::SocketQuery query() const;
};

void declare_sockopt_flags(CLI::App& app, SockoptFlags& flags);

/// "tcp over IPv4", "unix-dgram".
[[nodiscard]] std::string kind_text(const net::SocketKind& kind);

/// NAME and NAME=VALUE out of the words, and what options exclude each other. Throws UsageError.
void read_sockopt_words(SockoptFlags& flags, const std::vector<std::string>& words);

}  // namespace cmd
