#include "net/dns/query.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "net/dns/status.hh"
#include "tests/unit/dns/scripted_network.hh"
#include "tests/unit/dns/wire_parts.hh"

// One question by UDP: tries, time, EDNS given up, and who is believed.
namespace net::dns {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
using Durations = std::vector<Duration>;

constexpr auto given_up_after_error =
    "FORMERR to the query with EDNS: asked again without EDNS, and that was answered";
constexpr auto given_up_after_silence =
    "no answer to the queries with EDNS, but to one without: the server or the way may drop EDNS";

class QueryTest : public testing::Test {
 protected:
  QueryResult ask(const std::vector<Endpoint>& servers, Duration timeout = 3s, int tries = 3) {
    options_.servers = servers;
    options_.timeout = timeout;
    options_.tries = tries;
    Reactor reactor(network_);
    return reactor.run(dns::ask(reactor, spec_, options_));
  }
  static Durations times(const ScriptedNetwork::Server& server) {
    Durations out;
    for (const Exchange& exchange : server.asked) out.push_back(exchange.at);
    return out;
  }

  ScriptedNetwork network_;
  QuerySpec spec_{.question = asked("www.test")};
  QueryOptions options_{};
};

TEST_F(QueryTest, AnAnswer) {
  auto& server = network_.add([this](Exchange& exchange) {
    network_.pass(30ms);
    exchange.send(exchange.address_reply());
  });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->message.answer.size(), 1U);
  EXPECT_EQ(result.response->server, server.endpoint());
  EXPECT_EQ(result.server, server.endpoint());
  EXPECT_FALSE(result.response->tcp);
  EXPECT_TRUE(result.response->with_edns);
  EXPECT_EQ(result.response->time, 30ms);
  EXPECT_TRUE(result.response->warnings.empty());
  EXPECT_FALSE(result.error || result.cut);
  EXPECT_TRUE(result.failures.empty() && result.warnings.empty());
  ASSERT_EQ(server.asked.size(), 1U);
  EXPECT_EQ(buffer_of(server.asked[0].bytes), encode_query(spec_, server.asked[0].query.id));
}

TEST_F(QueryTest, TriesShareTheTimeAndTheLastOfSeveralIsPlain) {
  auto& server = network_.add();
  const QueryResult result = ask({server.endpoint()}, 3s, 3);
  EXPECT_EQ(times(server), (Durations{0s, 1s, 2s}));
  EXPECT_EQ(network_.elapsed(), 3s) << "it ends at the timeout exactly";
  EXPECT_TRUE(server.asked[0].query.opt && server.asked[1].query.opt);
  EXPECT_FALSE(server.asked[2].query.opt);
  const std::set<std::uint16_t> ports{server.asked[0].port, server.asked[1].port, server.asked[2].port};
  EXPECT_EQ(ports.size(), 1U) << "an answer to any of them is heard";
  EXPECT_FALSE(result.response);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Status::timed_out);
  EXPECT_EQ(result.error->blame, Blame::silence);
  EXPECT_EQ(result.error->detail, "no answer in 3 s");
  EXPECT_EQ(result.error->subject,
            "www.test. IN A @127.0.0.1#" + std::to_string(server.endpoint().port()) + "/udp");
  EXPECT_EQ(result.server, server.endpoint());
}

TEST_F(QueryTest, AnOnlyTryKeepsItsEdns) {
  auto& server = network_.add();
  static_cast<void>(ask({server.endpoint()}, 3s, 1));
  ASSERT_EQ(server.asked.size(), 1U);
  EXPECT_TRUE(server.asked[0].query.opt);
  EXPECT_EQ(network_.elapsed(), 3s);
}

TEST_F(QueryTest, WithoutEdnsNothingIsGivenUp) {
  spec_.edns.reset();
  auto& server = network_.add([](Exchange& exchange) { exchange.send(exchange.address_reply()); });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_FALSE(result.response->with_edns);
  EXPECT_TRUE(result.response->warnings.empty());
}

TEST_F(QueryTest, AServerThatDropsEdns) {
  auto& server = network_.add([](Exchange& exchange) {
    if (!exchange.query.opt) exchange.send(exchange.address_reply());
  });
  const QueryResult result = ask({server.endpoint()}, 3s, 3);
  ASSERT_TRUE(result.response);
  EXPECT_EQ(network_.elapsed(), 2s);
  EXPECT_FALSE(result.response->with_edns);
  EXPECT_EQ(result.response->time, 0s) << "since the query that it answers";
  EXPECT_EQ(result.response->warnings, Texts{given_up_after_silence});
}

TEST_F(QueryTest, FormerrIsAskedAgainWithoutEdns) {
  auto& server = network_.add([](Exchange& exchange) {
    std::string reply = exchange.query.opt ? exchange.reply(1) : exchange.address_reply();
    // Without the OPT record, as a server that knows none.
    if (exchange.query.opt) reply = header(exchange.query.id, 0x8001) + exchange.query.question;
    exchange.send(reply);
  });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(network_.elapsed(), 0s) << "at once";
  EXPECT_EQ(server.asked.size(), 2U);
  EXPECT_NE(server.asked[0].query.id, server.asked[1].query.id);
  EXPECT_FALSE(result.response->with_edns);
  EXPECT_EQ(result.response->warnings, Texts{given_up_after_error});
}

TEST_F(QueryTest, FormerrIsFinalFromAServerThatKnowsEdns) {
  auto& server = network_.add([](Exchange& exchange) { exchange.send(exchange.reply(1)); });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->message.rcode(), 1);
  EXPECT_TRUE(result.response->with_edns);
  EXPECT_EQ(server.asked.size(), 1U);
}

