#pragma once

#include <cstdint>
#include <optional>

#include "net/base/clock.hh"

namespace CLI {
class App;
}

namespace cmd {

/// What connect does again and again: --ping, --wait, --retry.
struct RepeatFlags {
  bool ping = false;
  bool wait = false;
  std::optional<std::uint64_t> count{};
  std::optional<net::Duration> interval{};
  std::optional<std::uint64_t> resolve_every{};
  std::uint64_t retries = 0;  ///< of a connection that failed; `endless` for no limit

  static constexpr std::uint64_t endless = UINT64_MAX;
};

void declare_repeat_flags(CLI::App& app, RepeatFlags& flags);

}  // namespace cmd
