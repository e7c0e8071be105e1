#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/output.hh"

namespace CLI {
class App;
}

namespace cmd {

/// One subcommand at work: its options are members, filled by the parser.
class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  /// Adds the options; called only for the command that was named.
  virtual void declare(CLI::App& app) = 0;
  /// Takes what stands behind "--" where that is a command of its own (listen --exec); false where these are
  /// further words.
  virtual bool take_literal(const std::vector<std::string>& /*literal*/) { return false; }
  /// Runs it with its words (everything that is no option) and gives the exit status.
  virtual int run(const std::vector<std::string>& words, Output& out) = 0;
};

/// A row of the table of subcommands.
struct CommandRow {
  std::string_view name;
  std::string_view summary;  ///< for `nettool --help`
  std::string_view words;    ///< how its arguments are written, for its own --help
  bool events;               ///< JSON is events with their time; else results
  std::unique_ptr<Command> (*make)();
  bool negative_numbers = false;  ///< words such as -1 are arguments, no options
};

[[nodiscard]] std::unique_ptr<Command> make_connect();
[[nodiscard]] std::unique_ptr<Command> make_listen();
[[nodiscard]] std::unique_ptr<Command> make_resolve();
[[nodiscard]] std::unique_ptr<Command> make_sockopt();
[[nodiscard]] std::unique_ptr<Command> make_endian();
[[nodiscard]] std::unique_ptr<Command> make_addr();
[[nodiscard]] std::unique_ptr<Command> make_port();
[[nodiscard]] std::unique_ptr<Command> make_iface();

}  // namespace cmd