TEST_F(QueryTest, FormerrToThePlainQueryIsFinal) {
  auto& server = network_.add(
      [](Exchange& exchange) { exchange.send(header(exchange.query.id, 0x8001) + exchange.query.question); });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->message.rcode(), 1);
  EXPECT_EQ(server.asked.size(), 2U);
  EXPECT_EQ(result.response->warnings, Texts{given_up_after_error});
}

TEST_F(QueryTest, AfterFormerrLaterTriesArePlainTooAndALateFormerrAsksNoMore) {
  std::string first;
  auto& server = network_.add([&first](Exchange& exchange) {
    const std::string formerr = header(exchange.query.id, 0x8001) + exchange.query.question;
    if (first.empty()) {
      first = formerr;
      exchange.send(formerr);
      exchange.send(formerr);
    }
  });
  const QueryResult result = ask({server.endpoint()}, 3s, 3);
  EXPECT_FALSE(result.response);
  EXPECT_EQ(times(server), (Durations{0s, 0s, 1s, 2s}));
  for (std::size_t i = 1; i < server.asked.size(); ++i) EXPECT_FALSE(server.asked[i].query.opt) << i;
}

TEST_F(QueryTest, ALateAnswerToAnEarlierTryIsBelieved) {
  std::string late;
  auto& server = network_.add([this, &late](Exchange& exchange) {
    if (late.empty()) {
      late = exchange.address_reply();
    } else {
      network_.pass(10ms);
      exchange.send(late);
    }
  });
  const QueryResult result = ask({server.endpoint()}, 3s, 3);
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->time, 1010ms) << "since the first query";
  EXPECT_TRUE(result.response->with_edns);
  EXPECT_TRUE(result.response->warnings.empty() && result.warnings.empty());
}

TEST_F(QueryTest, ALateAnswerFromAnEarlierServerIsBelieved) {
  Exchange late;
  auto& slow = network_.add([&late](Exchange& exchange) { late = exchange; });
  auto& next = network_.add([&late](Exchange&) { late.send(late.address_reply()); });
  const QueryResult result = ask({slow.endpoint(), next.endpoint()}, 4s, 2);
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->server, slow.endpoint());
  EXPECT_EQ(result.server, slow.endpoint());
  EXPECT_EQ(result.response->time, 1s);
}

TEST_F(QueryTest, StrangersAreCountedAndTheAnswerIsStillHeard) {
  test::UdpSocket stranger;
  auto& server = network_.add([&stranger](Exchange& exchange) {
    const std::string good = exchange.address_reply();
    std::string wrong_id = good;
    wrong_id[1] = static_cast<char>(wrong_id[1] ^ 1);
    exchange.send(wrong_id);
    exchange.send(wrong_id);
    exchange.send(exchange.bytes);
    exchange.send("short");
    exchange.send(header(exchange.query.id, 0x8000) + question("other.test"));
    stranger.send_to(good, exchange.address, exchange.port);
    exchange.send(good);
  });
  // The channel looks at the sockets' order of arrival: all of them stand before the good one.
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(network_.elapsed(), 0s);
  const std::string from = " (from 127.0.0.1#" + std::to_string(server.endpoint().port()) + ")";
  EXPECT_EQ(result.warnings,
            (Texts{"1 datagram ignored: QR bit clear" + from,
                   "1 datagram ignored: not from the server (from 127.0.0.1#" + stranger.port_text() + ")",
                   "1 datagram ignored: shorter than a header" + from, "2 datagrams ignored: wrong id" + from,
                   "1 datagram ignored: wrong question" + from}));
}

TEST_F(QueryTest, StrangersDoNotStopTheClock) {
  auto& flood = network_.add([this](Exchange& exchange) {
    for (int i = 0; i < 50; ++i) exchange.send("junk");
    network_.pass(5s);
  });
  auto& next = network_.add();
  const QueryResult result = ask({flood.endpoint(), next.endpoint()}, 4s, 2);
  EXPECT_FALSE(result.response);
  EXPECT_EQ(network_.elapsed(), 5s);
  EXPECT_EQ(result.error->code, Status::timed_out);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_TRUE(result.warnings[0].starts_with("1 datagram ignored")) << "and not all that wait";
  EXPECT_EQ(flood.asked.size() + next.asked.size(), 1U) << "nothing is sent after the deadline";
}

TEST_F(QueryTest, OddRepliesAreBelievedWithAWarning) {
  auto& server = network_.add([](Exchange& exchange) {
    exchange.send(header(exchange.query.id, 0x8000) + question("WWW.test") + "!");
  });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->warnings,
            (Texts{"the question came back in other letters: WWW.test.", "1 byte behind the last record"}));
}

TEST_F(QueryTest, AnErrorRcodeIsAResponse) {
  for (const unsigned rcode : {2U, 3U, 5U}) {
    auto& server = network_.add([rcode](Exchange& exchange) { exchange.send(exchange.reply(rcode)); });
    auto& never = network_.add();
    const QueryResult result = ask({server.endpoint(), never.endpoint()});
    ASSERT_TRUE(result.response) << rcode;
    EXPECT_EQ(result.response->message.rcode(), rcode);
    EXPECT_FALSE(result.error);
    EXPECT_TRUE(never.asked.empty());
  }
}

TEST_F(QueryTest, ByIPv6) {
  auto& server = network_.add([](Exchange& exchange) { exchange.send(exchange.address_reply()); }, "::1");
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(server_text(result.server), "::1#" + std::to_string(server.endpoint().port()));
}

}  // namespace
}  // namespace net::dns
