#include "cmd/progress.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <vector>

#include "cmd/chart.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

double seconds_between(net::TimePoint from, net::TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string moved_text(const ProgressFigures& figures) {
  if (figures.sent > 0 && figures.received > 0) {
    return "sent " + net::size_text(figures.sent) + ", received " + net::size_text(figures.received);
  }
  return net::size_text(figures.sent + figures.received);
}

/// "rtt 22.9 ms, 3 retransmits".
std::string path_text(const net::TcpInfo& info) {
  return "rtt " + net::duration_text(std::chrono::microseconds(info.rtt_us)) + ", " +
         net::count_text(info.retransmits, "retransmit");
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
      figures_(std::move(figures)),
      total_(total),
      began_(reactor.now()),
      last_sample_(began_),
      ticker_(reactor, out, ProgressTicker::Stdout::payload, [this] { return look(); }) {}

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

StatusParts Progress::parts() const {
  const ProgressFigures figures = figures_();
  const double rate = recent_rate();
  StatusParts parts;
  if (total_ && *total_ > 0) {
    parts.push_back({net::size_text(figures.sent) + " of " + net::size_text(*total_)});
    parts.push_back({std::to_string(figures.sent * 100 / *total_) + " %"});
    if (figures.received > 0) parts.push_back({"received " + net::size_text(figures.received), 2});
  } else {
    parts.push_back({moved_text(figures)});
  }
  parts.push_back({net::size_text(static_cast<std::uint64_t>(rate)) + "/s", 1});
  if (ticker_.rewrites()) {
    parts.push_back({sparkline(std::vector(rates_.begin(), rates_.end()), locale_is_utf8()), 5});
  }
  std::string clock = clock_text(seconds_between(began_, reactor_.now()));
  if (total_ && *total_ > figures.sent && rate > 0) {
    clock += ", " + clock_text(static_cast<double>(*total_ - figures.sent) / rate) + " left";
  }
  parts.push_back({std::move(clock), 3});
  if (figures.tcp_info) parts.push_back({path_text(*figures.tcp_info), 4});
  return parts;
}

ProgressLook Progress::look() {
  sample();
  const ProgressFigures figures = figures_();
  ProgressLook look;
  look.parts = parts();
  look.json = {{"sent_bytes", figures.sent},
               {"received_bytes", figures.received},
               {"total_bytes", total_ ? Value(*total_) : Value(nullptr)},
               {"bytes_per_s", recent_rate()}};
  return look;
}

std::optional<std::uint64_t> stdin_size() {
  struct stat status{};
  if (fstat(STDIN_FILENO, &status) < 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const off_t offset = lseek(STDIN_FILENO, 0, SEEK_CUR);
  return static_cast<std::uint64_t>(std::max<off_t>(0, status.st_size - std::max<off_t>(0, offset)));
}

}  // namespace cmd
