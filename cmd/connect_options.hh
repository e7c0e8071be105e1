#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/connect_conflicts.hh"
#include "cmd/connect_repeat_options.hh"
#include "cmd/connect_scan_options.hh"
#include "cmd/connect_trace_options.hh"
#include "cmd/relay_options.hh"
#include "net/dial/attempt.hh"

namespace cmd {

/// The command line of connect.
struct ConnectFlags {
  ConnectWay way = ConnectWay::relay;
  RelayOptions relay{};
  std::optional<net::Duration> timeout{};
  std::string source_text{};
  std::string source_port_text{};
  std::string shutdown{};
  bool no_race = false;
  bool unconnected = false;
  ScanFlags scan{};
  RepeatFlags repeat{};

  TraceFlags trace{};

  // What the words say, once read.
  std::string host{};
  std::uint16_t port = 0;
  std::optional<net::Endpoint> path{};  ///< with -U, in place of host and port
  std::optional<net::Endpoint> source{};
  std::uint16_t source_port = 0;
};

void declare_connect_flags(CLI::App& app, ConnectFlags& flags);

/// Everything about the words and how the options fit together. Throws UsageError, StartError.
void read_connect_words(ConnectFlags& flags, const std::vector<std::string>& words, bool json);

/// What the socket core needs; the time limit is `flags.timeout`.
[[nodiscard]] net::DialOptions dial_options(const ConnectFlags& flags);

}  // namespace cmd
