#include "cmd/relay_report.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/json_out.hh"
#include "net/dns/status.hh"
#include "tests/support/json.hh"

// The events of connect and listen: their keys, in order, as the contract lists them.
namespace cmd {
namespace {

using namespace std::chrono_literals;
using Keys = std::vector<std::string>;

net::Endpoint ip(std::string_view text, std::uint16_t port) {
  return *net::Endpoint::parse_ip(text, port);
}

test::json::Value json(const Document& document) {
  return test::json::parse(to_json(document.json));
}

TEST(Report, Endpoints) {
  EXPECT_EQ(to_json(endpoint_object(ip("::1", 80))), R"({"address":"::1","port":80})");
  EXPECT_EQ(to_json(endpoint_object(*net::Endpoint::parse_unix("/tmp/x"))), R"({"path":"/tmp/x"})");
  EXPECT_EQ(to_json(endpoint_object(*net::Endpoint::parse_unix("@x"))), R"({"path":"@x"})");
  EXPECT_EQ(to_json(endpoint_object(*net::Endpoint::parse_unix("@"))), R"({"path":""})");
}

TEST(Report, Resolved) {
  net::dns::Answer answer;
  answer.host = "www.test";
  answer.family = AF_INET;
  answer.addresses = {ip("192.0.2.1", 0), ip("192.0.2.2", 0)};
  answer.server = ip("192.0.2.53", 53);
  answer.time = 11800us;
  const Document document = resolved_document(answer);
  EXPECT_EQ(document.event, "resolved");
  EXPECT_EQ(document.subject, "www.test A");
  EXPECT_EQ(document.text, "192.0.2.1, 192.0.2.2  (dns 192.0.2.53, 11.8 ms)");
  const auto value = json(document);
  for (const char* key : {"host", "addresses", "source", "time_ms"}) EXPECT_TRUE(value.has(key)) << key;
  EXPECT_EQ(value["addresses"].size(), 2U);
  EXPECT_EQ(value["source"].string(), "dns");
  EXPECT_DOUBLE_EQ(value["time_ms"].number(), 11.8);
  EXPECT_TRUE(value["error"].is_null());
}

TEST(Report, ResolvedToNothing) {
  net::dns::Answer answer;
  answer.host = "www.test";
  answer.family = AF_INET6;
  answer.error.emplace("resolve", "www.test", net::dns::Status::no_such_name);
  const Document document = resolved_document(answer);
  EXPECT_EQ(document.tone, Tone::bad);
  EXPECT_TRUE(document.text.starts_with("no such name")) << document.text;
  const auto value = json(document);
  EXPECT_EQ(value["addresses"].size(), 0U);
  EXPECT_EQ(value["error"]["code"].string(), "NXDOMAIN");
}

TEST(Report, Attempts) {
  net::Attempt attempt;
  attempt.address = ip("192.0.2.1", 81);
  attempt.time = 2ms;
  EXPECT_EQ(json(attempt_document(attempt, {})).keys(), (Keys{"address", "port", "error", "time_ms"}));
  EXPECT_TRUE(json(attempt_document(attempt, {}))["error"].is_null());
  attempt.error.emplace("connect", "192.0.2.1:81/tcp", net::errno_code(ECONNREFUSED));
  const Document failed = attempt_document(attempt, {});
  EXPECT_EQ(failed.subject, "192.0.2.1:81/tcp");
  EXPECT_EQ(failed.tone, Tone::bad);
  EXPECT_EQ(failed.text, "connection refused  (2 ms)");
  EXPECT_EQ(json(failed)["error"]["code"].string(), "ECONNREFUSED");
  attempt.error->blame = net::Blame::silence;
  EXPECT_EQ(attempt_document(attempt, {}).tone, Tone::waiting);
}

TEST(Report, Connected) {
  const auto value = json(connected_document(ip("192.0.2.9", 40000), ip("192.0.2.1", 80), {}, 5ms));
  EXPECT_EQ(value.keys(), (Keys{"protocol", "local", "peer", "time_ms"}));
  EXPECT_EQ(value["protocol"].string(), "tcp");
  EXPECT_EQ(value["local"]["port"].integer(), 40000);
  EXPECT_EQ(value["peer"]["address"].string(), "192.0.2.1");
}

TEST(Report, Listening) {
  const Document document = listening_document(ip("::", 40123), {});
  EXPECT_EQ(document.text, "listening on [::]:40123/tcp");
  EXPECT_EQ(document.audience, Audience::everybody);
  EXPECT_EQ(json(document).keys(), (Keys{"address", "port", "protocol"}));
}

TEST(Report, AcceptedAndRejected) {
  const auto accepted = json(accepted_document(7, ip("192.0.2.1", 1), ip("192.0.2.2", 2), {}));
  EXPECT_EQ(accepted.keys(), (Keys{"client", "peer", "local"}));
  EXPECT_EQ(accepted["client"].integer(), 7);
  const Document rejected = rejected_document(ip("192.0.2.1", 1), {false, SOCK_DGRAM}, "not_the_client");
  EXPECT_EQ(rejected.text, "not the client");
  EXPECT_EQ(json(rejected).keys(), (Keys{"peer", "reason"}));
  EXPECT_EQ(json(rejected)["reason"].string(), "not_the_client");
}

TEST(Report, ClosedOfConnectAndListen) {
  net::Closed closed;
  closed.sent = 2048;
  closed.received = 512;
  closed.duration = 2s;
  closed.reason = net::EndReason::peer_closed;
  const Keys keys{"sent_bytes", "received_bytes", "unsent_bytes", "duration_ms", "reason", "tcp_info"};
  auto value = json(closed_document(closed));
  EXPECT_EQ(value.keys(), keys);
  EXPECT_EQ(value["sent_bytes"].integer(), 2048);
  EXPECT_EQ(value["reason"].string(), "peer_closed");
  EXPECT_DOUBLE_EQ(value["duration_ms"].number(), 2000);
  EXPECT_TRUE(value["tcp_info"].is_null());
  EXPECT_EQ(closed_document(closed).text, "sent 2 KiB, received 512 B in 2 s (1.2 KiB/s)");
  value = json(closed_document(closed, 3));
  EXPECT_EQ(value.keys().front(), "client");
  EXPECT_EQ(closed_document(closed, 3).subject, "peer closed, client 3");
}

TEST(Report, ClosedByAReset) {
  net::Closed closed;
  closed.unsent = 3;
  closed.reason = net::EndReason::reset;
  closed.tcp_info = net::TcpInfo{11800, 900, 1, 1448, 10, "cubic"};
  const Document document = closed_document(closed);
  EXPECT_EQ(document.tone, Tone::bad);
  for (const char* part :
       {"3 B unsent", "rtt 11.8 ms +/- 900 us", "1 retransmit,", "mss 1448", "cwnd 10", "cubic"}) {
    EXPECT_TRUE(document.text.contains(part)) << document.text;
  }
  const auto value = json(document);
  EXPECT_EQ(value["unsent_bytes"].integer(), 3);
  EXPECT_EQ(value["tcp_info"]["congestion_control"].string(), "cubic");
}

TEST(Report, Options) {
  const auto setting = net::parse_option("rcvbuf=100000");
  ASSERT_TRUE(setting);
  net::OptionChange change =
      net::explain_change(*setting, std::nullopt, net::OptionValue{.data = std::int64_t{200000}}, {});
  const Document document = option_document(change);
  EXPECT_EQ(document.subject, "SO_RCVBUF");
  EXPECT_EQ(document.text, net::change_text(change));
  EXPECT_EQ(document.event, "") << "text only";
}

}  // namespace
}  // namespace cmd
