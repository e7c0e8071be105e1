#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "net/dns/query.hh"
#include "net/dns/status.hh"
#include "tests/unit/dns/scripted_network.hh"
#include "tests/unit/dns/wire_parts.hh"

// Questions by TCP: after a cut datagram, or at once.
namespace net::dns {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class QueryTcpTest : public testing::Test {
 protected:
  /// A server that cuts by UDP; `script` is what it does by TCP.
  ScriptedNetwork::Server& cutting(ScriptedNetwork::Script script) {
    return network_.add([script](Exchange& exchange) {
      if (exchange.tcp) {
        if (script) script(exchange);
      } else {
        exchange.send(exchange.cut_reply());
      }
    });
  }
  QueryResult ask(const std::vector<Endpoint>& servers, bool tcp = false) {
    QueryOptions options;
    options.servers = servers;
    options.timeout = 3s;
    options.tcp = tcp;
    Reactor reactor(network_);
    return reactor.run(dns::ask(reactor, spec_, options));
  }

  ScriptedNetwork network_;
  QuerySpec spec_{.question = asked("www.test")};
};

TEST_F(QueryTcpTest, ACutAnswerIsAskedAgain) {
  auto& server = cutting([this](Exchange& exchange) {
    network_.pass(7ms);
    exchange.send(exchange.address_reply());
  });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.cut && result.response);
  EXPECT_FALSE(result.error);
  EXPECT_TRUE(result.cut->message.flags.tc);
  EXPECT_FALSE(result.cut->tcp);
  EXPECT_TRUE(result.response->tcp);
  EXPECT_EQ(result.response->message.answer.size(), 1U);
  EXPECT_EQ(result.response->time, 7ms);
  EXPECT_TRUE(result.response->with_edns);
  EXPECT_EQ(result.server, server.endpoint());
  ASSERT_EQ(server.asked.size(), 2U);
  EXPECT_EQ(buffer_of(server.asked[1].bytes), encode_query(spec_, server.asked[1].query.id));
}

TEST_F(QueryTcpTest, OfTheServerThatCutIt) {
  auto& silent = network_.add();
  auto& server = cutting([](Exchange& exchange) { exchange.send(exchange.address_reply()); });
  const QueryResult result = ask({silent.endpoint(), server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->server, server.endpoint());
  EXPECT_EQ(silent.asked.size(), 1U);
}

TEST_F(QueryTcpTest, WithoutEdnsWhereThatWasGivenUp) {
  auto& server = network_.add([](Exchange& exchange) {
    if (exchange.tcp) return exchange.send(exchange.address_reply());
    exchange.send(exchange.query.opt ? header(exchange.query.id, 0x8001) + exchange.query.question
                                     : exchange.cut_reply());
  });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response && result.response->tcp);
  EXPECT_FALSE(result.response->with_edns);
  EXPECT_FALSE(server.asked.back().query.opt);
  EXPECT_EQ(result.response->warnings.size(), 1U);
}

TEST_F(QueryTcpTest, WhenThatFailsTheCutAnswerIsKept) {
  auto& refused = cutting({});
  refused.close_tcp();
  QueryResult result = ask({refused.endpoint(), network_.add().endpoint()});
  ASSERT_TRUE(result.cut && result.error);
  EXPECT_FALSE(result.response);
  EXPECT_EQ(result.error->code, errno_code(ECONNREFUSED));
  EXPECT_EQ(result.error->subject, query_subject(spec_.question, refused.endpoint(), true));
  EXPECT_EQ(result.server, refused.endpoint());
  EXPECT_EQ(network_.elapsed(), 0s) << "the next server is not asked";

  auto& closes = cutting([](Exchange& exchange) { exchange.close(); });
  result = ask({closes.endpoint()});
  ASSERT_TRUE(result.cut && result.error);
  EXPECT_EQ(result.error->code, Status::malformed);
  EXPECT_EQ(result.error->detail, "the server closed the TCP connection after 0 bytes of 2");

  auto& breaks = cutting([](Exchange& exchange) {
    exchange.send_raw(u16(100) + "x");
    exchange.close();
  });
  result = ask({breaks.endpoint()});
  EXPECT_EQ(result.error->detail, "the server closed the TCP connection after 1 byte of 100");

  auto& silent = cutting({});
  result = ask({silent.endpoint()});
  ASSERT_TRUE(result.cut && result.error);
  EXPECT_EQ(result.error->code, Status::incomplete);
  EXPECT_EQ(result.error->detail,
            "no complete answer in 3 s: the connection was there, and nothing came by it");
  EXPECT_EQ(network_.elapsed(), 3s);
}

