#include "cmd/app.hh"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Version.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <ranges>

#include "cmd/command.hh"
#include "cmd/options.hh"
#include "net/dns/ares_channel.hh"

namespace cmd {
namespace {

constexpr auto commands = std::to_array<CommandRow>(
    {{"connect", "open a TCP, UDP or Unix connection and relay stdin and stdout",
      "HOST PORT | HOST:PORT | -U PATH | -z HOST... PORTS", true, make_connect},
     {"listen", "accept clients (or datagrams): relay them with stdin and stdout, or serve them",
      "[ADDRESS] PORT | -U PATH", true, make_listen},
     {"resolve", "names as programs see them, and DNS as it is on the wire",
      "NAME|ADDRESS... [@SERVER[:PORT]...]", false, make_resolve},
     {"sockopt", "the options of any socket: fresh, connected, or alive in another process",
      "[NAME[=VALUE]...]", false, make_sockopt},
     {"endian", "integers, IPv4 addresses, floats and text, byte by byte in both orders", "VALUE... | -",
      false, make_endian, true},
     {"addr", "what an IP or MAC address is, and arithmetic with prefixes",
      "ADDRESS[/LENGTH|/MASK]|FIRST-LAST|MAC... | -", false, make_addr},
     {"port", "what a port is, who has it, and whether it can be bound now",
      "PORT|SERVICE|RANGE|LIST[/tcp|/udp]...", false, make_port},
     {"iface", "the interfaces of this host: addresses, gateways, resolvers, counters", "[NAME]", false,
      make_iface}});

std::string version_text() {
  return "nettool " NETTOOL_VERSION
         "\nfeatures: TCP, UDP, Unix sockets, IPv6, DNS, splice, sock_diag\nlibraries: " +
         net::dns::resolver_library_version() + ", CLI11 " CLI11_VERSION "\n";
}

/// argv as CLI11 gets it and what it must not touch: everything behind the first "--".
struct SplitArguments {
  std::vector<std::string> parsed;
  std::vector<std::string> literal;
};

SplitArguments split_at_dashes(const std::vector<std::string>& arguments) {
  const auto cut = std::ranges::find(arguments, "--");
  SplitArguments split{{arguments.begin(), cut}, {}};
  if (cut != arguments.end()) split.literal.assign(std::next(cut), arguments.end());
  return split;
}

/// -1, -.5, -0x80, -inf: to CLI11 they are short options.
bool looks_negative(std::string_view word) {
  constexpr std::string_view digits = "0123456789.";
  return word == "-inf" || word == "-nan" || word == "-infinity" ||
         (word.size() > 1 && word[0] == '-' && digits.contains(word[1]));
}

/// CLI11 takes the next word as the value of "--name=": refuse it here.
std::optional<std::string> empty_value(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) return argument;
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser()
      : app_("One command for sockets, names, addresses and ports: what happens, what is, and why.",
             "nettool") {
    app_.fallthrough();
    // A host may be called "listen": only the first such word is the command.
    app_.require_subcommand(0, 1);
    set_usage(app_, "COMMAND [ARGUMENTS]");
    app_.set_help_flag("-h,--help", "print this help and exit");
    add_flag(app_, "--version", version_, "print the version, features and libraries, and exit");
    add_flag(app_, "--json", json_, "print JSON Lines instead of text");
    add_choice(app_, "--color", color_, {"auto", "always", "never"}, "WHEN", "colour: auto, always, never");
    add_flag(app_, "-v,--verbose", verbose_, "tell every step");
    add_flag(app_, "--quiet", quiet_, "no hints and notes; errors stay");
    for (const CommandRow& row : commands) add_command(row);
  }

  /// Parses; a status when that is all there is to do (help, version, a usage error).
  std::optional<int> parse(const std::vector<std::string>& arguments) {
    const SplitArguments split = split_at_dashes(arguments);
    // A usage error may come before the parser has read these.
    json_wanted_ = std::ranges::find(split.parsed, "--json") != split.parsed.end();
    quiet_wanted_ = std::ranges::find(split.parsed, "--quiet") != split.parsed.end();
    std::vector<std::string> line = split.parsed;
    for (std::string& word : line) {
      if (row_ == nullptr && !word.starts_with('-')) row_ = find_row(word);
      if (row_ != nullptr && row_->negative_numbers && looks_negative(word)) word = as_argument(word);
    }
    if (const auto empty = empty_value(split.parsed)) return usage("empty value: " + *empty);
    try {
      std::ranges::reverse(line);
      app_.parse(line);
    } catch (const CLI::CallForHelp&) {
      if (const auto wrong = complaint(split.parsed)) return usage(*wrong);
      return print_stdout(help());
    } catch (const CLI::ExtrasError&) {
      return usage(complaint(split.parsed).value_or(unexpected_word(split.parsed)));
    } catch (const CLI::ArgumentMismatch& error) {
      const std::string words = error.what();
      return usage(complaint(split.parsed).value_or(words.substr(0, words.find(':')) + " needs a value"));
    } catch (const CLI::ParseError& error) {
      return usage(complaint(split.parsed).value_or(error.what()));
    }
    if (const auto wrong = complaint(split.parsed)) return usage(*wrong);
    if (version_) return print_stdout(version_text());
    if (command_ == nullptr) {
      return usage(split.literal.empty() ? "no command given" : "no such command: " + split.literal.front());
    }
    std::ranges::transform(words_, words_.begin(), original_word);
    if (!command_->take_literal(split.literal)) {
      words_.insert(words_.end(), split.literal.begin(), split.literal.end());
    }
    return std::nullopt;
  }

