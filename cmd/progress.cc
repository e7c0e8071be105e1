#include "cmd/progress.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <vector>

#include "net/base/text.hh"

namespace cmd {
namespace {

double seconds_between(net::TimePoint from, net::TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(0.0, seconds));
  std::array<char, 32> buffer{};
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%llu:%02llu:%02llu", static_cast<unsigned long long>(whole / 3600),
      static_cast<unsigned long long>(whole / 60 % 60), static_cast<unsigned long long>(whole % 60));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

Progress::Progress(net::Reactor& reactor, Output& out, std::function<ProgressFigures()> figures,
                   std::optional<std::uint64_t> total)
    : reactor_(reactor),
      out_(out),
      figures_(std::move(figures)),
      total_(total),
      rewrites_(out.terminal().interactive() && !is_terminal(STDOUT_FILENO) && !out.options().json),
      began_(reactor.now()),
      last_sample_(began_) {}

Progress::~Progress() {
  out_.terminal().status("");
}

void Progress::sample() {
  const ProgressFigures figures = figures_();
  const std::uint64_t moved = figures.sent + figures.received;
  const net::TimePoint now = reactor_.now();
  const double span = seconds_between(last_sample_, now);
  if (span > 0) rates_.push_back(static_cast<double>(moved - last_moved_) / span);
  if (rates_.size() > 8) rates_.pop_front();
  last_sample_ = now;
  last_moved_ = moved;
}

double Progress::recent_rate() const {
  if (rates_.empty()) return 0;
  return std::accumulate(rates_.begin(), rates_.end(), 0.0) / static_cast<double>(rates_.size());
}

std::string Progress::text() const {
  const ProgressFigures figures = figures_();
  const double elapsed = seconds_between(began_, reactor_.now());
  const double rate = recent_rate();
  std::string out;
  if (total_ && *total_ > 0) {
    out = net::size_text(figures.sent) + " of " + net::size_text(*total_) + "  " +
          std::to_string(figures.sent * 100 / *total_) + " %";
    if (figures.received > 0) out += ", received " + net::size_text(figures.received);
  } else if (figures.sent > 0 && figures.received > 0) {
    out = "sent " + net::size_text(figures.sent) + ", received " + net::size_text(figures.received);
  } else {
    out = net::size_text(figures.sent + figures.received);
  }
  out += "  " + net::size_text(static_cast<std::uint64_t>(rate)) + "/s";
  if (rewrites_) {
    out += "  " + sparkline(std::vector(rates_.begin(), rates_.end()), locale_is_utf8());
  }
  out += "  " + clock_text(elapsed);
  if (total_ && *total_ > figures.sent && rate > 0) {
    out += ", " + clock_text(static_cast<double>(*total_ - figures.sent) / rate) + " left";
  }
  return out;
}

void Progress::show() {
  sample();
  const ProgressFigures figures = figures_();
  if (rewrites_) {
    out_.terminal().status(text());
    return;
  }
  Document document;
  document.audience = Audience::everybody;
  document.text = text();
  document.event = "progress";
  document.json = {{"sent_bytes", figures.sent},
                   {"received_bytes", figures.received},
                   {"total_bytes", total_ ? Value(*total_) : Value(nullptr)},
                   {"bytes_per_s", recent_rate()}};
  out_.print(document);
}

net::Task<> Progress::run() {
  // stdout on the same terminal: a line in the middle of the payload would help nobody.
  const bool same_terminal = out_.terminal().interactive() && !rewrites_ && !out_.options().json;
  const net::Duration every = out_.options().json ? std::chrono::seconds(1)
                              : rewrites_         ? std::chrono::milliseconds(500)
                                                  : std::chrono::seconds(10);
  for (;;) {
    co_await reactor_.sleep(same_terminal ? net::forever : every);
    show();
  }
}

std::optional<std::uint64_t> stdin_size() {
  struct stat status{};
  if (fstat(STDIN_FILENO, &status) < 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const off_t offset = lseek(STDIN_FILENO, 0, SEEK_CUR);
  return static_cast<std::uint64_t>(std::max<off_t>(0, status.st_size - std::max<off_t>(0, offset)));
}

}  // namespace cmd
