#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cmd/command.hh"
#include "cmd/options.hh"
#include "cmd/port_json.hh"
#include "cmd/port_rows.hh"
#include "cmd/port_survey.hh"
#include "cmd/port_text.hh"
#include "cmd/port_words.hh"
#include "cmd/results.hh"
#include "cmd/session.hh"
#include "net/kern/services_db.hh"

namespace cmd {
namespace {

/// Between two looks at signals: some milliseconds.
constexpr unsigned ports_at_once = 512;

class Port final : public Command {
 public:
  void declare(CLI::App& app) override;
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  void read_words(const std::vector<std::string>& words);
  net::Task<int> work(Results& results);
  net::Task<int> show_ports(Results& results, const PortSurvey& survey);
  net::Task<int> show_listening(Results& results, const PortSurvey& survey);
  net::Task<bool> breathe(Results& results);
  void take(Results& results, const PortFacts& facts);
  void tell_unknown(Results& results) const;

  bool listening_ = false;
  bool no_probe_ = false;
  bool free_ = false;
  bool quiet_ = false;
  std::vector<PortSpan> spans_{};
  net::Reactor reactor_{};
  unsigned shown_ = 0;
  bool all_free_ = true;
  bool process_unknown_ = false;
};

void Port::declare(CLI::App& app) {
  add_flag(app, "--listening", listening_, "everything that listens, or what of the named ports does");
  add_flag(app, "--no-probe", no_probe_, "do not try to bind: only tell what the kernel lists");
  add_flag(app, "--free", free_, "status 1 unless every named port is free");
}

void Port::read_words(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const auto spans = parse_port_word(word, net::kern::service_port);
    if (!spans) throw UsageError("port '" + word + "': " + spans.error());
    spans_.insert(spans_.end(), spans->begin(), spans->end());
  }
  if (listening_ && free_) throw UsageError("--listening and --free exclude each other");
  if (spans_.empty() && !listening_) throw UsageError("PORT is missing");
  if (spans_.empty()) spans_ = {{tcp, {}}, {udp, {}}};
}

/// Lets signals in and writes what has gathered; false when stdout is gone.
net::Task<bool> Port::breathe(Results& results) {
  if (++shown_ % ports_at_once == 0) co_await reactor_.yield();
  if (!results.full()) co_return true;
  co_return co_await results.flush();
}

/// What every form of the answer has in common.
void Port::take(Results& results, const PortFacts& facts) {
  all_free_ = all_free_ && state_of(facts) == PortState::free;
  const auto unknown = [](const PortHolder& holder) { return !holder.process && holder.socket.inode != 0; };
  process_unknown_ =
      process_unknown_ || std::ranges::any_of(facts.listeners, unknown) ||
      std::ranges::any_of(facts.bound_only, unknown) ||
      ((results.json() || !facts.has_holders()) && std::ranges::any_of(facts.connected, unknown));
  if (results.json()) results.object(port_object(facts));
}

void Port::tell_unknown(Results& results) const {
  if (!process_unknown_) return;
  results.note(geteuid() != 0
                   ? "not every process can be seen by this user: run as root to see who it is"
                   : "no process that /proc shows has such a socket: it is the kernel's own, or that of a "
                     "process in another PID namespace (a container)");
}

net::Task<int> Port::show_ports(Results& results, const PortSurvey& survey) {
  std::size_t width = 0;
  for (const PortSpan& span : spans_) width = std::max(width, label_width(span));
  PortBlocks blocks(results, width);
  const bool in_blocks = !quiet_ && !results.json();
  for (const PortSpan& span : spans_) {
    blocks.begin(span);
    for (std::uint32_t port = span.ports.first; port <= span.ports.last; ++port) {
      auto facts = survey.facts(span.transport, static_cast<std::uint16_t>(port), !no_probe_);
      if (!facts) {
        results.error(facts.error());
        co_return exit_status(facts.error());
      }
      take(results, *facts);
      if (quiet_) results.line(state_word(state_of(*facts)));
      if (in_blocks) blocks.add(std::move(*facts));
      if (!co_await breathe(results)) co_return status_local;
    }
    if (in_blocks) blocks.end();
  }
  if (in_blocks) blocks.conclude();
  co_return free_ && !all_free_ ? status_refused : status_ok;
}

net::Task<int> Port::show_listening(Results& results, const PortSurvey& survey) {
  std::vector<PortFacts> found;
  for (const PortSpan& span : spans_) {
    for (const std::uint16_t port : survey.listening(span)) {
      auto facts = survey.facts(span.transport, port, !no_probe_);
      if (!facts) {
        results.error(facts.error());
        co_return exit_status(facts.error());
      }
      take(results, *facts);
      if (quiet_) results.line(port_label(*facts));
      found.push_back(std::move(*facts));
      if (!co_await breathe(results)) co_return status_local;
    }
  }
  if (!quiet_) print_listening(results, found);
  if (found.empty()) results.note("nothing listens there");
  co_return status_ok;
}

net::Task<int> Port::work(Results& results) {
  const auto survey = PortSurvey::take(spans_);
  int status = status_ok;
  if (!survey) {
    results.error(survey.error());
    status = exit_status(survey.error());
  } else {
    status = listening_ ? co_await show_listening(results, *survey) : co_await show_ports(results, *survey);
    tell_unknown(results);
  }
  co_return co_await results.flush() ? status : status_local;
}

int Port::run(const std::vector<std::string>& words, Output& out) {
  read_words(words);
  quiet_ = out.options().quiet;
  Results results(reactor_, out);
  const Ending ending = run_session(reactor_, work(results), net::forever);
  return ending.kind == Ending::Kind::signal ? 128 + ending.value : ending.value;
}

}  // namespace

std::unique_ptr<Command> make_port() {
  return std::make_unique<Port>();
}

}  // namespace cmd