  int run() {
    OutputOptions options;
    options.json = json_;
    options.verbose = verbose_;
    options.quiet = quiet_;
    options.colour = colour_on(2);
    options.colour_results = colour_on(1);
    options.events = row_->events;
    Output out(options);
    try {
      return command_->run(words_, out);
    } catch (const UsageError& error) {
      return usage(error.what(), error.hint());
    } catch (const StartError& error) {
      out.error(error.error());
      return exit_status(error.error());
    }
  }

  std::vector<std::string> names(std::string_view command) {
    CLI::App* source = &app_;
    if (!command.empty()) {
      source = app_.get_subcommand(std::string(command));
      find_row(command)->make()->declare(*source);
    }
    std::vector<std::string> out;
    for (const CLI::Option* option : source->get_options()) {
      for (const std::string& name : option->get_snames()) out.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
    }
    return out;
  }

 private:
  static const CommandRow* find_row(std::string_view name) {
    const auto* row = std::ranges::find(commands, name, &CommandRow::name);
    return row == commands.end() ? nullptr : row;
  }

  // NO_COLOR counts when it is there and not empty (no-color.org).
  static bool no_color() {
    const char* const value = std::getenv("NO_COLOR");
    return value != nullptr && *value != '\0';
  }

  [[nodiscard]] bool colour_on(int fd) const {
    return color_ == "always" || (color_ == "auto" && is_terminal(fd) && !no_color());
  }

  void add_command(const CommandRow& row) {
    CLI::App* const sub = app_.add_subcommand(std::string(row.name), std::string(row.summary));
    sub->preparse_callback([this, &row, sub](std::size_t) {
      if (command_ != nullptr) return;
      command_ = row.make();
      row_ = &row;
      command_->declare(*sub);
      set_usage(*sub, row.words);
      sub->footer(
          "\nGlobal options, before or after the command: --json, --color WHEN, -v, --quiet, --version");
      add_words(*sub, words_);
    });
  }

  std::string help() {
    return command_ == nullptr ? app_.help() : app_.get_subcommand(std::string(row_->name))->help();
  }

  /// What CLI11 could not place: an option that does not exist, or a word before any command.
  std::string unexpected_word(const std::vector<std::string>& arguments) {
    const std::vector<std::string> unplaced = app_.remaining(true);
    const auto is_unplaced = [&unplaced](const std::string& word) {
      return std::ranges::find(unplaced, word) != unplaced.end();
    };
    // CLI11's own order differs from the line's.
    const auto word = std::ranges::find_if(arguments, is_unplaced);
    // One of a cluster of short ones ("-4Z") stands nowhere as such.
    if (word == arguments.end()) return "no such option: " + unplaced.front();
    if (word->starts_with('-')) return "no such option: " + *word;
    return (command_ == nullptr ? "no such command: " : "unexpected argument: ") + *word;
  }

  /// What CLI11 takes and the contract does not: a flag with a value ("--udp=true", "-4=1"), a number as an
  /// option ("-5").
  std::optional<std::string> complaint(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
      const std::string name = argument.substr(0, argument.find('='));
      if (!argument.starts_with('-') || name == argument) continue;
      const CLI::Option* option = app_.get_option_no_throw(name);
      if (option == nullptr && row_ != nullptr) {
        option = app_.get_subcommand(std::string(row_->name))->get_option_no_throw(name);
      }
      if (option != nullptr && option->get_items_expected_max() == 0) return name + " takes no value";
    }
    for (const std::string& word : words_) {
      if (word.starts_with('-') && word.size() > 1) return "no such option: " + word;
    }
    return std::nullopt;
  }

  int usage(std::string_view what, const std::string& hint = {}) const {
    OutputOptions options;
    options.json = json_wanted_;
    options.quiet = quiet_wanted_;
    options.events = row_ == nullptr || row_->events;
    Output out(options);
    net::Error error("usage", {}, net::errno_code(EINVAL), net::Blame::usage);
    error.detail = what;
    const std::string command = row_ == nullptr ? "" : " " + std::string(row_->name);
    out.error(error, hint.empty() ? "nettool" + command + " --help lists the options" : hint);
    return status_usage;
  }

  CLI::App app_;
  bool version_ = false;
  bool json_ = false;
  bool json_wanted_ = false;
  bool quiet_wanted_ = false;
  bool verbose_ = false;
  bool quiet_ = false;
  std::string color_ = "auto";
  std::unique_ptr<Command> command_;
  const CommandRow* row_ = nullptr;
  std::vector<std::string> words_;
};

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Parser parser;
  if (const auto status = parser.parse(arguments)) return *status;
  return parser.run();
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  names.reserve(commands.size());
  for (const CommandRow& row : commands) names.push_back(row.name);
  return names;
}

std::vector<std::string> option_names(std::string_view command) {
  return Parser().names(command);
}

}  // namespace cmd
