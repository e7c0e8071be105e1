#include "cmd/connect_scan_progress.hh"

#include <string>

#include "cmd/progress.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

double seconds(net::Duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

ScanProgress::ScanProgress(net::Reactor& reactor, Output& out, const net::ScanFigures& figures,
                           std::optional<std::uint64_t> total)
    : reactor_(reactor),
      figures_(figures),
      total_(total),
      began_(reactor.now()),
      last_look_(began_),
      ticker_(reactor, out, ProgressTicker::Stdout::results, [this] { return look(); }) {}

ProgressLook ScanProgress::look() {
  const net::TimePoint now = reactor_.now();
  const std::uint64_t done = figures_.decided() + figures_.skipped;
  const double span = seconds(now - last_look_);
  const double rate = span > 0 ? static_cast<double>(done - last_done_) / span : 0;
  last_look_ = now;
  last_done_ = done;
  const double elapsed = seconds(now - began_);
  std::string clock = clock_text(elapsed);
  ProgressLook look;
  if (total_ && *total_ > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(*total_);
    look.parts = {{std::to_string(done) + " of " + net::count_text(*total_, "port")},
                  {std::to_string(static_cast<int>(100 * share)) + " %"}};
    // By the average: silence comes in bursts.
    if (share > 0 && share < 1) clock += ", " + clock_text(elapsed / share - elapsed) + " left";
  } else {
    look.parts = {{net::count_text(done, "port")}};
  }
  look.parts.push_back({std::to_string(figures_.open) + " open"});
  look.parts.push_back({net::decimal_text(rate, 0) + "/s", 2});
  look.parts.push_back({std::move(clock), 1});
  look.json = {{"done", done},
               {"total", total_ ? Value(*total_) : Value(nullptr)},
               {"open", figures_.open},
               {"per_s", rate},
               {"duration_ms", net::to_ms(now - began_)}};
  return look;
}

}  // namespace cmd
