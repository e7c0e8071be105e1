#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "net/dns/query.hh"
#include "net/dns/status.hh"
#include "net/sock/udp_channel.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/dns/scripted_network.hh"
#include "tests/unit/dns/wire_parts.hh"

// Several servers in turn, servers that are not there, and where a query leaves from.
namespace net::dns {
namespace {

using namespace std::chrono_literals;
using Durations = std::vector<Duration>;

void answer(Exchange& exchange) {
  exchange.send(exchange.address_reply());
}

QueryOptions options_for(std::vector<Endpoint> servers, Duration timeout, int tries) {
  QueryOptions options;
  options.servers = std::move(servers);
  options.timeout = timeout;
  options.tries = tries;
  return options;
}

class QueryServersTest : public testing::Test {
 protected:
  QueryResult ask(const QueryOptions& options) {
    Reactor reactor(network_);
    return reactor.run(dns::ask(reactor, spec_, options));
  }
  static Endpoint nobody(const std::string& address = "127.0.0.1") {
    return endpoint(address, test::closed_port(SOCK_DGRAM, address));
  }
  static Durations times(const ScriptedNetwork::Server& server) {
    Durations out;
    for (const Exchange& exchange : server.asked) out.push_back(exchange.at);
    return out;
  }

  ScriptedNetwork network_;
  QuerySpec spec_{.question = asked("www.test")};
};

TEST_F(QueryServersTest, AreAskedInTurn) {
  auto& first = network_.add();
  auto& second = network_.add();
  const QueryResult result = ask(options_for({first.endpoint(), second.endpoint()}, 6s, 3));
  EXPECT_EQ(times(first), (Durations{0s, 2s, 4s}));
  EXPECT_EQ(times(second), (Durations{1s, 3s, 5s}));
  EXPECT_EQ(network_.elapsed(), 6s);
  EXPECT_FALSE(first.asked[2].query.opt || second.asked[2].query.opt) << "the last round is plain";
  EXPECT_TRUE(first.asked[1].query.opt && second.asked[1].query.opt);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Status::timed_out);
  EXPECT_EQ(result.error->subject, "www.test. IN A") << "no single server is to blame";
  EXPECT_EQ(result.server, first.endpoint());
}

TEST_F(QueryServersTest, TheNextOneAnswersForASilentOne) {
  auto& silent = network_.add();
  auto& good = network_.add(answer);
  const QueryResult result = ask(options_for({silent.endpoint(), good.endpoint()}, 6s, 3));
  ASSERT_TRUE(result.response);
  EXPECT_EQ(network_.elapsed(), 1s);
  EXPECT_EQ(result.server, good.endpoint());
  EXPECT_EQ(result.response->time, 0s);
  EXPECT_TRUE(result.failures.empty());
}

TEST_F(QueryServersTest, OneThatIsNotThereIsPassedOverAtOnce) {
  auto& good = network_.add(answer);
  const Endpoint dead = nobody();
  const QueryResult result = ask(options_for({dead, good.endpoint()}, 6s, 3));
  ASSERT_TRUE(result.response);
  EXPECT_EQ(network_.elapsed(), 0s);
  EXPECT_EQ(result.server, good.endpoint());
  EXPECT_FALSE(result.error);
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].code, errno_code(ECONNREFUSED));
  EXPECT_EQ(result.failures[0].blame, Blame::remote);
  EXPECT_EQ(result.failures[0].said_by, "127.0.0.1");
  EXPECT_EQ(result.failures[0].subject, query_subject(spec_.question, dead, false));
}

TEST_F(QueryServersTest, TheDeadOnesTimeIsTheOthers) {
  auto& silent = network_.add();
  static_cast<void>(ask(options_for({nobody(), silent.endpoint()}, 6s, 3)));
  EXPECT_EQ(times(silent), (Durations{0s, 2s, 4s}));
  EXPECT_EQ(network_.elapsed(), 6s);
}

TEST_F(QueryServersTest, WhenAllAreDeadItEndsAtOnce) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const Endpoint first = nobody(address);
    const QueryResult result = ask(options_for({first, nobody(address)}, 6s, 3));
    EXPECT_EQ(network_.elapsed(), 0s);
    EXPECT_FALSE(result.response);
    EXPECT_EQ(result.failures.size(), 2U) << address;
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code, errno_code(ECONNREFUSED));
    EXPECT_EQ(result.error->said_by, address);
    EXPECT_EQ(result.server, first);
  }
}

TEST_F(QueryServersTest, ANoIsMoreThanSilence) {
  auto& silent = network_.add();
  const Endpoint dead = nobody();
  const QueryResult result = ask(options_for({silent.endpoint(), dead}, 6s, 1));
  EXPECT_EQ(network_.elapsed(), 6s) << "the silent one may still answer";
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, errno_code(ECONNREFUSED));
  EXPECT_EQ(result.server, dead);
  EXPECT_EQ(result.failures.size(), 2U);
}

