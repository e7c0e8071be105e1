#include "cmd/connect_ping_report.hh"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

#include "cmd/chart.hh"
#include "cmd/output.hh"
#include "cmd/relay_report.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

constexpr std::size_t sparkline_length = 30;
constexpr std::size_t longest_bar = 40;

/// Decimals that leave two digits at least of the shortest, the same for all of one summary.
int decimals_for(double ms) {
  if (ms >= 1) return 1;
  return ms >= 0.1 ? 2 : 3;
}

std::string failure_text(const net::Error& error, net::Duration time) {
  if (error.op != "connect") return std::string(error.op) + ": " + error.message();
  std::string text = error.message();
  // Nobody but the host, or what stands in its place, sends a RST.
  const bool by_itself = error.code == net::errno_code(ECONNREFUSED) && error.said_by.empty();
  if (by_itself && error.detail.empty()) text += ", said by itself";
  if (error.blame == net::Blame::remote) text += "  (" + net::milliseconds_text(time) + ")";
  return text;
}

Tone tone_of(const std::optional<net::Error>& error) {
  if (!error) return Tone::good;
  return error->blame == net::Blame::silence ? Tone::waiting : Tone::bad;
}

Object address_object(const net::Attempt& attempt, const PingTarget& target) {
  if (attempt.address.family() != AF_UNSPEC) return endpoint_object(attempt.address);
  return {{"address", nullptr}, {"port", target.port}};
}

/// The time of a probe wherever it is told, so that whoever reckons with the lines gets the summary's
/// figures.
net::Duration told_time(const net::Attempt& attempt) {
  return std::chrono::round<std::chrono::microseconds>(attempt.time);
}

/// Figures of figures have more digits than what was measured.
Value exact(double ms) {
  return NumberText{net::decimal_text(ms, 6)};
}

std::string bin_label(const net::Samples::Bin& bin, bool in_us) {
  const auto number = [in_us](net::Duration span) {
    return net::decimal_text(net::to_ms(span) * (in_us ? 1000 : 1), 3);
  };
  const std::string unit = in_us ? " us" : " ms";
  if (bin.to == net::forever) return number(bin.from) + unit + " and more";
  return number(bin.from) + "-" + number(bin.to) + unit;
}

}  // namespace

void PingSummary::add(const net::Probe& probe) {
  ++sent;
  const bool answered = !probe.attempt.error;
  const net::Duration time = told_time(probe.attempt);
  if (answered) round_trips.add(time);
  latest.push_back(answered ? net::to_ms(time) : no_value);
  if (latest.size() > sparkline_length) latest.pop_front();
}

double PingSummary::loss_percent() const {
  if (sent == 0) return 0;
  return static_cast<double>(sent - received()) * 100 / static_cast<double>(sent);
}

Document probe_document(const net::Probe& probe, const PingTarget& target) {
  const net::Attempt& attempt = probe.attempt;
  Document document;
  document.audience = Audience::not_quiet;
  document.tone = tone_of(attempt.error);
  document.label = std::to_string(probe.sequence);
  document.subject = attempt.address.family() == AF_UNSPEC
                         ? target.host
                         : net::subject_text(attempt.address, target.transport);
  const net::Duration time = told_time(attempt);
  document.text = attempt.error ? failure_text(*attempt.error, time) : net::milliseconds_text(time);
  document.event = "probe";
  document.json = {{"seq", probe.sequence}};
  const Object address = address_object(attempt, target);
  document.json.insert(document.json.end(), address.begin(), address.end());
  document.json.emplace_back("time_ms", attempt.error ? Value(nullptr) : Value(net::to_ms(time)));
  document.json.emplace_back("error", attempt.error ? error_value(*attempt.error) : Value(nullptr));
  return document;
}

Document ping_summary_document(const PingSummary& summary) {
  const auto figures = summary.round_trips.statistics();
  Document document;
  document.audience = Audience::everybody;
  document.text = net::count_text(summary.sent, "probe") + ", " + std::to_string(summary.received()) +
                  " answered, " + net::decimal_text(summary.loss_percent(), 1) + " % lost";
  document.event = "summary";
  document.json = {{"of", "ping"},
                   {"sent", summary.sent},
                   {"received", summary.received()},
                   {"loss_percent", summary.loss_percent()}};
  const net::SpanStatistics some = figures.value_or(net::SpanStatistics());
  const struct {
    const char* key;
    const char* name;
    double value;
  } rows[] = {{"min_ms", "min", some.min},          {"avg_ms", "avg", some.average},
              {"median_ms", "median", some.median}, {"p95_ms", "p95", some.p95},
              {"max_ms", "max", some.max},          {"mdev_ms", "mdev", some.deviation}};
  for (const auto& row : rows) {
    document.json.emplace_back(row.key, figures ? exact(row.value) : Value(nullptr));
    if (!figures) continue;
    document.text += (row.key == rows[0].key ? "   " : "  ") + std::string(row.name) + " " +
                     net::fixed_text(row.value, decimals_for(some.min));
  }
  if (figures) document.text += " ms";
  return document;
}

std::vector<std::string> histogram_lines(const net::Samples& round_trips, std::size_t columns, bool utf8) {
  if (round_trips.count() < 2) return {};
  const std::vector<net::Samples::Bin> bins = round_trips.histogram();
  const bool in_us = bins.front().to < std::chrono::milliseconds(1);
  std::vector<Bar> bars;
  std::size_t beside = 0;
  for (const net::Samples::Bin& bin : bins) {
    bars.push_back({bin_label(bin, in_us), bin.count});
    // The label, the count and the blanks round the bar.
    beside = std::max(beside, bars.back().label.size() + std::to_string(bin.count).size() + 2);
  }
  const std::size_t room = columns > beside ? columns - beside : 1;
  return bar_lines(bars, std::min(longest_bar, room), utf8);
}

StatusParts ping_status(const PingSummary& summary, bool utf8) {
  StatusParts parts;
  parts.push_back({sparkline(std::vector(summary.latest.begin(), summary.latest.end()), utf8), 2});
  if (const auto figures = summary.round_trips.statistics()) {
    const int decimals = decimals_for(figures->min);
    parts.push_back({"avg " + net::fixed_text(figures->average, decimals) + " ms", 1});
    parts.push_back({"max " + net::fixed_text(figures->max, decimals) + " ms", 3});
  }
  parts.push_back({std::to_string(summary.sent - summary.received()) + " of " + std::to_string(summary.sent) +
                   " lost (" + net::decimal_text(summary.loss_percent(), 1) + " %)"});
  return parts;
}

}  // namespace cmd
