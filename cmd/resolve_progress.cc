#include "cmd/resolve_progress.hh"

#include "cmd/progress.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

double seconds(net::Duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

BulkProgress::BulkProgress(net::Reactor& reactor, Output& out, const net::dns::Bulk& bulk)
    : reactor_(reactor),
      bulk_(bulk),
      began_(reactor.now()),
      last_look_(began_),
      ticker_(reactor, out, ProgressTicker::Stdout::results, [this] { return look(); }) {}

ProgressLook BulkProgress::look() {
  const net::dns::BulkFigures& figures = bulk_.figures();
  const std::uint64_t done = figures.answered + figures.failed;
  const net::TimePoint now = reactor_.now();
  const double span = seconds(now - last_look_);
  const double rate = span > 0 ? static_cast<double>(done - last_done_) / span : 0;
  last_done_ = done;
  last_look_ = now;
  ProgressLook look;
  look.parts = {{std::to_string(figures.asked) + " asked, " + std::to_string(figures.answered) +
                 " answered, " + std::to_string(figures.failed) + " failed"},
                {net::decimal_text(rate, 0) + "/s", 1},
                {clock_text(seconds(now - began_)), 2}};
  look.json = {{"asked", figures.asked},
               {"answered", figures.answered},
               {"failed", figures.failed},
               {"sent", figures.sent},
               {"per_s", rate},
               {"duration_ms", net::to_ms(now - began_)}};
  return look;
}

void BulkProgress::finish() {
  // The rate of all.
  last_look_ = began_;
  last_done_ = 0;
  ticker_.finish();
}

}  // namespace cmd
