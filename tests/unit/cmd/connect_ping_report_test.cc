#include "cmd/connect_ping_report.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "cmd/json_out.hh"
#include "cmd/output.hh"
#include "cmd/text_out.hh"
#include "net/dns/status.hh"

// What --ping tells, from figures given by hand.
namespace cmd {
namespace {

using namespace std::chrono_literals;
using net::Blame;

net::Probe answered(std::uint64_t sequence, net::Duration time) {
  net::Probe probe;
  probe.sequence = sequence;
  probe.attempt.address = *net::Endpoint::parse_ip("192.0.2.10", 443);
  probe.attempt.time = time;
  return probe;
}

net::Probe failed(std::uint64_t sequence, net::Duration time, net::Error error) {
  net::Probe probe = answered(sequence, time);
  probe.attempt.error = std::move(error);
  return probe;
}

net::Error connect_error(int code, const std::string& detail = "", const std::string& said_by = "") {
  net::Error error("connect", "192.0.2.10:443/tcp", net::errno_code(code));
  error.detail = detail;
  error.said_by = said_by;
  if (!said_by.empty()) error.blame = Blame::remote;
  return error;
}

std::string line(const net::Probe& probe, const PingTarget& target = {"host.test", 443, {}}) {
  return to_text(probe_document(probe, target), false);
}

TEST(PingReport, ALineForEachProbe) {
  EXPECT_EQ(line(answered(1, 23100us)), "1        192.0.2.10:443/tcp       23.1 ms");
  EXPECT_EQ(line(failed(2, 1s, connect_error(ETIMEDOUT, "no answer in 1 s"))),
            "2        192.0.2.10:443/tcp       no answer in 1 s");
  EXPECT_EQ(line(failed(3, 21ms, connect_error(ECONNREFUSED))),
            "3        192.0.2.10:443/tcp       connection refused, said by itself  (21.0 ms)");
  EXPECT_EQ(line(failed(4, 5ms, connect_error(EHOSTUNREACH, "host unreachable (ICMP 3/1)", "192.0.2.1"))),
            "4        192.0.2.10:443/tcp       host unreachable (ICMP 3/1), said by 192.0.2.1  (5.0 ms)");
  net::Probe nameless;
  nameless.sequence = 5;
  nameless.attempt.error = net::Error("resolve", "host.test", net::dns::Status::no_such_name);
  EXPECT_EQ(line(nameless), "5        host.test                resolve: no such name");
}

TEST(PingReport, TheTone) {
  const PingTarget target{"host.test", 443, {}};
  EXPECT_EQ(probe_document(answered(1, 1ms), target).tone, Tone::good);
  EXPECT_EQ(probe_document(failed(1, 1s, connect_error(ETIMEDOUT)), target).tone, Tone::waiting);
  EXPECT_EQ(probe_document(failed(1, 1s, connect_error(ECONNREFUSED)), target).tone, Tone::bad);
}

PingSummary summary_of(const std::vector<net::Probe>& probes) {
  PingSummary summary;
  for (const net::Probe& probe : probes) summary.add(probe);
  return summary;
}

TEST(PingReport, TheSummary) {
  PingSummary summary = summary_of({answered(1, 22800us), answered(2, 23200us), answered(3, 31ms)});
  EXPECT_EQ(
      ping_summary_document(summary).text,
      "3 probes, 3 answered, 0 % lost   min 22.8  avg 25.7  median 23.2  p95 31.0  max 31.0  mdev 3.8 ms");
  summary.add(failed(4, 1s, connect_error(ETIMEDOUT)));
  EXPECT_TRUE(ping_summary_document(summary).text.starts_with("4 probes, 3 answered, 25 % lost   min 22.8"));
  const PingSummary fast = summary_of({answered(1, 41us), answered(2, 52us)});
  EXPECT_EQ(ping_summary_document(fast).text,
            "2 probes, 2 answered, 0 % lost   min 0.041  avg 0.046  median 0.046  p95 0.052  max 0.052  "
            "mdev 0.005 ms");
}

/// The line of JSON that holds them.
std::string json_of(const Document& document) {
  std::string json;
  append_json(json, document.json);
  return json;
}

// A time between two microseconds is rounded once, and not one way in its line and another in the summary.
TEST(PingReport, TheSummaryHasTheTimesOfItsLines) {
  for (const auto& [time, text] : {std::pair<net::Duration, std::string>(99500ns, "0.1"),
                                   {100500ns, "0.1"},
                                   {101500ns, "0.102"},
                                   {1234567ns, "1.235"}}) {
    const net::Probe probe = answered(1, time);
    EXPECT_TRUE(json_of(probe_document(probe, {})).contains("\"time_ms\":" + text + ",")) << text;
    const std::string summary = json_of(ping_summary_document(summary_of({probe})));
    for (const std::string key : {"min", "avg", "median", "p95", "max"}) {
      EXPECT_TRUE(summary.contains("\"" + key + "_ms\":" + text + ",")) << key << " of " << summary;
    }
  }
}

TEST(PingReport, NothingReceived) {
  EXPECT_EQ(ping_summary_document({}).text, "0 probes, 0 answered, 0 % lost");
  const PingSummary silent = summary_of({failed(1, 1s, connect_error(ETIMEDOUT))});
  const Document document = ping_summary_document(silent);
  EXPECT_EQ(document.text, "1 probe, 0 answered, 100 % lost");
  for (const auto& [key, value] : document.json) {
    if (!key.ends_with("_ms")) continue;
    EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(value.data())) << key;
  }
}

using Lines = std::vector<std::string>;

TEST(PingReport, TheHistogram) {
  const PingSummary few = summary_of({answered(1, 23ms)});
  EXPECT_TRUE(histogram_lines(few.round_trips, 80, false).empty()) << "one is no distribution";
  const PingSummary some =
      summary_of({answered(1, 21ms), answered(2, 22ms), answered(3, 23500us), answered(4, 39500us)});
  EXPECT_EQ(histogram_lines(some.round_trips, 80, false),
            (Lines{"20-22 ms " + std::string(20, '#') + " 1", "22-24 ms " + std::string(40, '#') + " 2",
                   "38-40 ms " + std::string(20, '#') + " 1"}));
  for (const std::string& bar : histogram_lines(some.round_trips, 20, false)) EXPECT_LE(bar.size(), 20U);
  const PingSummary fast = summary_of({answered(1, 41us), answered(2, 43us)});
  EXPECT_EQ(histogram_lines(fast.round_trips, 80, false).front(), "41-42 us " + std::string(40, '#') + " 1");
}

TEST(PingReport, TheStatusLine) {
  PingSummary summary = summary_of({answered(1, 10ms), failed(2, 1s, connect_error(ETIMEDOUT))});
  EXPECT_EQ(fitted(ping_status(summary, false), 80), "7x  avg 10.0 ms  max 10.0 ms  1 of 2 lost (50 %)");
  EXPECT_EQ(fitted(ping_status(summary, false), 40), "7x  avg 10.0 ms  1 of 2 lost (50 %)");
  EXPECT_EQ(fitted(ping_status(summary, false), 31), "avg 10.0 ms  1 of 2 lost (50 %)");
  EXPECT_EQ(fitted(ping_status(summary, false), 20), "1 of 2 lost (50 %)");
  for (int i = 0; i < 100; ++i) summary.add(answered(1, 10ms));
  EXPECT_TRUE(fitted(ping_status(summary, false), 80).starts_with(std::string(30, '7') + "  avg"));
}

}  // namespace
}  // namespace cmd
