#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/base/parse.hh"

namespace CLI {
class App;
}

namespace cmd {

/// A command line that makes no sense; ends with status 2 and these words.
class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& what, std::string_view hint = {})
      : runtime_error(what), hint_(hint) {}
  /// Where to read on, where that is not the command's --help.
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

/// Something that was named on the command line is not there (an interface): ends with the error's status.
class StartError : public std::runtime_error {
 public:
  explicit StartError(net::Error error) : runtime_error("start"), error_(std::move(error)) {}
  [[nodiscard]] const net::Error& error() const { return error_; }

 private:
  net::Error error_;
};

// The kinds of option that commands have, all strict and all with the contract's rules: flags take no value,
// of a repeated option the last wins, a malformed value ends with status 2 and names the option and the
// value.

void add_flag(CLI::App& app, const std::string& names, bool& into, const std::string& help);

/// An option whose value `take` reads; it answers why the text is none of its values, or nothing.
using TakeValue = std::function<std::string(const std::string& text)>;
void add_option(CLI::App& app, const std::string& names, const std::string& value_name,
                const std::string& help, TakeValue take);
/// The same, but every occurrence counts.
void add_repeatable(CLI::App& app, const std::string& names, const std::string& value_name,
                    const std::string& help, TakeValue take);

/// The same, and `take` is called in the order of the command line, also across several such options.
void add_ordered(CLI::App& app, const std::string& names, const std::string& value_name,
                 const std::string& help, TakeValue take);

void add_choice(CLI::App& app, const std::string& names, std::string& into,
                std::initializer_list<const char*> choices, const std::string& value_name,
                const std::string& help);

/// An option read by one of net's parsers: anything that gives a Parsed<T>.
template <class T, class Parse>
void add_parsed(CLI::App& app, const std::string& names, const std::string& value_name, T& into, Parse parse,
                const std::string& help) {
  add_option(app, names, value_name, help, [&into, parse](const std::string& text) -> std::string {
    auto value = parse(text);
    if (!value) return value.error();
    into = std::move(*value);
    return {};
  });
}

/// The options that the command line has, by their longest names ("--crlf"; "-z" where that is all).
[[nodiscard]] std::vector<std::string> given_options(const CLI::App& app);

/// The word of argv in a form that CLI11 takes for no option, and the word again. (No word of argv has a
/// NUL.)
[[nodiscard]] std::string as_argument(const std::string& word);
[[nodiscard]] std::string original_word(const std::string& argument);

/// The arguments that are no options, untouched (brackets and commas too).
void add_words(CLI::App& app, std::vector<std::string>& into);

/// How --help writes the arguments: "Usage: nettool connect [OPTIONS] HOST PORT".
void set_usage(CLI::App& app, std::string_view words);

/// Any text; an empty value never gets here.
[[nodiscard]] net::Parsed<std::string> parse_text(std::string_view text);

/// A duration, or "forever".
[[nodiscard]] net::Parsed<net::Duration> parse_duration_or_forever(std::string_view text);

/// A duration that is not zero: a time limit.
[[nodiscard]] net::Parsed<net::Duration> parse_timeout(std::string_view text);

/// A number of at least 1.
[[nodiscard]] net::Parsed<std::uint64_t> parse_count(std::string_view text);

/// HOST PORT, HOST:PORT or [v6]:PORT out of a command's words. Throws UsageError.
struct HostAndPort {
  std::string host;  ///< empty when there was only a port
  std::string port;
};
[[nodiscard]] HostAndPort host_and_port(const std::vector<std::string>& words, bool host_needed);

/// A port number or service name (unless `numeric`) of a protocol. Throws UsageError.
[[nodiscard]] std::uint16_t port_number(const std::string& text, std::string_view protocol, bool numeric);

}  // namespace cmd
