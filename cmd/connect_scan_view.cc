#include "cmd/connect_scan_view.hh"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cmd/columns.hh"
#include "cmd/why.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

constexpr std::size_t state_width = 10;
constexpr std::size_t udp_state_width = 15;
constexpr std::size_t service_width = 11;
constexpr std::size_t time_width = 11;  // of a second of silence too
// A network without a route would otherwise say so for each of its addresses.
constexpr std::uint64_t most_failures = 10;

Tone tone_of(net::PortState state) {
  if (state == net::PortState::open) return Tone::good;
  return state == net::PortState::closed ? Tone::bad : Tone::waiting;
}

/// What came up to the end of the first line.
std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

std::string port_text(std::uint16_t port, net::Transport transport) {
  return std::to_string(port) + "/" + std::string(transport.name());
}

/// "2 open, 998 closed, 24 filtered (no answer) of 1024 ports".
std::string counts_text(const net::ScanFigures& figures) {
  std::string text = std::to_string(figures.open) + " open";
  if (figures.closed > 0) text += ", " + std::to_string(figures.closed) + " closed";
  if (figures.filtered > 0) text += ", " + std::to_string(figures.filtered) + " filtered";
  if (figures.filtered > 0 && figures.silent == figures.filtered) text += " (no answer)";
  if (figures.silent > 0 && figures.silent < figures.filtered) {
    text += " (" + std::to_string(figures.silent) + " without an answer)";
  }
  if (figures.open_filtered > 0) {
    text += ", " + std::to_string(figures.open_filtered) + " open|filtered (no answer)";
  }
  text += " of " + net::count_text(figures.decided(), "port");
  if (figures.hosts > 1) text += " on " + net::count_text(figures.hosts, "host");
  return text;
}

/// ", 3 ports could not be asked".
std::string skipped_text(std::uint64_t ports) {
  if (ports == 0) return {};
  return ", " + (ports == UINT64_MAX ? "the rest" : net::count_text(ports, "port")) + " could not be asked";
}

/// "one ICMP message a second", "16 ICMP messages a second", "one ICMP message in 4 s".
std::string icmp_pace_text(net::Duration interval) {
  const double seconds = std::chrono::duration<double>(interval).count();
  const auto each_second = std::llround(1 / seconds);
  if (each_second > 1) return std::to_string(each_second) + " ICMP messages a second";
  if (std::llround(seconds) <= 1) return "one ICMP message a second";
  return "one ICMP message in " + std::to_string(std::llround(seconds)) + " s";
}

/// "40 s", "3 min", "18 h".
std::string rough_text(net::Duration span) {
  const double seconds = std::chrono::duration<double>(span).count();
  if (seconds < 100) return std::to_string(std::llround(seconds)) + " s";
  if (seconds < 6000) return std::to_string(std::llround(seconds / 60)) + " min";
  return std::to_string(std::llround(seconds / 3600)) + " h";
}

}  // namespace

ScanView::ScanView(Results& results, const ConnectFlags& flags, bool quiet)
    : results_(results),
      quiet_(quiet),
      flags_(flags),
      transport_(flags.relay.transport()),
      dial_(dial_options(flags)) {
  for (const auto& range : flags.scan.ports) {
    port_width_ = std::max(port_width_, port_text(range.last, transport_).size() + 2);
  }
  if (!flags.relay.numeric) services_ = net::kern::all_services();
}

std::string_view ScanView::service_of(std::uint16_t port) const {
  const auto found = services_.find({port, std::string(transport_.name())});
  return found == services_.end() ? std::string_view() : std::string_view(found->second.name);
}

