#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/dns/ares_channel.hh"
#include "net/dns/hostent.hh"
#include "net/dns/status.hh"
#include "tests/support/dns_server.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

// HostLookup against a scripted server, in a namespace with its own resolv.conf and hosts file.
namespace net::dns {
namespace {

Task<std::vector<Answer>> all_answers(Reactor& reactor, std::string host, int family) {
  HostLookup lookup(reactor, std::move(host), family);
  std::vector<Answer> answers;
  for (;;) {
    std::optional<Answer> answer = co_await lookup.next();
    if (!answer) co_return answers;
    answers.push_back(std::move(*answer));
  }
}

std::vector<std::string> texts(const Answer& answer) {
  std::vector<std::string> out;
  for (const Endpoint& address : answer.addresses) out.push_back(address.address_text());
  return out;
}

class HostLookupTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_ = std::make_unique<test::Namespace>();
    ns_->resolv_conf("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    ns_->hosts("");
    ns_->nsswitch("hosts: files dns\n");
    server_ = ns_->in([] { return std::make_unique<test::DnsServer>("127.0.0.1", 53); });
  }

  std::vector<Answer> look_up(const std::string& host, int family = AF_UNSPEC) {
    return ns_->in([&] {
      Reactor reactor;
      auto answers = reactor.run(all_answers(reactor, host, family));
      // The most useful order for a test: IPv4 first.
      std::ranges::sort(answers, {}, &Answer::family);
      return answers;
    });
  }
  /// The one answer for IPv4.
  Answer look_up_one(const std::string& host) {
    auto answers = look_up(host, AF_INET);
    EXPECT_EQ(answers.size(), 1U) << host;
    return answers.empty() ? Answer{} : answers.front();
  }

  std::unique_ptr<test::Namespace> ns_;
  std::unique_ptr<test::DnsServer> server_;
};

TEST_F(HostLookupTest, BothFamiliesInTheServersOrder) {
  server_->add_addresses("www.test", {"192.0.2.9", "192.0.2.1", "2001:db8::2", "2001:db8::1"});
  const auto answers = look_up("www.test");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].family, AF_INET);
  EXPECT_EQ(texts(answers[0]), (std::vector<std::string>{"192.0.2.9", "192.0.2.1"}));
  EXPECT_EQ(answers[1].family, AF_INET6);
  EXPECT_EQ(texts(answers[1]), (std::vector<std::string>{"2001:db8::2", "2001:db8::1"}));
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.host, "www.test");
    EXPECT_EQ(answer.source, Source::dns);
    ASSERT_TRUE(answer.server);
    EXPECT_EQ(answer.server->text(), "127.0.0.1:53");
    EXPECT_FALSE(answer.error);
    EXPECT_GT(answer.time, Duration::zero());
    for (const Endpoint& address : answer.addresses) EXPECT_EQ(address.port(), 0);
  }
}

TEST_F(HostLookupTest, OneFamilyIsOneQuestion) {
  server_->add_addresses("www.test", {"192.0.2.1", "2001:db8::1"});
  EXPECT_EQ(texts(look_up_one("www.test")), std::vector<std::string>{"192.0.2.1"});
  for (const test::Question& question : server_->questions()) EXPECT_EQ(question.type, test::type_a);
  EXPECT_EQ(server_->questions().size(), 1U);
}

TEST_F(HostLookupTest, OneFamilyLacking) {
  server_->add_addresses("four.test", {"192.0.2.1"});
  const auto answers = look_up("four.test");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_FALSE(answers[0].error);
  ASSERT_TRUE(answers[1].error);
  EXPECT_EQ(answers[1].error->symbol(), "NODATA");
  EXPECT_TRUE(answers[1].addresses.empty());
}

