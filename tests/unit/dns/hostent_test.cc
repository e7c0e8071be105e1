#include "net/dns/hostent.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "net/dns/status.hh"
#include "tests/support/dns_server.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

// Names as struct hostent has them: official name and aliases, of chains, files and addresses.
namespace net::dns {
namespace {

using Names = std::vector<std::string>;

Task<std::vector<Answer>> all_of(Reactor& reactor, std::string host) {
  HostLookup lookup(reactor, std::move(host), AF_UNSPEC);
  std::vector<Answer> answers;
  for (;;) {
    std::optional<Answer> answer = co_await lookup.next();
    if (!answer) co_return answers;
    answers.push_back(std::move(*answer));
  }
}

class HostentTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_ = std::make_unique<test::Namespace>();
    ns_->resolv_conf("nameserver 127.0.0.1\nsearch sub.test\noptions timeout:1 attempts:1\n");
    ns_->hosts("");
    ns_->nsswitch("hosts: files dns\n");
    server_ = ns_->in([] { return std::make_unique<test::DnsServer>("127.0.0.1", 53); });
  }

  /// The answer for IPv4, or the only one.
  Answer look_up(const std::string& host) {
    return ns_->in([&] {
      Reactor reactor;
      auto answers = reactor.run(all_of(reactor, host));
      std::ranges::sort(answers, {}, &Answer::family);
      return answers.at(0);
    });
  }
  Answer look_up_address(const std::string& address) {
    return ns_->in([&] {
      Reactor reactor;
      return reactor.run(dns::look_up_address(reactor, *Endpoint::parse_ip(address, 0)));
    });
  }
  void chain(const Names& names) {
    for (std::size_t i = 0; i + 1 < names.size(); ++i)
      server_->add(names[i], test::Record::cname(names[i + 1]));
    server_->add_addresses(names.back(), {"192.0.2.1"});
  }

  std::unique_ptr<test::Namespace> ns_;
  std::unique_ptr<test::DnsServer> server_;
};

TEST_F(HostentTest, ANameWithoutAChain) {
  server_->add_addresses("www.test", {"192.0.2.1"});
  const Answer answer = look_up("www.test.");
  EXPECT_EQ(answer.official_name, "www.test");
  EXPECT_TRUE(answer.aliases.empty());
}

TEST_F(HostentTest, ChainsEndInTheOfficialName) {
  chain({"a.test", "b.test"});
  chain({"one.test", "two.test", "three.test", "four.test"});
  EXPECT_EQ(look_up("a.test").official_name, "b.test");
  EXPECT_EQ(look_up("a.test").aliases, Names{"a.test"});
  const Answer answer = look_up("one.test");
  EXPECT_EQ(answer.official_name, "four.test");
  EXPECT_EQ(answer.aliases, (Names{"one.test", "two.test", "three.test"}));
}

TEST_F(HostentTest, TheSearchDomainIsPartOfTheName) {
  chain({"www.sub.test", "real.test"});
  server_->add_addresses("plain.sub.test", {"192.0.2.1"});
  EXPECT_EQ(look_up("www").aliases, Names{"www.sub.test"});
  EXPECT_EQ(look_up("plain").official_name, "plain.sub.test");
}

TEST_F(HostentTest, TheHostsFile) {
  ns_->hosts("192.0.2.7 www.test alias.test other\n");
  for (const std::string host : {"www.test", "alias.test"}) {
    const Answer answer = look_up(host);
    EXPECT_EQ(answer.official_name, "www.test");
    EXPECT_EQ(answer.aliases, (Names{"alias.test", "other"}));
  }
}

TEST_F(HostentTest, LiteralsAndWhatIsNoNameAreNotAsked) {
  struct Case {
    std::string text;
    std::string address;
  };
  for (const Case& c : {Case{"127.1", "127.0.0.1"}, Case{"0x7f.1", "127.0.0.1"},
                        Case{"0177.0.0.1", "127.0.0.1"}, Case{"192.0.2.1", "192.0.2.1"},
                        Case{"3221225985", "192.0.2.1"}, Case{"2001:DB8::1", "2001:db8::1"}}) {
    const Answer answer = look_up(c.text);
    EXPECT_EQ(answer.source, Source::literal) << c.text;
    EXPECT_EQ(answer.official_name, c.text);
    ASSERT_EQ(answer.addresses.size(), 1U) << c.text;
    EXPECT_EQ(answer.addresses[0].address_text(), c.address);
  }
  for (const std::string text : {"-bad.test", "a..test", "", "*.test", "1.2.3.256", "a b", "\xc3\xbc.test"}) {
    const Answer answer = look_up(text);
    ASSERT_TRUE(answer.error) << text;
    EXPECT_EQ(answer.error->code, Status::bad_name) << text;
  }
  EXPECT_TRUE(server_->questions().empty());
}

TEST_F(HostentTest, AddressesBackwards) {
  ns_->hosts("192.0.2.7 www.test alias.test\n");
  server_->add("1.2.0.192.in-addr.arpa", test::Record::ptr("first.test"));
  server_->add("1.2.0.192.in-addr.arpa", test::Record::ptr("second.test"));
  server_->add("1.2.0.192.in-addr.arpa", test::Record::ptr("third.test"));
  server_->add("9.2.0.192.in-addr.arpa", test::Record::cname("9.sub.in-addr.arpa"));
  server_->add("9.sub.in-addr.arpa", test::Record::ptr("nine.test"));
  Answer answer = look_up_address("192.0.2.7");
  EXPECT_EQ(answer.source, Source::hosts);
  EXPECT_EQ(answer.official_name, "www.test");
  EXPECT_EQ(answer.aliases, Names{"alias.test"});
  ASSERT_EQ(answer.addresses.size(), 1U);
  EXPECT_EQ(answer.addresses[0].address_text(), "192.0.2.7");
  EXPECT_TRUE(server_->questions().empty());
  answer = look_up_address("192.0.2.1");
  EXPECT_EQ(answer.source, Source::dns);
  EXPECT_EQ(answer.official_name, "first.test");
  EXPECT_EQ(answer.aliases, (Names{"second.test", "third.test"}));
  ASSERT_TRUE(answer.server);
  // RFC 2317.
  EXPECT_EQ(look_up_address("192.0.2.9").official_name, "nine.test");
  answer = look_up_address("2001:db8::1");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, Status::no_such_name);
  EXPECT_EQ(server_->questions().back().name.size(), 32U * 2 + std::string("ip6.arpa").size());
}

TEST_F(HostentTest, NsswitchStopsBeforeDns) {
  server_->add_addresses("www.test", {"192.0.2.1"});
  ns_->nsswitch("hosts: files [NOTFOUND=return] dns\n");
  ASSERT_TRUE(look_up("www.test").error);
  EXPECT_EQ(look_up("www.test").source, Source::hosts);
  EXPECT_TRUE(server_->questions().empty());
  // A service that is passed over counts as not installed.
  ns_->nsswitch("hosts: files mdns4_minimal [NOTFOUND=return] dns\n");
  EXPECT_FALSE(look_up("www.test").error);
}

}  // namespace
}  // namespace net::dns