void ScanView::take(const net::PortResult& result) {
  // Here, since a line that is made remembers that its host was shown.
  if (quiet_ && result.state != net::PortState::open && !results_.json()) return;
  const std::string_view service = service_of(result.address.port());
  Document document;
  document.audience = Audience::everybody;
  document.tone = tone_of(result.state);
  if (!results_.json()) document.text = line(result, service);
  document.event = "port";
  document.json = {{"host", result.host.name},
                   {"address", result.address.address_text()},
                   {"port", result.address.port()},
                   {"protocol", transport_.name()},
                   {"state", net::name_of(result.state)},
                   {"service", service.empty() ? Value(nullptr) : Value(service)},
                   {"banner", result.banner.empty() ? Value(nullptr) : Value(result.banner)},
                   {"time_ms", net::to_ms(result.time)},
                   {"error", result.error ? error_value(*result.error) : Value(nullptr)}};
  results_.event(document);
}

std::string ScanView::line(const net::PortResult& result, std::string_view service) {
  const bool datagrams = transport_.type == SOCK_DGRAM;
  std::string text = host_column(result.host);
  text += filled(port_text(result.address.port(), transport_), port_width_);
  text += filled(net::name_of(result.state), datagrams ? udp_state_width : state_width);
  if (!flags_.relay.numeric) text += filled(service, service_width);
  text += filled(net::milliseconds_text(result.time), time_width);
  text += result.error ? result.error->message() : std::string(first_line(result.banner));
  return text;
}

std::string ScanView::host_column(const net::ScanHost& host) {
  const bool again = shown_ && *shown_ == host.address && shown_name_ == host.name;
  const std::string address = host.address.address_text();
  const std::string text = host.name == address ? address : host.name + " (" + address + ")";
  host_width_ = std::max(host_width_, text.size() + 2);
  shown_ = host.address;
  shown_name_ = host.name;
  return filled(again ? std::string_view() : std::string_view(text), host_width_);
}

void ScanView::host_failed(const net::ScanHost& /*host*/, const net::Endpoint& address,
                           const net::Error& error) {
  if (++failed_hosts_ > most_failures && !results_.json()) return;
  net::Attempt attempt;
  attempt.address = address;
  results_.error(error, connect_hint(error, &attempt, dial_));
}

void ScanView::network_failed(const net::ScanHost& host, std::size_t hosts, const net::Error& error) {
  net::Error told("scan", host.network, error.code, error.blame);
  told.detail = std::to_string(hosts) + " hosts in a row could not be asked, the rest is left out";
  results_.error(told);
}

void ScanView::icmp_limited(const net::ScanHost& host, net::Duration interval, std::size_t left) {
  results_.note(host.address.address_text() + " answers about " + icmp_pace_text(interval) + ": " +
                net::count_text(left, "port") + " left will take some " +
                rough_text(interval * static_cast<std::int64_t>(left)) + "; --deadline bounds it");
}

net::Task<bool> ScanView::flush() {
  if (!co_await results_.flush()) failed_ = true;
  co_return !failed_;
}

void ScanView::summary(const net::ScanFigures& figures, net::Duration duration,
                       std::optional<std::uint64_t> untried) {
  if (failed_hosts_ > most_failures && !results_.json()) {
    results_.note(std::to_string(failed_hosts_ - most_failures) + " more hosts could not be asked");
  }
  Document document;
  document.audience = Audience::not_quiet;
  document.text = counts_text(figures) + " in " + net::duration_text(duration);
  document.text += skipped_text(figures.skipped);
  if (figures.unanswered > 0)
    document.text += ", " + std::to_string(figures.unanswered) + " not answered yet";
  if (!untried) document.text += ", the rest not tried";
  if (untried.value_or(0) > 0) document.text += ", " + std::to_string(*untried) + " not tried";
  if (figures.icmp_rate_limited) document.text += " (silence is not proved: ICMP answers may be limited)";
  document.event = "summary";
  document.json = {{"of", "scan"},
                   {"open", figures.open},
                   {"closed", figures.closed},
                   {"filtered", figures.filtered},
                   {"open_filtered", figures.open_filtered},
                   {"icmp_rate_limited", figures.icmp_rate_limited},
                   {"duration_ms", net::to_ms(duration)}};
  results_.event(document);
}

}  // namespace cmd
