#include "cmd/options.hh"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <utility>

#include "net/kern/services_db.hh"

namespace cmd {
namespace {

/// The long name of "-w,--timeout", for messages.
std::string last_name(const std::string& names) {
  const std::size_t comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

class UsageLine final : public CLI::Formatter {
 public:
  explicit UsageLine(std::string words) : words_(std::move(words)) {}
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const std::string program = app->get_parent() != nullptr ? "nettool " : "";
    return "Usage: " + program + name + " [OPTIONS] " + words_ + "\n";
  }

 private:
  std::string words_;
};

std::string refusal(const std::string& name, const std::string& value, const std::string& why) {
  return name + " '" + value + "': " + why;
}

CLI::Option& add_reading(CLI::App& app, const std::string& names, const std::string& value_name,
                         const std::string& help, TakeValue take) {
  const std::string name = last_name(names);
  const auto read = [take = std::move(take), name](const CLI::results_t& values) {
    for (const std::string& given : values) {
      const std::string value = original_word(given);
      const std::string complaint = value.empty() ? "empty value" : take(value);
      if (!complaint.empty()) throw CLI::ParseError(refusal(name, value, complaint), 2);
    }
    return true;
  };
  return *app.add_option(names, read, help)->type_name(value_name)->allow_extra_args(false);
}

}  // namespace

void add_flag(CLI::App& app, const std::string& names, bool& into, const std::string& help) {
  app.add_flag(names, into, help)
      ->disable_flag_override()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_option(CLI::App& app, const std::string& names, const std::string& value_name,
                const std::string& help, TakeValue take) {
  add_reading(app, names, value_name, help, std::move(take))
      .multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_repeatable(CLI::App& app, const std::string& names, const std::string& value_name,
                    const std::string& help, TakeValue take) {
  add_reading(app, names, value_name, help, std::move(take))
      .multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_ordered(CLI::App& app, const std::string& names, const std::string& value_name,
                 const std::string& help, TakeValue take) {
  // CLI11 calls the others after it has read the whole line, in the order in which they were declared.
  add_reading(app, names, value_name, help, std::move(take))
      .multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->trigger_on_parse();
}

void add_choice(CLI::App& app, const std::string& names, std::string& into,
                std::initializer_list<const char*> choices, const std::string& value_name,
                const std::string& help) {
  const std::vector<std::string> allowed(choices.begin(), choices.end());
  add_option(app, names, value_name, help, [&into, allowed](const std::string& text) -> std::string {
    if (std::ranges::find(allowed, text) != allowed.end()) {
      into = text;
      return {};
    }
    std::string complaint = "not one of";
    for (const std::string& choice : allowed) complaint += " " + choice;
    return complaint;
  });
}

std::vector<std::string> given_options(const CLI::App& app) {
  std::vector<std::string> given;
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || option->get_positional()) continue;
    const auto& names = option->get_lnames();
    given.push_back(names.empty() ? "-" + option->get_snames().at(0) : "--" + names.at(0));
  }
  return given;
}

std::string as_argument(const std::string& word) {
  return std::string(1, '\0') + word;
}

std::string original_word(const std::string& argument) {
  return argument.starts_with('\0') ? argument.substr(1) : argument;
}

void add_words(CLI::App& app, std::vector<std::string>& into) {
  app.add_option("arguments", into, "")
      ->expected(1 << 20)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("");
}

void set_usage(CLI::App& app, std::string_view words) {
  auto formatter = std::make_shared<UsageLine>(std::string(words));
  formatter->column_width(34);
  app.formatter(std::move(formatter));
}

net::Parsed<std::string> parse_text(std::string_view text) {
  return std::string(text);
}

net::Parsed<net::Duration> parse_duration_or_forever(std::string_view text) {
  if (text == "forever") return net::forever;
  return net::parse_duration(text);
}

net::Parsed<net::Duration> parse_timeout(std::string_view text) {
  auto timeout = net::parse_duration(text);
  if (timeout && *timeout == net::Duration::zero()) return std::unexpected("no time at all");
  return timeout;
}

net::Parsed<std::uint64_t> parse_count(std::string_view text) {
  auto number = net::parse_number(text, 1'000'000'000);
  if (number && *number == 0) return std::unexpected("at least 1");
  return number;
}

HostAndPort host_and_port(const std::vector<std::string>& words, bool host_needed) {
  if (words.size() > 2) throw UsageError("one argument too many: '" + words[2] + "'");
  if (words.empty()) throw UsageError(host_needed ? "HOST and PORT are missing" : "PORT is missing");
  const bool alone = words.size() == 1;
  if (alone && !host_needed && !words[0].contains(':')) return {"", words[0]};
  const auto split = net::split_host_port(words[0]);
  if (!split) throw UsageError("'" + words[0] + "': " + split.error());
  if (alone && !split->port) throw UsageError("PORT is missing after '" + words[0] + "'");
  if (!alone && split->port) throw UsageError("two ports: '" + *split->port + "' and '" + words[1] + "'");
  if (host_needed && split->host.empty()) throw UsageError("'" + words[0] + "': empty host");
  return {split->host, alone ? *split->port : words[1]};
}

std::uint16_t port_number(const std::string& text, std::string_view protocol, bool numeric) {
  const auto port = net::parse_port(text, [&](std::string_view name) -> std::optional<std::uint16_t> {
    if (numeric) return std::nullopt;
    return net::kern::service_port(name, protocol);
  });
  if (!port) throw UsageError("port '" + text + "': " + port.error());
  return *port;
}

}  // namespace cmd
