#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/relay_options.hh"
#include "net/addr/ip_range.hh"
#include "net/kern/port_policy.hh"

namespace cmd {

/// What only -z has.
struct ScanFlags {
  bool asked = false;  ///< -z; ConnectFlags::way says so too
  std::string file{};
  std::optional<std::uint64_t> concurrency{};
  std::optional<std::uint64_t> rate{};
  bool banner = false;
  bool all = false;

  // What the words say, once read.
  std::vector<std::string> hosts{};
  std::vector<net::kern::PortRange> ports{};
};

void declare_scan_options(CLI::App& app, ScanFlags& flags);

/// HOST... PORTS, or PORTS alone with a file. `family` is the only one of the addresses, unless AF_UNSPEC.
/// Throws UsageError, StartError.
void read_scan_words(ScanFlags& flags, const std::vector<std::string>& words, const RelayOptions& relay,
                     int family);

/// A HOST of -z: a name, an address, or the hosts of a network.
struct ScanHostWord {
  std::string text{};
  std::optional<net::Endpoint> address{};
  std::optional<net::IpRange> network{};
};

/// Throws UsageError, StartError (no such interface).
[[nodiscard]] ScanHostWord read_scan_host(const std::string& text, bool numeric, int family);

}  // namespace cmd
