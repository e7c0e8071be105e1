#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/dns_server.hh"
#include "tests/unit/dns/bulk_fixture.hh"
#include "tests/unit/hand_clock.hh"

namespace net::dns {
namespace {

using BulkTest = BulkFixture;
using Query = ScriptedServer::Query;

TEST_F(BulkTest, EveryQuestionHasOneResult) {
  serve();
  ASSERT_TRUE(ask(2000));
  expect_all_answered(2000);
  EXPECT_EQ(figures_.asked, 2000U);
  EXPECT_EQ(figures_.sent, 2000U);
  EXPECT_EQ(figures_.ignored, 0U);
  EXPECT_EQ(sink_.names.at(1999), "n1999.test.");
  const QueryResult& last = result(1999);
  EXPECT_EQ(last.server, servers_[0]->address());
  EXPECT_EQ(last.response->message.answer.size(), 1U);
  EXPECT_TRUE(last.response->with_edns);
  EXPECT_FALSE(last.response->tcp);
}

TEST_F(BulkTest, NoQuestions) {
  serve();
  ASSERT_TRUE(ask(0));
  EXPECT_TRUE(sink_.tags.empty());
}

TEST_F(BulkTest, NoMoreQuestionsAreInFlightThanAllowed) {
  // The server holds its replies back: what is in flight piles up.
  std::vector<ScriptedServer::Out> held;
  std::size_t most = 0;
  serve([&held, &most](const Query& query) {
    held.emplace_back(reply_to(query), query.from);
    most = std::max(most, held.size());
    return held.size() < 10 ? nothing() : std::exchange(held, {});
  });
  options_.concurrency = 10;
  ASSERT_TRUE(ask(500));
  expect_all_answered(500);
  EXPECT_EQ(most, 10U);
}

TEST_F(BulkTest, IdsAreNoLimit) {
  // More than 65536 at a time to one server; it answers none before it has them all.
  constexpr std::size_t many = 70000;
  std::vector<ScriptedServer::Out> held;
  serve([&held](const Query& query) {
    held.emplace_back(reply_to(query, 3), query.from);
    return held.size() < many ? nothing() : std::exchange(held, {});
  });
  options_.concurrency = many;
  options_.query.timeout = 100s;
  options_.query.tries = 1;
  ASSERT_TRUE(ask(many));
  expect_all_answered(many);
}

TEST_F(BulkTest, RepliesInAnyOrderFindTheirQuestions) {
  std::vector<ScriptedServer::Out> held;
  serve([&held](const Query& query) {
    held.emplace_back(reply_to(query), query.from);
    if (held.size() < 50) return nothing();
    std::ranges::reverse(held);
    return std::exchange(held, {});
  });
  ASSERT_TRUE(ask(1000));
  expect_all_answered(1000);
  EXPECT_FALSE(std::ranges::is_sorted(sink_.tags));
  for (const auto& [tag, answer] : sink_.results) {
    ASSERT_EQ(answer.response->message.questions[0].name.text(), sink_.names.at(tag));
  }
}

TEST_F(BulkTest, OrderedResultsKeepTheOrder) {
  std::vector<ScriptedServer::Out> held;
  serve([&held](const Query& query) {
    held.emplace_back(reply_to(query), query.from);
    if (held.size() < 50) return nothing();
    std::ranges::reverse(held);
    return std::exchange(held, {});
  });
  options_.ordered = true;
  ASSERT_TRUE(ask(1000));
  expect_all_answered(1000);
  EXPECT_TRUE(std::ranges::is_sorted(sink_.tags));
}

TEST_F(BulkTest, OrderedStopsReadingWhileTheOldestIsOpen) {
  // The first name is never answered: what comes behind it has to wait, in a bounded room.
  CountingSource source(2000);
  std::uint64_t most = 0;
  serve([&source, &most, this](const Query& query) {
    if (query.parts.name == "n0.test") return nothing();
    if (sink_.tags.empty()) most = std::max(most, source.taken);
    return one(reply_to(query), query.from);
  });
  options_.ordered = true;
  options_.concurrency = 20;
  options_.query.timeout = 300ms;
  ASSERT_TRUE(run(source));
  EXPECT_EQ(sink_.seen.size(), 2000U);
  EXPECT_TRUE(std::ranges::is_sorted(sink_.tags));
  EXPECT_EQ(most, 8 * 20U);
  EXPECT_EQ(result(0).error->symbol(), "ETIMEDOUT");
}

TEST_F(BulkTest, AStalledSinkStopsTheReading) {
  CountingSource source(5000);
  ScriptedServer& server = serve();
  sink_.open.reset();
  options_.concurrency = 50;
  const auto stall = [](Reactor& reactor, KeepingSink& sink, CountingSource& from,
                        ScriptedServer& to) -> Task<bool> {
    std::uint64_t before = 0;
    // Until nothing has moved for a long row of turns.
    for (int still = 0; still < 1000; still = from.taken == before ? still + 1 : 0) {
      before = from.taken;
      co_await reactor.yield();
    }
    EXPECT_EQ(from.taken, 2 * 50U);
    EXPECT_LE(to.queries, 100);
    sink.open.set();
    co_return false;
  };
  beside_ = [&] { return stall(reactor_, sink_, source, server); };
  ASSERT_TRUE(run(source));
  expect_all_answered(5000);
}

TEST_F(BulkTest, EndsWhenNobodyWantsResults) {
  serve();
  sink_.wanted = false;
  CountingSource source(100000);
  ASSERT_TRUE(run(source));
  EXPECT_LT(source.taken, 1000U);
}

TEST_F(BulkTest, TheRateIsKept) {
  serve();
  options_.rate = 1000;
  const TimePoint began = reactor_.now();
  ASSERT_TRUE(ask(301));
  expect_all_answered(301);
  EXPECT_GE(reactor_.now() - began, 300ms - 1ms);
  EXPECT_LT(reactor_.now() - began, 600ms);
}

TEST_F(BulkTest, ACutAnswerIsFetchedByTcp) {
  test::DnsServer server;
  for (int i = 0; i < 200; ++i) {
    server.add_addresses("n" + std::to_string(i) + ".test", {"192.0.2.1"});
  }
  test::Behaviour cut;
  cut.truncate = true;
  server.behave("*", cut);
  options_.query.servers = {*Endpoint::parse_ip("127.0.0.1", server.port())};
  ASSERT_TRUE(ask(200));
  expect_all_answered(200);
  for (const auto& [tag, answer] : sink_.results) {
    ASSERT_TRUE(answer.cut && answer.cut->message.flags.tc && !answer.cut->tcp);
    ASSERT_TRUE(answer.response->tcp);
    ASSERT_EQ(answer.response->message.answer.size(), 1U);
  }
}

TEST_F(BulkTest, AllByTcp) {
  test::DnsServer server;
  server.add_addresses("n3.test", {"192.0.2.3"});
  options_.query.servers = {*Endpoint::parse_ip("127.0.0.1", server.port())};
  options_.query.tcp = true;
  ASSERT_TRUE(ask(300));
  expect_all_answered(300);
  EXPECT_EQ(rcode(2), 3);
  EXPECT_EQ(result(3).response->message.answer.size(), 1U);
  for (const test::Question& question : server.questions()) ASSERT_TRUE(question.tcp);
}

TEST_F(BulkTest, TheSearchGoesOnUntilThereIsData) {
  const ScriptedServer& server = serve([](const Query& query) {
    return one(reply_to(query, query.parts.name == "n0.b.example" ? 0 : 3), query.from);
  });
  CountingSource source(2);
  source.change = [](BulkQuestion& question) {
    const std::string name = "n" + std::to_string(question.tag);
    question.spec.question.name = name_of(name + ".a.example");
    question.search = {name_of(name + ".b.example"), name_of(name)};
  };
  ASSERT_TRUE(run(source));
  expect_all_answered(2);
  EXPECT_EQ(sink_.names.at(0), "n0.b.example.");
  EXPECT_EQ(rcode(0), 0);
  EXPECT_EQ(sink_.names.at(1), "n1.");
  EXPECT_EQ(rcode(1), 3);
  EXPECT_EQ(server.queries, 5);
}

TEST(BulkTime, SilenceEndsExactlyAtTheTimeout) {
  HandClock clock;
  Reactor reactor(clock);
  const auto silent = Socket::open(AF_INET, SOCK_DGRAM);
  ASSERT_TRUE(silent && silent->bind(*Endpoint::parse_ip("127.0.0.1", 0)));
  BulkOptions options;
  options.query.servers = {silent->local()};
  options.query.timeout = 2s;
  CountingSource source(5);
  KeepingSink sink(reactor);
  Bulk bulk(reactor, options, source, sink);
  const TimePoint began = reactor.now();
  ASSERT_TRUE(reactor.run(bulk.run()));
  EXPECT_EQ(reactor.now() - began, 2s);
  EXPECT_EQ(bulk.figures().sent, 15U) << "three tries each";
  EXPECT_EQ(bulk.figures().failed, 5U);
  const QueryResult& result = sink.results.at(0);
  EXPECT_EQ(result.error->blame, Blame::silence);
  EXPECT_EQ(result.error->message(), "no answer in 2 s");
  EXPECT_EQ(result.error->subject, "n0.test. IN A @" + server_text(silent->local()) + "/udp");
  EXPECT_EQ(result.server, silent->local());
}

}  // namespace
}  // namespace net::dns
