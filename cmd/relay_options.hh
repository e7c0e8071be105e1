#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hh"
#include "net/base/clock.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/socket.hh"
#include "net/sock/sockopt.hh"
#include "net/stream/message_pump.hh"

namespace cmd {

/// What connect and listen have in common: which kind of socket, and how the conversation goes on and ends.
struct RelayOptions {
  // The socket.
  bool udp = false;
  bool unix_domain = false;
  std::string type{};
  bool ipv4 = false;
  bool ipv6 = false;
  bool numeric = false;
  std::string interface{};
  std::vector<net::OptionSetting> socket_options{};

  // The conversation.
  bool no_stdin = false;
  bool send_only = false;
  bool recv_only = false;
  bool no_shutdown = false;
  std::optional<net::Duration> quit_after{};
  net::Duration drain = std::chrono::milliseconds(250);
  std::optional<net::Duration> idle{};
  net::Duration deadline = net::forever;
  net::Framing framing{};
  bool crlf = false;
  bool telnet = false;
  std::string hexdump{};
  bool progress = false;

  [[nodiscard]] net::Transport transport() const;
  /// AF_INET, AF_INET6, or AF_UNSPEC.
  [[nodiscard]] int family() const;
};

void declare_relay_options(CLI::App& app, RelayOptions& options);

/// Throws UsageError for combinations that make no sense, StartError for an interface that is not there;
/// turns the index of an interface into its name. `messages`: bytes become datagrams somewhere, if not on
/// this socket.
void check_relay_options(RelayOptions& options, bool json, bool messages = false);

/// Throws UsageError for an option that no socket of this kind can take.
void check_socket_options(const RelayOptions& options, int family);

/// A path of a Unix socket. Throws UsageError.
[[nodiscard]] net::Endpoint unix_endpoint(const std::string& path);

/// An address literal. Throws UsageError, or StartError when its zone is no interface here.
[[nodiscard]] net::Endpoint ip_endpoint(const std::string& text, std::uint16_t port);

/// Throws UsageError when `host` is neither an address (of `family`, unless AF_UNSPEC) nor can be a name:
/// "127.1", "010.0.0.1", or any name with `numeric`.
void check_host(const std::string& host, bool numeric, int family);

}  // namespace cmd
