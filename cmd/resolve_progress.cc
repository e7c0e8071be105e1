#include "cmd/resolve_progress.hh"

#include <unistd.h>

#include "cmd/progress.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;

double seconds(net::Duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

BulkProgress::BulkProgress(net::Reactor& reactor, Output& out, const net::dns::Bulk& bulk)
    : reactor_(reactor),
      out_(out),
      bulk_(bulk),
      rewrites_(out.terminal().interactive() && !is_terminal(STDOUT_FILENO) && !out.options().json),
      began_(reactor.now()),
      last_sample_(began_) {}

BulkProgress::~BulkProgress() {
  out_.terminal().status("");
}

std::string BulkProgress::text() const {
  const net::dns::BulkFigures& figures = bulk_.figures();
  return std::to_string(figures.asked) + " asked, " + std::to_string(figures.answered) + " answered, " +
         std::to_string(figures.failed) + " failed  " + net::decimal_text(rate_, 0) + "/s  " +
         clock_text(seconds(reactor_.now() - began_));
}

void BulkProgress::show(bool rewrite) {
  const net::dns::BulkFigures& figures = bulk_.figures();
  if (rewrite) return out_.terminal().status(text());
  Document document;
  document.audience = Audience::everybody;
  document.text = text();
  document.event = "progress";
  document.json = {{"asked", figures.asked},   {"answered", figures.answered},
                   {"failed", figures.failed}, {"sent", figures.sent},
                   {"per_s", rate_},           {"duration_ms", net::to_ms(reactor_.now() - began_)}};
  out_.print(document);
}

net::Task<> BulkProgress::run() {
  // stdout on the same terminal: a line in the middle of the results would help nobody.
  const bool same_terminal = out_.terminal().interactive() && !rewrites_ && !out_.options().json;
  const net::Duration every = out_.options().json ? 1s : rewrites_ ? net::Duration(500ms) : 10s;
  for (;;) {
    co_await reactor_.sleep(same_terminal ? net::forever : every);
    const std::uint64_t done = bulk_.figures().answered + bulk_.figures().failed;
    const net::TimePoint now = reactor_.now();
    rate_ = static_cast<double>(done - last_done_) / seconds(now - last_sample_);
    last_done_ = done;
    last_sample_ = now;
    show(rewrites_);
  }
}

void BulkProgress::finish() {
  const net::dns::BulkFigures& figures = bulk_.figures();
  const double span = seconds(reactor_.now() - began_);
  rate_ = span > 0 ? static_cast<double>(figures.answered + figures.failed) / span : 0;
  show(false);
}

}  // namespace cmd
