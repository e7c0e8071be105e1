#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cmd/command.hh"
#include "cmd/connect_conflicts.hh"
#include "cmd/connect_mode.hh"
#include "net/loop/group.hh"

namespace cmd {
namespace {

class Connect final : public Command {
 public:
  void declare(CLI::App& app) override {
    app_ = &app;
    declare_connect_flags(app, flags_);
  }
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  const CLI::App* app_ = nullptr;
  ConnectFlags flags_{};
};

std::unique_ptr<ConnectMode> make_mode(const ConnectContext& context) {
  switch (context.flags.way) {
    case ConnectWay::scan:
      return make_scan_mode(context);
    case ConnectWay::trace:
      return make_trace_mode(context);
    case ConnectWay::ping:
      return make_ping_mode(context);
    case ConnectWay::wait:
      return make_wait_mode(context);
    case ConnectWay::relay:
      break;
  }
  return make_relay_mode(context);
}

/// What is gathered when a run is interrupted is still written, but a reader that takes nothing holds nobody
/// up for long.
void write_rest(net::Reactor& reactor, Results& results) {
  constexpr net::Duration patience = std::chrono::seconds(1);
  static_cast<void>(reactor.run(net::with_deadline(reactor, reactor.now() + patience, results.flush())));
}

int Connect::run(const std::vector<std::string>& words, Output& out) {
  flags_.way = connect_way(given_options(*app_));
  read_connect_words(flags_, words, out.options().json);
  net::Reactor reactor;
  Results results(reactor, out);
  const auto mode = make_mode({reactor, results, out, flags_});
  const Ending ending = run_session(reactor, mode->run(), flags_.relay.deadline);
  if (ending.kind == Ending::Kind::finished) return ending.value;
  const int status = mode->interrupted(ending);
  write_rest(reactor, results);
  return ending.kind == Ending::Kind::signal ? 128 + ending.value : status;
}

}  // namespace

std::unique_ptr<Command> make_connect() {
  return std::make_unique<Connect>();
}

}  // namespace cmd
