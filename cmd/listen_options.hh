#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/listen_guards.hh"
#include "cmd/relay_options.hh"
#include "net/serve/forward.hh"
#include "net/serve/model.hh"
#include "net/serve/service.hh"
#include "net/sock/listener.hh"

namespace cmd {

/// A datagram peer says no goodbye: this long without a word and it is gone.
inline constexpr net::Duration datagram_idle = std::chrono::seconds(60);

/// The ways of listening: with stdin and stdout, or as a server of some kind.
enum class ListenWay : unsigned {
  relay = 1,
  serve = 2,
  exec = 4,
  shell = 8,
  forward = 16,
  forward_udp = 32,
  broker = 64,
};

/// The command line of listen.
struct ListenFlags {
  RelayOptions relay{};
  ListenWay way = ListenWay::relay;
  // What clients get; without any of these they talk with stdin and stdout.
  std::optional<net::ServiceKind> service{};
  bool exec = false;                   ///< --exec: the command is what stands behind "--"
  std::vector<std::string> command{};  ///< of --exec or --shell
  std::string forward_text{};          ///< --forward, as written
  std::string forward_udp_text{};      ///< --forward-udp
  std::optional<net::ForwardTarget> forward{};
  net::Duration timeout = net::forever;  ///< of the way to the target
  bool broker = false;
  bool chat = false;
  net::ModelKind model = net::ModelKind::epoll;
  // Who gets it, and how long.
  Guards guards{};
  net::Duration grace{};
  bool keep_open = false;
  bool no_reuse_address = false;
  std::optional<std::uint64_t> clients{};
  std::optional<std::uint64_t> max_clients{};
  int backlog = 4096;
  std::optional<mode_t> mode{};
  std::string host{};  ///< as written; empty for every address
  std::uint16_t port = 0;
  std::optional<net::Endpoint> address{};  ///< once known: at once for a literal or a path

  /// Whether clients are served, and do not talk with stdin and stdout.
  [[nodiscard]] bool serves() const { return way != ListenWay::relay; }
  /// Whether the target may take datagrams: which type of socket a Unix one is will be seen.
  [[nodiscard]] bool forwards_messages() const {
    return !forward_udp_text.empty() || forward_text.starts_with("unix:");
  }
  /// --max-clients, or what is usual: a thread costs more than a place in a table.
  [[nodiscard]] std::uint64_t max_clients_at_once() const {
    return max_clients.value_or(model == net::ModelKind::thread ? 256 : 1024);
  }
};

void declare_listen_flags(CLI::App& app, ListenFlags& flags);

/// [ADDRESS] PORT or PATH out of the words, and what options exclude each other. Throws UsageError,
/// StartError.
void read_listen_address(ListenFlags& flags, const std::vector<std::string>& words);

/// What the socket core needs; refers to `flags`, which must outlive it.
[[nodiscard]] net::ListenOptions listen_options(const ListenFlags& flags);

}  // namespace cmd