TEST_F(HostLookupTest, WhatServersSay) {
  server_->behave("servfail.test", {.rcode = 2});
  server_->behave("refused.test", {.rcode = 5});
  server_->behave("formerr.test", {.rcode = 1});
  server_->behave("notimp.test", {.rcode = 4});
  server_->add_addresses("six.test", {"2001:db8::1"});
  struct Case {
    std::string host;
    std::string symbol;
  };
  for (const Case& c :
       {Case{"unknown.test", "NXDOMAIN"}, Case{"servfail.test", "SERVFAIL"}, Case{"refused.test", "REFUSED"},
        Case{"formerr.test", "FORMERR"}, Case{"notimp.test", "NOTIMP"}, Case{"six.test", "NODATA"}}) {
    const Answer answer = look_up_one(c.host);
    ASSERT_TRUE(answer.error) << c.host;
    EXPECT_EQ(answer.error->symbol(), c.symbol) << c.host;
    EXPECT_EQ(answer.error->subject, c.host);
    EXPECT_EQ(answer.error->blame, Blame::remote) << c.host;
  }
}

TEST_F(HostLookupTest, ASilentServer) {
  server_->behave("*", {.silent = true});
  const Answer answer = look_up_one("silent.test");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->symbol(), "ETIMEDOUT");
  EXPECT_EQ(answer.error->blame, Blame::silence);
  EXPECT_FALSE(answer.server);
  server_->wait_asked("silent.test");
}

TEST_F(HostLookupTest, NoServerThere) {
  server_.reset();
  const Answer answer = look_up_one("www.test");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->symbol(), "ECONNREFUSED");
}

TEST_F(HostLookupTest, AFollowedAlias) {
  server_->add("www.test", test::Record::cname("real.test"));
  server_->add_addresses("real.test", {"192.0.2.1"});
  EXPECT_EQ(texts(look_up_one("www.test")), std::vector<std::string>{"192.0.2.1"});
}

TEST_F(HostLookupTest, TruncatedAnswersComeOverTcp) {
  server_->add_addresses("www.test", {"192.0.2.1"});
  server_->behave("www.test", {.truncate = true});
  EXPECT_EQ(texts(look_up_one("www.test")), std::vector<std::string>{"192.0.2.1"});
  const auto questions = server_->questions();
  EXPECT_TRUE(std::ranges::any_of(questions, [](const test::Question& question) { return question.tcp; }));
}

TEST_F(HostLookupTest, SixtyAddresses) {
  std::vector<std::string> addresses;
  for (int i = 1; i <= 60; ++i) addresses.push_back("192.0.2." + std::to_string(i));
  server_->add_addresses("many.test", addresses);
  EXPECT_EQ(texts(look_up_one("many.test")), addresses);
}

TEST_F(HostLookupTest, TheHostsFileComesFirst) {
  ns_->hosts("192.0.2.7 www.test alias.test\n2001:db8::7 www.test\n");
  server_->add_addresses("www.test", {"192.0.2.1"});
  const auto answers = look_up("www.test");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(texts(answers[0]), std::vector<std::string>{"192.0.2.7"});
  EXPECT_EQ(texts(answers[1]), std::vector<std::string>{"2001:db8::7"});
  EXPECT_EQ(answers[0].source, Source::hosts);
  EXPECT_FALSE(answers[0].server);
  EXPECT_EQ(texts(look_up_one("alias.test")), std::vector<std::string>{"192.0.2.7"});
  EXPECT_TRUE(server_->questions().empty());
}

// As the C library has it: the other family is not asked for in DNS, unless it alone is wanted.
TEST_F(HostLookupTest, TheHostsFileHasOneFamily) {
  ns_->hosts("192.0.2.7 www.test\n");
  server_->add_addresses("www.test", {"2001:db8::1"});
  const auto both = look_up("www.test");
  ASSERT_EQ(both.size(), 1U);
  EXPECT_EQ(texts(both[0]), std::vector<std::string>{"192.0.2.7"});
  EXPECT_TRUE(server_->questions().empty());
  const auto six = look_up("www.test", AF_INET6);
  ASSERT_EQ(six.size(), 1U);
  EXPECT_EQ(texts(six[0]), std::vector<std::string>{"2001:db8::1"});
  EXPECT_EQ(six[0].source, Source::dns);
}

