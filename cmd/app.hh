#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cmd {

/// The whole program: parses, runs the named subcommand, and answers with the exit status. A status of 128 +
/// N means that signal N ended it and is to be raised again.
[[nodiscard]] int run(const std::vector<std::string>& arguments);

/// The names of the subcommands.
[[nodiscard]] std::vector<std::string_view> command_names();

/// Every option that the parser of a subcommand knows ("-w", "--timeout"), its global ones included; of
/// nettool itself for an empty name.
[[nodiscard]] std::vector<std::string> option_names(std::string_view command);

}  // namespace cmd
