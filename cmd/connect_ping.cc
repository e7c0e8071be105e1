#include <unistd.h>

#include <memory>
#include <optional>

#include "cmd/connect_mode.hh"
#include "cmd/connect_ping_report.hh"
#include "cmd/relay_report.hh"
#include "cmd/why.hh"
#include "net/probe/ping.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;

class ConnectPing final : public ConnectMode {
 public:
  explicit ConnectPing(const ConnectContext& context);
  net::Task<int> run() override;
  int interrupted(const Ending& ending) override;

 private:
  [[nodiscard]] net::PingOptions options() const;
  void show(const net::Probe& probe);
  void add_summary();
  [[nodiscard]] int status() const;

  PingTarget target_;
  bool live_;
  bool utf8_ = locale_is_utf8();
  PingSummary summary_{};
  std::optional<net::Attempt> last_failure_{};
};

ConnectPing::ConnectPing(const ConnectContext& context)
    : ConnectMode(context),
      target_{flags_.host, flags_.port, flags_.relay.transport()},
      live_(out_.terminal().interactive() && !out_.options().json && !out_.options().quiet) {}

net::PingOptions ConnectPing::options() const {
  net::PingOptions options;
  options.dial = dial_options(flags_);
  options.host = flags_.host;
  options.port = flags_.port;
  options.path = flags_.path;
  options.count = flags_.repeat.count;
  options.interval = flags_.repeat.interval.value_or(1s);
  options.timeout = flags_.timeout.value_or(1s);
  options.resolve_every = flags_.repeat.resolve_every;
  return options;
}

void ConnectPing::show(const net::Probe& probe) {
  summary_.add(probe);
  if (probe.attempt.error) last_failure_ = probe.attempt;
  results_.event(probe_document(probe, target_));
  if (!live_) return;
  // Drawn once, after the line of this probe.
  out_.terminal().hide_status();
  out_.terminal().status(ping_status(summary_, utf8_));
}

net::Task<int> ConnectPing::run() {
  net::Ping::Listener listener;
  listener.resolved = [this](const net::dns::Answer& answer) { results_.event(resolved_document(answer)); };
  listener.look_up_failed = [this](const net::Error& why, const net::Endpoint& kept) {
    results_.note(why.subject + ": " + why.message() + "; still asking " + kept.address_text());
  };
  net::Ping ping(reactor_, options(), std::move(listener));
  for (;;) {
    const std::optional<net::Probe> probe = co_await ping.next();
    if (!probe) break;
    show(*probe);
    if (!co_await results_.flush()) co_return status_local;
    out_.terminal().show_status();
  }
  add_summary();
  if (!co_await results_.flush()) co_return status_local;
  co_return status();
}

void ConnectPing::add_summary() {
  out_.terminal().status("");
  results_.event(ping_summary_document(summary_));
  if (is_terminal(STDOUT_FILENO) && !out_.options().quiet) {
    for (const std::string& line :
         histogram_lines(summary_.round_trips, terminal_width(STDOUT_FILENO), utf8_)) {
      results_.line(line);
    }
  }
  if (summary_.received() > 0 || !last_failure_) return;
  const net::Error& error = *last_failure_->error;
  results_.error(error, connect_hint(error, &*last_failure_, dial_options(flags_)));
}

int ConnectPing::status() const {
  if (summary_.received() > 0) return status_ok;
  return last_failure_ ? exit_status(*last_failure_->error) : status_silence;
}

int ConnectPing::interrupted(const Ending& /*ending*/) {
  add_summary();
  return status();
}

}  // namespace

std::unique_ptr<ConnectMode> make_ping_mode(const ConnectContext& context) {
  return std::make_unique<ConnectPing>(context);
}

}  // namespace cmd
