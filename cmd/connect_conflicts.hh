#pragma once

#include <string>
#include <vector>

namespace cmd {

/// What connect is asked to do.
enum class ConnectWay : unsigned { relay = 1, scan = 2, ping = 4, wait = 8, trace = 16 };

/// The way that the options ask for. Throws UsageError for two ways at once, and for an option that means
/// nothing in that way: `given` are the options of the command line by their longest names.
[[nodiscard]] ConnectWay connect_way(const std::vector<std::string>& given);

}  // namespace cmd
