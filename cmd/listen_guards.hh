#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hh"
#include "net/addr/ip_prefix.hh"
#include "net/serve/gate.hh"

namespace cmd {

/// Who may come in: --allow, --deny, --allow-file, --deny-file and --max-per-address.
struct Guards {
  /// One of the four as it stands on the command line: a prefix, or a file of them.
  struct Option {
    bool allow;
    std::optional<net::IpPrefix> prefix{};
    std::string file{};
  };
  std::vector<Option> options{};  ///< in the order of the command line
  std::uint64_t max_per_address = 0;
  std::string given{};  ///< one of the five that was given, if any was
  net::AccessList access{};
};

void declare_guards(CLI::App& app, Guards& guards);

/// Makes the access list of the options, and of the files that they name. Throws UsageError for a line that
/// is no rule, StartError for a file that cannot be read.
void read_guards(Guards& guards);

}  // namespace cmd
