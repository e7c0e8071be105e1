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
#include "net/dns/hostent.hh"

namespace cmd {
namespace {

constexpr std::array<CommandRow, 2> commands{
    {{"connect", "open a TCP, UDP or Unix connection and relay stdin and stdout", "HOST PORT | HOST:PORT",
      make_connect},
     {"listen", "accept clients (or datagrams) and relay them with stdin and stdout", "[ADDRESS] PORT",
      make_listen}}};

std::string version_text() {
  return "nettool " NETTOOL_VERSION
         "\nfeatures: TCP, UDP, Unix sockets, IPv6, splice, sock_diag\nlibraries: " +
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

/// CLI11 takes the next word as the value of "--name=": refuse it here.
std::optional<std::string> empty_value(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) return argument;
  }
  return std::nullopt;
}

/// "--no-race=1", which is the only way to give a flag a value; CLI11 says so in words of its own.
std::optional<std::string> flag_with_value(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (!argument.starts_with("--") || equals == std::string::npos) continue;
    return argument.substr(0, equals) + " takes no value";
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser() : app_("One command for sockets: connect, listen, and what the kernel makes of it.", "nettool") {
    app_.fallthrough();
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
    json_wanted_ = std::ranges::find(split.parsed, "--json") != split.parsed.end();
    if (const auto empty = empty_value(split.parsed)) return usage("empty value: " + *empty);
    try {
      std::vector<std::string> reversed(split.parsed.rbegin(), split.parsed.rend());
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      return print_stdout(help());
    } catch (const CLI::ExtrasError&) {
      return usage(unexpected_word());
    } catch (const CLI::ArgumentMismatch& error) {
      return usage(flag_with_value(split.parsed).value_or(error.what()));
    } catch (const CLI::ParseError& error) {
      return usage(error.what());
    }
    if (version_) return print_stdout(version_text());
    if (command_ == nullptr) {
      return usage(split.literal.empty() ? "no command given" : "no such command: " + split.literal.front());
    }
    words_.insert(words_.end(), split.literal.begin(), split.literal.end());
    return std::nullopt;
  }

  int run() {
    OutputOptions options;
    options.json = json_;
    options.verbose = verbose_;
    options.quiet = quiet_;
    options.colour = color_ == "always" || (color_ == "auto" && is_terminal(2) && !no_color());
    Output out(options);
    try {
      return command_->run(words_, out);
    } catch (const UsageError& error) {
      return usage(error.what());
    }
  }

  std::vector<std::string> names(std::string_view command) {
    CLI::App* source = &app_;
    if (!command.empty()) {
      source = app_.get_subcommand(std::string(command));
      row_of(command).make()->declare(*source);
    }
    std::vector<std::string> out;
    for (const CLI::Option* option : source->get_options()) {
      for (const std::string& name : option->get_snames()) out.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
    }
    return out;
  }

 private:
  static const CommandRow& row_of(std::string_view name) {
    return *std::ranges::find(commands, name, &CommandRow::name);
  }

  // NO_COLOR counts when it is there and not empty (no-color.org).
  static bool no_color() {
    const char* const value = std::getenv("NO_COLOR");
    return value != nullptr && *value != '\0';
  }

  void add_command(const CommandRow& row) {
    CLI::App* const sub = app_.add_subcommand(std::string(row.name), std::string(row.summary));
    sub->preparse_callback([this, &row, sub](std::size_t) {
      if (command_ != nullptr) return;
      command_ = row.make();
      row_ = &row;
      command_->declare(*sub);
      set_usage(*sub, row.words);
      add_words(*sub, words_);
    });
  }

  std::string help() {
    return row_ == nullptr ? app_.help() : app_.get_subcommand(std::string(row_->name))->help();
  }

  /// What CLI11 could not place: an option that does not exist, or a word before any command.
  std::string unexpected_word() {
    std::vector<std::string> words = app_.remaining(true);
    std::ranges::reverse(words);
    const auto option =
        std::ranges::find_if(words, [](const std::string& word) { return word.starts_with('-'); });
    if (option != words.end()) return "no such option: " + *option;
    return (command_ == nullptr ? "no such command: " : "unexpected argument: ") +
           (words.empty() ? std::string() : words.front());
  }

  int usage(std::string_view what) const {
    OutputOptions options;
    options.json = json_wanted_;
    Output out(options);
    net::Error error("usage", {}, net::errno_code(EINVAL), net::Blame::usage);
    error.detail = what;
    const std::string command = row_ == nullptr ? "" : " " + std::string(row_->name);
    out.error(error, "nettool" + command + " --help lists the options");
    return status_usage;
  }

  CLI::App app_;
  bool version_ = false;
  bool json_ = false;
  bool json_wanted_ = false;
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
  for (const CommandRow& row : commands) names.push_back(row.name);
  return names;
}

std::vector<std::string> option_names(std::string_view command) {
  return Parser().names(command);
}

}  // namespace cmd
