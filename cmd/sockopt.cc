#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cmd/command.hh"
#include "cmd/results.hh"
#include "cmd/session.hh"
#include "cmd/sockopt_explain.hh"
#include "cmd/sockopt_options.hh"
#include "cmd/sockopt_own.hh"
#include "cmd/sockopt_rows.hh"
#include "cmd/sockopt_watch.hh"
#include "net/dial/socket_options.hh"
#include "net/kern/sysctl.hh"

namespace cmd {
namespace {

class Sockopt final : public Command {
 public:
  void declare(CLI::App& app) override { declare_sockopt_flags(app, flags_); }
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  net::Task<int> work(Results& results);
  net::Task<std::expected<LiveTargets, Refusal>> targets();
  int show(Results& results, const SockoptTarget& target);
  net::Result<SocketReading> set_and_read(const SockoptTarget& target, std::vector<OptionRow>& set);
  int tell_sets(Results& results, const SockoptTarget& target, const std::vector<OptionRow>& set) const;
  [[nodiscard]] std::vector<const net::SocketOption*> asked() const;
  [[nodiscard]] OptionRow set_option(int fd, const net::OptionSetting& setting) const;
  static void print(Results& results, const std::vector<OptionRow>& rows, const SocketLabel* label);
  static int refuse(Results& results, const Refusal& refusal);
  const std::optional<SocketReading>& fresh_like(const SocketReading& reading, const SocketLabel& label);

  SockoptFlags flags_{};
  net::Reactor reactor_{};
  net::SocketFacts before_{};  ///< of the socket that was set last, before that
  bool alone_ = true;          ///< one socket was meant
  std::vector<Watched> watched_{};
  std::vector<std::pair<SocketReading, std::optional<SocketReading>>> fresh_{};
};

int Sockopt::refuse(Results& results, const Refusal& refusal) {
  results.error(refusal.error, refusal.hint);
  return exit_status(refusal.error);
}

net::Task<std::expected<LiveTargets, Refusal>> Sockopt::targets() {
  if (flags_.live()) co_return find_live_targets(flags_);
  std::expected<SockoptTarget, Refusal> target = std::unexpected(Refusal{net::Error("", "", {}), {}});
  if (!flags_.connect.empty()) {
    target = co_await open_connected_target(reactor_, flags_);
  } else {
    target = flags_.listen.empty() ? open_fresh_target(flags_) : open_listening_target(flags_);
  }
  if (!target) co_return std::unexpected(std::move(target.error()));
  LiveTargets found;
  found.targets.push_back(std::move(*target));
  co_return found;
}

/// One setting made and read back, or why it was refused.
OptionRow Sockopt::set_option(int fd, const net::OptionSetting& setting) const {
  OptionRow row;
  row.option = setting.option;
  // Connected and listening sockets of our own were given their options on the way.
  const bool made = !flags_.connect.empty() || !flags_.listen.empty();
  const auto change = made ? net::Result<net::OptionChange>(net::applied_option(fd, setting))
                           : net::change_option(fd, setting, net::kern::sysctl_text);
  if (!change) {
    row.error = change.error();
    row.hint = change.error().hint;
    return row;
  }
  if (change->effective) row.value = *change->effective;
  row.change = *change;
  return row;
}

const std::optional<SocketReading>& Sockopt::fresh_like(const SocketReading& reading,
                                                        const SocketLabel& label) {
  const auto same = [&](const auto& known) {
    const net::SocketFacts& a = known.first.facts;
    const net::SocketFacts& b = reading.facts;
    // One run reads the same options of every socket of a kind.
    return a.kind == b.kind && a.listening == b.listening && a.connected == b.connected &&
           a.local.is_any() == b.local.is_any() && a.netns_cookie == b.netns_cookie;
  };
  const auto known = std::ranges::find_if(fresh_, same);
  if (known != fresh_.end()) return known->second;
  return fresh_.emplace_back(reading, read_fresh_like(reading, label)).second;
}

// Once set they stay so: the kernel has no way back.
constexpr std::array<std::string_view, 5> one_way{"SO_LOCK_FILTER", "IPV6_ADDRFORM", "SO_TXTIME", "TCP_ULP",
                                                  "TCP_FASTOPEN_KEY"};

/// The command that makes a live socket what it was; empty when there is none.
std::string put_back(const SocketLabel& label, const OptionRow& row, const net::SocketFacts& before) {
  const net::OptionChange& change = *row.change;
  net::OptionValue previous = *change.previous;
  std::string lock;
  if (change.option->buffer_lock != 0) {
    // The kernel doubles what it is given, and tunes the buffer again only when it is told so.
    if (auto* size = std::get_if<std::int64_t>(&previous.data)) *size /= 2;
    if (row.state) lock = " SO_BUF_LOCK=" + std::to_string(before.buffer_lock);
  }
  std::string setting = std::string(change.option->name) + "=" + typed_text(previous);
  if (change.option->name == "SO_ATTACH_FILTER" && !net::parse_option(setting))
    setting = "SO_DETACH_FILTER=on";
  if (std::ranges::find(one_way, change.option->name) != one_way.end() || !net::parse_option(setting))
    return {};
  return "nettool sockopt --pid " + std::to_string(*label.pid) + " --fd " + std::to_string(*label.fd) +
         " --set-live " + setting + lock;
}

void Sockopt::print(Results& results, const std::vector<OptionRow>& rows, const SocketLabel* label) {
  if (label != nullptr && results.has_lines()) results.line("");
  if (label != nullptr) results.line(label_text(*label));
  for (const OptionRow& row : rows) results.object(row_object(row, label));
  print_rows(results, rows, label == nullptr ? 0 : 2);
}

/// What was set and what was named; nothing for everything.
std::vector<const net::SocketOption*> Sockopt::asked() const {
  std::vector<const net::SocketOption*> options;
  options.reserve(flags_.settings.size() + flags_.names.size());
  for (const net::OptionSetting& setting : flags_.settings) options.push_back(setting.option);
  options.insert(options.end(), flags_.names.begin(), flags_.names.end());
  return options;
}

/// Makes the settings and reads them and what else was named, or everything.
net::Result<SocketReading> Sockopt::set_and_read(const SockoptTarget& target, std::vector<OptionRow>& set) {
  // Nobody else is waiting for what a socket of our own has to tell.
  const bool destructive = flags_.destructive || !target.live();
  if (flags_.settings.empty()) return read_socket(target, flags_.names, destructive);
  const auto held = target.with_descriptor([&](int fd) {
    before_ = net::socket_facts(fd).value_or(net::SocketFacts());
    for (const net::OptionSetting& setting : flags_.settings) {
      OptionRow& row = set.emplace_back(set_option(fd, setting));
      row.state = is_state(*setting.option, before_);
    }
  });
  if (!held) return std::unexpected(held.error());
  return read_socket(target, asked(), destructive);
}

/// Tells on stderr what a reader of text has to know besides the rows.
int Sockopt::tell_sets(Results& results, const SockoptTarget& target,
                       const std::vector<OptionRow>& set) const {
  int status = status_ok;
  for (const OptionRow& row : set) {
    if (row.error) {
      status = status_local;
      if (!results.json()) results.error(*row.error, row.hint);
    } else if (target.live() && row.change->previous && (row.state || *row.change->previous != row.value)) {
      const std::string command = put_back(target.label(), row, before_);
      results.note(std::string(row.option->name) + " was " + net::option_text(*row.change->previous) +
                   (command.empty() ? "; it cannot be put back" : "; this puts it back: " + command));
    }
  }
  return status;
}

int Sockopt::show(Results& results, const SockoptTarget& target) {
  if (!target.held()) {
    if (results.has_lines()) results.line("");
    results.line(label_text(target.label()) + "  (no process holds it: it has no options to read)");
    results.object({{"socket", label_value(target.label())}});
    // Whoever came to set something has set nothing here.
    return flags_.settings.empty() ? status_ok : status_local;
  }
  std::vector<OptionRow> set;
  net::Result<SocketReading> reading = set_and_read(target, set);
  if (!reading) return refuse(results, {reading.error(), borrow_hint(reading.error(), target.label())});
  const SocketLabel label = label_from(target.label(), reading->facts);
  int status = tell_sets(results, target, set);
  const auto& fresh = fresh_like(*reading, target.label());
  if (fresh && fresh->facts.netns_cookie != reading->facts.netns_cookie) {
    results.note(label_subject(target.label()) +
                 " is of another network namespace, which this user may not enter: the defaults are those of "
                 "this one");
  }
  std::vector<OptionRow> rows = option_rows(*reading, fresh);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i >= set.size()) {
      // Among several sockets those that lack an option do not make the answer a failure.
      if (rows[i].error && !flags_.names.empty() && alone_) status = status_local;
      continue;
    }
    // What cannot be read back may have been set all the same.
    rows[i].error = set[i].error;
    rows[i].hint = set[i].hint;
    rows[i].change = set[i].change;
  }
  // In text the refusals of settings stand on stderr.
  const auto refused = [&](const OptionRow& row) { return row.error && row.error->op == "setsockopt"; };
  if (!results.json()) std::erase_if(rows, refused);
  if (flags_.changed) std::erase_if(rows, [](const OptionRow& row) { return !row.changed() && !row.change; });
  print(results, rows, target.labelled() ? &label : nullptr);
  if (flags_.changed && rows.empty()) results.line("  no setting differs from a fresh socket's");
  if (flags_.watch) watched_.push_back({&target, label, std::move(*reading)});
  return status;
}