TEST_F(HostLookupTest, NsswitchWithoutDns) {
  ns_->nsswitch("hosts: files\n");
  server_->add_addresses("www.test", {"192.0.2.1"});
  const auto answers = look_up("www.test");
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_TRUE(answers[0].error);
  EXPECT_EQ(answers[0].error->symbol(), "NXDOMAIN");
  EXPECT_TRUE(server_->questions().empty());
}

TEST_F(HostLookupTest, SearchDomains) {
  ns_->resolv_conf("nameserver 127.0.0.1\nsearch one.test two.test\noptions timeout:1 attempts:1\n");
  server_->add_addresses("www.two.test", {"192.0.2.2"});
  EXPECT_EQ(texts(look_up_one("www")), std::vector<std::string>{"192.0.2.2"});
  // A final dot ends the search.
  EXPECT_TRUE(look_up_one("www.").error);
}

TEST_F(HostLookupTest, LocalhostIsKnownWithoutAnyFile) {
  for (const std::string host : {"localhost", "LocalHost", "any.localhost"}) {
    const auto answers = look_up(host);
    ASSERT_FALSE(answers.empty()) << host;
    EXPECT_EQ(texts(answers[0]), std::vector<std::string>{"127.0.0.1"}) << host;
    EXPECT_EQ(texts(answers.back()), std::vector<std::string>{"::1"}) << host;
    EXPECT_EQ(answers[0].source, Source::builtin) << host;
  }
  EXPECT_TRUE(server_->questions().empty());
}

TEST_F(HostLookupTest, NamesThatAreNone) {
  for (const std::string& host :
       {std::string("a..test"), std::string(64, 'a') + ".test", std::string(300, 'a')}) {
    const Answer answer = look_up_one(host);
    ASSERT_TRUE(answer.error) << host;
    EXPECT_EQ(answer.error->symbol(), "BADNAME") << host;
  }
  EXPECT_TRUE(server_->questions().empty());
}

TEST_F(HostLookupTest, AReplyThatCannotBeRead) {
  server_->add_addresses("broken.test", {"192.0.2.1"});
  // Cut in the middle of the one record that the header promises (12 bytes of header, 17 of question).
  server_->behave("broken.test",
                  {.rewrite = [](const std::string& reply) { return reply.substr(0, 12 + 17 + 9); }});
  const Answer answer = look_up_one("broken.test");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->symbol(), "BADRESP");
  EXPECT_EQ(answer.error->blame, Blame::remote);
}

TEST_F(HostLookupTest, AnotherQuestionsReplyIsNotTaken) {
  server_->add_addresses("www.test", {"192.0.2.1"});
  server_->behave("www.test", {.wrong_id = true});
  const Answer answer = look_up_one("www.test");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->symbol(), "ETIMEDOUT");
}

Task<bool> abandon(Reactor& reactor, std::string host) {
  auto answers = co_await with_deadline(reactor, reactor.now() + std::chrono::milliseconds(50),
                                        all_answers(reactor, std::move(host), AF_UNSPEC));
  co_return answers.has_value();
}

// Cancelled in the middle: sockets and timers go with it.
TEST_F(HostLookupTest, CanBeAbandoned) {
  server_->behave("*", {.silent = true});
  const bool came = ns_->in([] {
    Reactor reactor;
    return reactor.run(abandon(reactor, "silent.test"));
  });
  EXPECT_FALSE(came);
}

TEST(HostLookup, SourceNames) {
  EXPECT_EQ(source_name(Source::hosts), "hosts");
  EXPECT_EQ(source_name(Source::dns), "dns");
  EXPECT_EQ(source_name(Source::literal), "literal");
  EXPECT_EQ(source_name(Source::builtin), "builtin");
}

TEST(HostLookup, LibraryVersion) {
  EXPECT_TRUE(resolver_library_version().starts_with("c-ares 1.")) << resolver_library_version();
}

}  // namespace
}  // namespace net::dns
