#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "cmd/command.hh"
#include "cmd/listen_conflicts.hh"
#include "cmd/listen_mode.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

class Listen final : public Command {
 public:
  void declare(CLI::App& app) override {
    app_ = &app;
    declare_listen_flags(app, flags_);
  }
  bool take_literal(const std::vector<std::string>& literal) override;
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  const CLI::App* app_ = nullptr;
  ListenFlags flags_{};
};

std::unique_ptr<ListenMode> make_mode(const ListenContext& context) {
  return context.flags.serves() ? make_listen_server(context) : make_listen_relay(context);
}

net::Error deadline_passed(const ListenFlags& flags) {
  net::Error error("listen", flags.host, net::errno_code(ETIMEDOUT));
  error.detail = "the deadline of " + net::duration_text(flags.relay.deadline) + " passed";
  return error;
}

bool Listen::take_literal(const std::vector<std::string>& literal) {
  if (flags_.exec) flags_.command = literal;
  return flags_.exec;
}

int Listen::run(const std::vector<std::string>& words, Output& out) {
  flags_.way = listen_way(given_options(*app_), flags_);
  check_relay_options(flags_.relay, out.options().json, flags_.forwards_messages());
  read_listen_address(flags_, words);
  net::Reactor reactor;
  const auto mode = make_mode({reactor, out, flags_});
  const Ending ending = run_session(reactor, mode->run(), flags_.relay.deadline, mode->farewell());
  mode->ended(ending);
  if (ending.kind == Ending::Kind::finished) return ending.value;
  if (ending.kind == Ending::Kind::signal) return 128 + ending.value;
  out.error(deadline_passed(flags_));
  return status_silence;
}

}  // namespace

std::unique_ptr<Command> make_listen() {
  return std::make_unique<Listen>();
}

}  // namespace cmd