TEST_F(QueryServersTest, SilenceIsMoreThanThisHostsOwnReasons) {
  auto& silent = network_.add();
  QueryOptions options = options_for({endpoint("::1", 9), silent.endpoint()}, 6s, 1);
  options.source = endpoint("127.0.0.1", 0);
  const QueryResult result = ask(options);
  ASSERT_EQ(result.failures.size(), 2U);
  EXPECT_EQ(result.failures[0].blame, Blame::local) << "an IPv6 socket has no IPv4 address";
  EXPECT_EQ(result.error->code, Status::timed_out);
}

TEST_F(QueryServersTest, BothFamiliesAtOnce) {
  auto& silent = network_.add();
  auto& good = network_.add(answer, "::1");
  const QueryResult result = ask(options_for({silent.endpoint(), good.endpoint()}, 6s, 3));
  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.server, good.endpoint());
}

TEST_F(QueryServersTest, TheSourceAddressIsUsed) {
  for (const bool tcp : {false, true}) {
    auto& server = network_.add(answer);
    QueryOptions options = options_for({server.endpoint()}, 3s, 1);
    // A port is not taken from it: nobody else could guess the kernel's.
    options.source = endpoint("127.0.0.7", 1);
    options.tcp = tcp;
    ASSERT_TRUE(ask(options).response) << tcp;
    ASSERT_EQ(server.asked.size(), 1U);
    EXPECT_EQ(server.asked[0].address, "127.0.0.7");
    EXPECT_NE(server.asked[0].port, 1);
    EXPECT_EQ(server.asked[0].tcp, tcp);
  }
}

TEST_F(QueryServersTest, ASourceThatIsNotHere) {
  auto& server = network_.add(answer);
  for (const bool tcp : {false, true}) {
    QueryOptions options = options_for({server.endpoint()}, 3s, 3);
    options.source = endpoint("192.0.2.1", 0);
    options.tcp = tcp;
    const QueryResult result = ask(options);
    ASSERT_TRUE(result.error) << tcp;
    EXPECT_EQ(result.error->code, errno_code(EADDRNOTAVAIL));
    EXPECT_EQ(result.error->blame, Blame::local);
    EXPECT_EQ(network_.elapsed(), 0s);
  }
}

TEST(QueryRoutes, NoneIsKnownAtOnce) {
  REQUIRE_NAMESPACES();
  const test::Namespace ns;
  ns.in([] {
    ScriptedNetwork network;
    Reactor reactor(network);
    const QueryResult result = reactor.run(
        dns::ask(reactor, {.question = asked("www.test")}, options_for({endpoint("192.0.2.1", 53)}, 3s, 3)));
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code, errno_code(ENETUNREACH));
    EXPECT_EQ(result.error->blame, Blame::local);
    EXPECT_TRUE(result.error->said_by.empty());
    EXPECT_EQ(network.elapsed(), 0s);
    EXPECT_FALSE(own_address_towards(endpoint("192.0.2.1", 53)));
  });
}

/// Here 10.0.0.1, over a cable 10.0.0.2, which is the router to 192.0.2.0/24.
class QueryRouterTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    here_ = std::make_unique<test::Namespace>();
    router_ = std::make_unique<test::Namespace>();
    here_->veth(*router_, "client0", "router0");
    here_->run_ip({"addr", "add", "10.0.0.1/24", "dev", "client0"});
    router_->run_ip({"addr", "add", "10.0.0.2/24", "dev", "router0"});
    here_->run_ip({"route", "add", "192.0.2.0/24", "via", "10.0.0.2"});
    router_->sysctl("net.ipv4.ip_forward", "1");
    router_->run_ip({"route", "add", "unreachable", "192.0.2.0/24"});
    // One try for a neighbour, and soon over.
    here_->sysctl("net.ipv4.neigh.client0.mcast_solicit", "1");
    here_->sysctl("net.ipv4.neigh.client0.retrans_time_ms", "10");
  }
  /// In real time: the news comes from the kernel.
  QueryResult ask(const std::string& address) {
    return here_->in([&] {
      Reactor reactor;
      return reactor.run(
          dns::ask(reactor, {.question = asked("www.test")}, options_for({endpoint(address, 53)}, 20s, 1)));
    });
  }
  std::unique_ptr<test::Namespace> here_;
  std::unique_ptr<test::Namespace> router_;
};

TEST_F(QueryRouterTest, ARoutersNo) {
  const QueryResult result = ask("192.0.2.1");
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, errno_code(EHOSTUNREACH));
  EXPECT_EQ(result.error->blame, Blame::remote);
  EXPECT_EQ(result.error->said_by, "10.0.0.2");
}

TEST_F(QueryRouterTest, ANeighbourThatDoesNotAnswerIsSilence) {
  const QueryResult result = ask("10.0.0.9");
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, errno_code(EHOSTUNREACH));
  EXPECT_EQ(result.error->blame, Blame::silence);
  // This host's own word is nobody's.
  EXPECT_EQ(result.error->said_by, "");
  EXPECT_EQ(result.error->detail, "host unreachable: no neighbour answered for it");
}

TEST(OwnAddress, TowardsAServer) {
  EXPECT_EQ(own_address_towards(endpoint("127.0.0.9", 53))->address_text(), "127.0.0.1");
  EXPECT_EQ(own_address_towards(endpoint("::1", 53))->address_text(), "::1");
}

}  // namespace
}  // namespace net::dns
