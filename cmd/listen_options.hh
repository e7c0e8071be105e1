#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/relay_options.hh"
#include "net/sock/listener.hh"

namespace cmd {

/// The command line of listen.
struct ListenFlags {
  RelayOptions relay{};
  bool keep_open = false;
  bool no_reuse_address = false;
  std::optional<std::uint64_t> clients{};
  std::uint64_t max_clients = 1024;
  int backlog = 4096;
  std::optional<mode_t> mode{};
  std::string host{};  ///< as written; empty for every address
  std::uint16_t port = 0;
  std::optional<net::Endpoint> address{};  ///< once known: at once for a literal or a path
};

void declare_listen_flags(CLI::App& app, ListenFlags& flags);

/// [ADDRESS] PORT or PATH out of the words, and what options exclude each other. Throws UsageError,
/// StartError.
void read_listen_address(ListenFlags& flags, const std::vector<std::string>& words);

/// What the socket core needs; refers to `flags`, which must outlive it.
[[nodiscard]] net::ListenOptions listen_options(const ListenFlags& flags);

}  // namespace cmd