net::Task<int> Sockopt::work(Results& results) {
  if (flags_.list) {
    print_option_list(results, flags_.names);
  } else if (!flags_.explain.empty()) {
    for (const net::SocketOption* option : flags_.explain) {
      if (results.has_lines()) results.line("");
      explain_option(results, *option);
    }
  }
  if (flags_.list || !flags_.explain.empty()) co_return co_await results.flush() ? status_ok : status_local;
  const auto found = co_await targets();
  int status = status_ok;
  if (!found) {
    status = refuse(results, found.error());
    co_return co_await results.flush() ? status : status_local;
  }
  alone_ = found->targets.size() == 1;
  for (const SockoptTarget& target : found->targets) {
    status = std::max(status, show(results, target));
    if (results.full() && !co_await results.flush()) co_return status_local;
  }
  for (const Refusal& refusal : found->refusals) status = std::max(status, refuse(results, refusal));
  if (!co_await results.flush()) co_return status_local;
  if (!flags_.watch || watched_.empty()) co_return status;
  const auto options = asked();
  const int watching = co_await watch_sockets(reactor_, results, std::move(watched_), options, *flags_.watch);
  co_return std::max(status, watching);
}

int Sockopt::run(const std::vector<std::string>& words, Output& out) {
  read_sockopt_words(flags_, words);
  check_own_target(flags_);
  if (flags_.live()) static_cast<void>(flags_.query());
  Results results(reactor_, out);
  const Ending ending = run_session(reactor_, work(results), net::forever);
  return ending.kind == Ending::Kind::signal ? 128 + ending.value : ending.value;
}

}  // namespace

std::unique_ptr<Command> make_sockopt() {
  return std::make_unique<Sockopt>();
}

}  // namespace cmd
