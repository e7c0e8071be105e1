#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "net/dns/reply.hh"
#include "tests/support/net.hh"
#include "tests/unit/dns/bulk_fixture.hh"

namespace net::dns {
namespace {

using Query = ScriptedServer::Query;
using Out = ScriptedServer::Out;

class BulkFaults : public BulkFixture {
 protected:
  BulkFaults() { options_.query.timeout = 3s; }
};

TEST_F(BulkFaults, WhatIsLostIsAskedAgain) {
  ScriptedServer& server =
      serve([](const Query& query) { return query.nth == 1 ? nothing() : one(reply_to(query), query.from); });
  options_.query.timeout = 600ms;
  ASSERT_TRUE(ask(50));
  expect_all_answered(50);
  EXPECT_EQ(server.queries, 100);
  EXPECT_EQ(figures_.sent, 100U);
}

TEST_F(BulkFaults, ALateReplyCounts) {
  // The first query is answered when the second comes.
  std::vector<Out> first;
  serve([&first](const Query& query) {
    if (query.nth == 1) first = one(reply_to(query), query.from);
    return query.nth == 1 ? nothing() : first;
  });
  options_.query.timeout = 600ms;
  ASSERT_TRUE(ask(1));
  expect_all_answered(1);
  ASSERT_TRUE(result(0).response);
  EXPECT_GE(result(0).response->time, 190ms) << "measured from the query that it answers";
}

TEST_F(BulkFaults, DoubledRepliesGiveOneResult) {
  serve([](const Query& query) {
    auto out = one(reply_to(query), query.from);
    out.push_back(out.front());
    return out;
  });
  ASSERT_TRUE(ask(500));
  expect_all_answered(500);
  EXPECT_GT(figures_.ignored, 0U);
}

TEST_F(BulkFaults, ForgeriesAreNotBelieved) {
  struct Forgery {
    std::string name;
    std::function<void(std::string&)> forge;
  };
  const std::vector<Forgery> forgeries = {
      {"QR bit clear", [](std::string& bytes) { bytes[2] = static_cast<char>(bytes[2] & 0x7f); }},
      {"wrong question", [](std::string& bytes) { bytes[13] = 'x'; }},
      {"shorter than a header", [](std::string& bytes) { bytes.resize(11); }},
      {"wrong opcode", [](std::string& bytes) { bytes[2] = static_cast<char>(bytes[2] | 0x28); }},
  };
  serve([&forgeries](const Query& query) {
    std::vector<Out> out;
    for (const Forgery& forgery : forgeries) {
      std::string bytes = reply_to(query, 2);
      forgery.forge(bytes);
      out.emplace_back(std::move(bytes), query.from);
    }
    out.emplace_back(reply_to(query), query.from);
    return out;
  });
  ASSERT_TRUE(ask(1));
  expect_all_answered(1);
  EXPECT_EQ(rcode(0), 0);
  EXPECT_EQ(figures_.ignored, forgeries.size());
  ASSERT_EQ(result(0).warnings.size(), forgeries.size());
  for (const Forgery& forgery : forgeries) {
    const auto tells = [&](const std::string& text) { return text.contains(forgery.name); };
    EXPECT_TRUE(std::ranges::any_of(result(0).warnings, tells)) << forgery.name;
  }
}

TEST_F(BulkFaults, AWrongIdIsCountedAndNotBelieved) {
  serve([](const Query& query) {
    std::string wrong = reply_to(query, 2);
    wrong[0] = static_cast<char>(wrong[0] ^ 0x55);
    auto out = one(wrong, query.from);
    out.emplace_back(reply_to(query), query.from);
    return out;
  });
  ASSERT_TRUE(ask(100));
  expect_all_answered(100);
  for (const auto& [tag, answer] : sink_.results) ASSERT_EQ(answer.response->message.rcode(), 0);
  EXPECT_EQ(figures_.ignored, 100U);
}

TEST_F(BulkFaults, AStrangersSocketIsNotHeard) {
  test::UdpSocket stranger;
  serve([&stranger](const Query& query) {
    stranger.send_to(reply_to(query, 2), "127.0.0.1", query.from.port());
    return one(reply_to(query), query.from);
  });
  ASSERT_TRUE(ask(50));
  expect_all_answered(50);
  for (const auto& [tag, answer] : sink_.results) ASSERT_EQ(answer.response->message.rcode(), 0);
}

TEST_F(BulkFaults, FormerrIsAskedAgainWithoutEdns) {
  ScriptedServer& server = serve([](const Query& query) {
    if (!query.parts.opt) return one(reply_to(query), query.from);
    Query plain = query;
    plain.parts.opt.reset();
    return one(reply_to(plain, 1), query.from);
  });
  ASSERT_TRUE(ask(100));
  expect_all_answered(100);
  EXPECT_EQ(server.queries, 200);
  EXPECT_FALSE(result(7).response->with_edns);
  ASSERT_EQ(result(7).response->warnings.size(), 1U);
  EXPECT_EQ(result(7).response->warnings[0], without_edns_after_error);
}

TEST_F(BulkFaults, TheLastTryGoesWithoutEdns) {
  serve([](const Query& query) { return query.parts.opt ? nothing() : one(reply_to(query), query.from); });
  options_.query.timeout = 600ms;
  ASSERT_TRUE(ask(20));
  expect_all_answered(20);
  EXPECT_EQ(result(3).response->warnings.at(0), without_edns_after_silence);
  EXPECT_EQ(figures_.sent, 60U);
}

TEST_F(BulkFaults, AMalformedReplyIsAResult) {
  serve([](const Query& query) {
    std::string bytes = reply_to(query);
    bytes[7] = 9;
    return one(bytes, query.from);
  });
  ASSERT_TRUE(ask(10));
  expect_all_answered(10);
  EXPECT_TRUE(result(0).response->message.flaw);
}

TEST_F(BulkFaults, ARefusingPortIsKnownAtOnce) {
  const std::uint16_t port = test::closed_port(SOCK_DGRAM);
  options_.query.servers = {*Endpoint::parse_ip("127.0.0.1", port)};
  options_.query.timeout = 60s;
  const TimePoint began = reactor_.now();
  ASSERT_TRUE(ask(500));
  EXPECT_LT(reactor_.now() - began, 20s);
  EXPECT_EQ(figures_.failed, 500U);
  EXPECT_EQ(sink_.seen.size(), 500U);
  for (const auto& [tag, answer] : sink_.results) {
    ASSERT_EQ(answer.error->symbol(), "ECONNREFUSED");
    ASSERT_EQ(answer.error->blame, Blame::remote);
  }
}

TEST_F(BulkFaults, TheNextServerIsAskedWhenOneRefuses) {
  options_.query.servers = {*Endpoint::parse_ip("127.0.0.1", test::closed_port(SOCK_DGRAM))};
  serve();
  ASSERT_TRUE(ask(300));
  expect_all_answered(300);
  EXPECT_EQ(result(0).server, servers_[0]->address());
  ASSERT_EQ(result(0).failures.size(), 1U);
  EXPECT_EQ(result(0).failures[0].symbol(), "ECONNREFUSED");
}

TEST_F(BulkFaults, TheNextServerIsAskedWhenOneIsSilent) {
  serve([](const Query&) { return nothing(); });
  serve();
  options_.query.timeout = 600ms;
  ASSERT_TRUE(ask(100));
  expect_all_answered(100);
  EXPECT_EQ(result(0).server, servers_[1]->address());
  EXPECT_EQ(servers_[0]->queries, 100);
}

TEST_F(BulkFaults, AServerWithoutARouteIsPassedOver) {
  // A link-local address without a scope goes nowhere (EINVAL).
  options_.query.servers = {*Endpoint::parse_ip("fe80::1", 53)};
  EXPECT_FALSE(ask(10)) << "nothing could be asked at all";
  serve();
  ASSERT_TRUE(ask(10));
  expect_all_answered(10);
  EXPECT_EQ(result(0).failures.size(), 1U);
}

/// Leaves so many descriptors behind the first free one, while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(int more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit less = before_;
    const Fd next(dup(STDIN_FILENO));
    less.rlim_cur = static_cast<rlim_t>(next.get() + more);
    setrlimit(RLIMIT_NOFILE, &less);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(BulkFaults, FewDescriptorsAreEnough) {
  serve();
  options_.concurrency = 100000;
  const FewDescriptors few(2);
  ASSERT_TRUE(ask(3000));
  EXPECT_EQ(sink_.seen.size(), 3000U);
  EXPECT_EQ(sink_.doubled(), 0U);
}

TEST_F(BulkFaults, NoDescriptorIsAnError) {
  serve();
  const FewDescriptors few(0);
  const auto ended = ask(10);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().symbol(), "EMFILE");
  EXPECT_EQ(ended.error().blame, Blame::local);
}

}  // namespace
}  // namespace net::dns
