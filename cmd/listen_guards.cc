#include "cmd/listen_guards.hh"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "net/base/escape.hh"
#include "net/base/fd.hh"

namespace cmd {
namespace {

/// One of the four options about addresses.
struct GuardRow {
  const char* name;
  bool allow;
  bool file;
  const char* help;
};
constexpr GuardRow rows[] = {
    {"--allow", true, false, "let these addresses in, and none that no rule names (first match decides)"},
    {"--deny", false, false, "keep these addresses out"},
    {"--allow-file", true, true, "--allow for every line of FILE"},
    {"--deny-file", false, true, "--deny for every line of FILE"},
};

std::string take_guard(Guards& guards, const GuardRow& row, const std::string& text) {
  guards.given = row.name;
  Guards::Option option{row.allow};
  if (row.file) {
    option.file = text;
  } else {
    const auto prefix = net::AccessList::parse(text);
    if (!prefix) return prefix.error();
    option.prefix = *prefix;
  }
  guards.options.push_back(std::move(option));
  return {};
}

std::string read_whole(const std::string& file) {
  const auto failed = [&file] { return StartError(net::Error("open", file, net::errno_code())); };
  const net::Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) throw failed();
  std::string text;
  std::array<char, 16384> block{};
  for (;;) {
    const ssize_t size = read(fd.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw failed();
    if (size == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(size));
  }
}

/// The rule that a line is, if any: without its comment and the blanks around it.
std::string_view rule_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  line = line.substr(0, line.find('#'));
  const std::size_t first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) + 1 - first);
}

/// A line that is no rule may be anything: a part of it, fit to be shown.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 100;
  std::string part = net::escape_terminal(text.substr(0, longest));
  return text.size() > longest ? part + "..." : part;
}

void add_file(net::AccessList& access, bool allow, const std::string& file) {
  const std::string text = read_whole(file);
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view rule = rule_of(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    ++number;
    if (rule.empty()) continue;
    const auto prefix = net::AccessList::parse(rule);
    if (!prefix) {
      throw UsageError(file + ":" + std::to_string(number) + ": '" + shown(rule) +
                       "': " + shown(prefix.error()));
    }
    access.add({allow, *prefix});
  }
}

}  // namespace

void declare_guards(CLI::App& app, Guards& guards) {
  for (const GuardRow& row : rows) {
    add_ordered(app, row.name, row.file ? "FILE" : "CIDR|ADDR", row.help,
                [&guards, &row](const std::string& text) { return take_guard(guards, row, text); });
  }
  add_option(app, "--max-per-address", "N", "serve at most N clients of one address at the same time",
             [&guards](const std::string& text) -> std::string {
               guards.given = "--max-per-address";
               const auto count = parse_count(text);
               if (!count) return count.error();
               guards.max_per_address = *count;
               return {};
             });
}

void read_guards(Guards& guards) {
  for (const Guards::Option& option : guards.options) {
    // A list of those who may come in is one even if it is empty.
    if (option.allow) guards.access.admit_listed_only();
    if (option.prefix) {
      guards.access.add({option.allow, *option.prefix});
    } else {
      add_file(guards.access, option.allow, option.file);
    }
  }
}

}  // namespace cmd
