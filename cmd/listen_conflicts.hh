#pragma once

#include <string>
#include <vector>

#include "cmd/listen_options.hh"

namespace cmd {

/// The way of listening that the options ask for. Throws UsageError for two ways at once, and for an option
/// that means nothing in that way: `given` are the options of the command line by their longest names,
/// `flags` what they say.
[[nodiscard]] ListenWay listen_way(const std::vector<std::string>& given, const ListenFlags& flags);

}  // namespace cmd