TEST_F(QueryTcpTest, StillCutByTcpIsToldAndNotAskedAgain) {
  auto& server = cutting([](Exchange& exchange) { exchange.send(exchange.cut_reply()); });
  const QueryResult result = ask({server.endpoint()});
  ASSERT_TRUE(result.response);
  EXPECT_TRUE(result.response->tcp);
  EXPECT_EQ(result.response->warnings, Texts{"TC is set in a reply by TCP"});
  EXPECT_EQ(server.asked.size(), 2U);
}

TEST_F(QueryTcpTest, AtOnce) {
  auto& server = network_.add([this](Exchange& exchange) {
    network_.pass(2ms);
    exchange.send(exchange.address_reply());
  });
  const QueryResult result = ask({server.endpoint()}, true);
  ASSERT_TRUE(result.response);
  EXPECT_FALSE(result.cut);
  EXPECT_EQ(result.response->time, 2ms);
  ASSERT_EQ(server.asked.size(), 1U);
  EXPECT_TRUE(server.asked[0].tcp);
}

TEST_F(QueryTcpTest, InPieces) {
  auto& server = network_.add([](Exchange& exchange) {
    const std::string message = exchange.address_reply();
    exchange.send_raw(u16(static_cast<std::uint16_t>(message.size())).substr(0, 1));
    exchange.send_raw(u16(static_cast<std::uint16_t>(message.size())).substr(1) + message.substr(0, 20));
    exchange.send_raw(message.substr(20));
  });
  EXPECT_TRUE(ask({server.endpoint()}, true).response);
}

TEST_F(QueryTcpTest, ALargeAnswer) {
  auto& server = network_.add([](Exchange& exchange) {
    std::vector<test::dns::Answer> many(1500, {exchange.query.name, test::Record::address("2001:db8::1")});
    exchange.send(exchange.reply(0, many));
  });
  const QueryResult result = ask({server.endpoint()}, true);
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->message.answer.size(), 1500U);
}

TEST_F(QueryTcpTest, MessagesForOthersArePassedOver) {
  auto& server = network_.add([](Exchange& exchange) {
    std::string other = exchange.address_reply();
    other[0] = static_cast<char>(other[0] ^ 1);
    exchange.send(other);
    exchange.send("");
    exchange.send(exchange.address_reply());
  });
  const QueryResult result = ask({server.endpoint()}, true);
  ASSERT_TRUE(result.response);
  ASSERT_EQ(result.warnings.size(), 2U);
  EXPECT_TRUE(result.warnings[0].contains("shorter than a header"));
  EXPECT_TRUE(result.warnings[1].contains("wrong id"));
}

TEST_F(QueryTcpTest, MessagesForOthersDoNotStopTheClock) {
  auto& server = network_.add([this](Exchange& exchange) {
    for (int i = 0; i < 10; ++i) exchange.send("junk");
    exchange.send(exchange.address_reply());
    network_.pass(5s);
  });
  const QueryResult result = ask({server.endpoint()}, true);
  EXPECT_FALSE(result.response);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Status::timed_out);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_TRUE(result.warnings[0].starts_with("1 message ignored")) << "the rest came too late";
}

TEST_F(QueryTcpTest, FormerrIsAskedAgainWithoutEdns) {
  auto& server = network_.add([](Exchange& exchange) {
    exchange.send(exchange.query.opt ? header(exchange.query.id, 0x8001) + exchange.query.question
                                     : exchange.address_reply());
  });
  const QueryResult result = ask({server.endpoint()}, true);
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->message.rcode(), 0);
  EXPECT_FALSE(result.response->with_edns);
  EXPECT_EQ(result.response->warnings,
            Texts{"FORMERR to the query with EDNS: asked again without EDNS, and that was answered"});
}

TEST_F(QueryTcpTest, OneRoundOverTheServers) {
  auto& silent = network_.add();
  auto& refused = network_.add();
  refused.close_tcp();
  auto& last = network_.add();
  const QueryResult result = ask({silent.endpoint(), refused.endpoint(), last.endpoint()}, true);
  EXPECT_EQ(network_.elapsed(), 3s);
  ASSERT_EQ(silent.asked.size(), 1U);
  ASSERT_EQ(last.asked.size(), 1U);
  EXPECT_EQ(last.asked[0].at, 1s) << "a third of the time for the first";
  EXPECT_EQ(result.failures.size(), 3U);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, errno_code(ECONNREFUSED));
  EXPECT_EQ(result.server, refused.endpoint());
}

TEST_F(QueryTcpTest, AServerThatDropsConnections) {
  const test::SilentPort silent;
  const QueryResult result = ask({endpoint("127.0.0.1", silent.port())}, true);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Status::timed_out);
  EXPECT_EQ(result.error->detail, "no answer in 3 s");
  EXPECT_EQ(network_.elapsed(), 3s);
}

}  // namespace
}  // namespace net::dns
