#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "net/dial/dialer.hh"
#include "net/dns/status.hh"
#include "tests/support/dns_server.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

// Names with several addresses (RFC 8305), in a namespace with its own names.
namespace net {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class Steps final : public DialObserver {
 public:
  void resolved(const dns::Answer& answer) override { answers.push_back(answer); }
  void attempted(const Attempt& attempt) override { attempts.push_back(attempt); }
  std::vector<dns::Answer> answers;
  std::vector<Attempt> attempts;
};

struct Outcome {
  std::string peer;   ///< "" when it failed
  std::string error;  ///< by its symbol
  Blame blame = Blame::local;
  Duration time{};
  std::vector<std::string> attempts;  ///< "ADDRESS" or "ADDRESS SYMBOL", as they were told
};

class RaceTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_ = std::make_unique<test::Namespace>();
    ns_->nsswitch("hosts: files dns\n");
    ns_->hosts("");
    ns_->resolv_conf("nameserver 127.0.0.1\noptions timeout:5 attempts:1\n");
  }

  Outcome dial(const std::string& host, std::uint16_t port, const DialOptions& options = {}) {
    return ns_->in([&] {
      Reactor reactor;
      Steps steps;
      Dialer dialer(reactor, options, steps);
      const TimePoint begin = reactor.now();
      const auto dialed = reactor.run(dialer.dial(host, port));
      Outcome outcome;
      outcome.time = reactor.now() - begin;
      if (dialed) {
        outcome.peer = dialed->peer.address_text();
      } else {
        outcome.error = dialed.error().symbol();
        outcome.blame = dialed.error().blame;
      }
      for (const Attempt& attempt : steps.attempts) {
        outcome.attempts.push_back(attempt.address.address_text() +
                                   (attempt.error ? " " + attempt.error->symbol() : ""));
      }
      return outcome;
    });
  }
  test::TcpServer server(const std::string& address, std::uint16_t port = 0) {
    return ns_->in([&] { return test::TcpServer(address, {.port = port}); });
  }

  std::unique_ptr<test::Namespace> ns_;
};

TEST_F(RaceTest, ASilentFirstAddressCosts250Milliseconds) {
  // 198.18.0.1 is our own end of the hole: of the same scope as the dead one, so that the order stays.
  ns_->hosts("192.0.2.1 two.test\n198.18.0.1 two.test\n");
  ns_->blackhole("192.0.2.1");
  const test::TcpServer second = server("198.18.0.1");
  const Outcome outcome = dial("two.test", second.port());
  EXPECT_EQ(outcome.peer, "198.18.0.1");
  EXPECT_GE(outcome.time, 250ms);
  EXPECT_LT(outcome.time, 5s);
  // Given up, and told so before the one that won.
  EXPECT_EQ(outcome.attempts, (Texts{"192.0.2.1 ECANCELED", "198.18.0.1"}));
}

TEST_F(RaceTest, ARefusalStartsTheNextAtOnce) {
  std::string hosts;
  Texts expect;
  for (int i = 1; i <= 20; ++i) {
    const std::string address = "127.0.1." + std::to_string(i);
    hosts += address + " many.test\n";
    expect.push_back(address + " ECONNREFUSED");
  }
  ns_->hosts(hosts + "127.0.2.1 many.test\n");
  expect.emplace_back("127.0.2.1");
  const test::TcpServer alive = server("127.0.2.1");
  const Outcome outcome = dial("many.test", alive.port());
  EXPECT_EQ(outcome.attempts, expect);
  // 250 ms for each would be five seconds.
  EXPECT_LT(outcome.time, 3s);
}

TEST_F(RaceTest, OneByOneWaitsForEach) {
  ns_->hosts("192.0.2.1 two.test\n198.18.0.1 two.test\n");
  ns_->blackhole("192.0.2.1");
  const test::TcpServer second = server("198.18.0.1");
  DialOptions options;
  options.race = false;
  options.timeout = 700ms;
  const Outcome outcome = dial("two.test", second.port(), options);
  EXPECT_EQ(outcome.error, "ETIMEDOUT");
  EXPECT_EQ(outcome.attempts, Texts{"192.0.2.1 ETIMEDOUT"});
}

// One "no" and one silence: the "no" came nearest (the contract's exit status 1 before 3).
TEST_F(RaceTest, ARefusalOutweighsSilence) {
  ns_->hosts("192.0.2.1 two.test\n198.18.0.1 two.test\n");
  ns_->blackhole("192.0.2.1");
  DialOptions options;
  options.timeout = 600ms;
  const Outcome outcome = dial("two.test", 9, options);
  EXPECT_EQ(outcome.error, "ECONNREFUSED");
  EXPECT_EQ(outcome.blame, Blame::remote);
  EXPECT_GE(outcome.time, 600ms);
}

TEST_F(RaceTest, FamiliesTakeTurns) {
  ns_->hosts("127.0.0.2 many.test\n127.0.0.3 many.test\n::1 many.test\n");
  const Outcome outcome = dial("many.test", 9);
  EXPECT_EQ(outcome.error, "ECONNREFUSED");
  EXPECT_EQ(outcome.attempts,
            (Texts{"::1 ECONNREFUSED", "127.0.0.2 ECONNREFUSED", "127.0.0.3 ECONNREFUSED"}));
}

TEST_F(RaceTest, OneFamilyOnly) {
  ns_->hosts("127.0.0.2 many.test\n::1 many.test\n");
  DialOptions options;
  options.family = AF_INET;
  EXPECT_EQ(dial("many.test", 9, options).attempts, Texts{"127.0.0.2 ECONNREFUSED"});
}

TEST_F(RaceTest, UdpTakesTheFirst) {
  ns_->hosts("127.0.0.2 many.test\n127.0.0.3 many.test\n");
  DialOptions options;
  options.transport.type = SOCK_DGRAM;
  const Outcome outcome = dial("many.test", 9, options);
  EXPECT_EQ(outcome.peer, "127.0.0.2");
  EXPECT_EQ(outcome.attempts, Texts{"127.0.0.2"});
}

TEST_F(RaceTest, DoesNotWaitForASlowAaaa) {
  auto dns = ns_->in([] { return std::make_unique<test::DnsServer>("127.0.0.1", 53); });
  dns->add_addresses("slow.test", {"127.0.0.3", "::1"});
  dns->behave("slow.test", {.silent = true}, test::type_aaaa);
  const test::TcpServer alive = server("127.0.0.3");
  const Outcome outcome = dial("slow.test", alive.port());
  EXPECT_EQ(outcome.peer, "127.0.0.3");
  // The Resolution Delay of RFC 8305, section 3.
  EXPECT_GE(outcome.time, 50ms);
  EXPECT_LT(outcome.time, 3s);
}

TEST_F(RaceTest, UnknownNames) {
  auto dns = ns_->in([] { return std::make_unique<test::DnsServer>("127.0.0.1", 53); });
  dns->behave("silent.test", {.silent = true});
  const Outcome unknown = dial("unknown.test", 9);
  EXPECT_EQ(unknown.error, "NXDOMAIN");
  EXPECT_EQ(unknown.blame, Blame::remote);
  EXPECT_TRUE(unknown.attempts.empty());
  DialOptions options;
  options.timeout = 200ms;
  const Outcome silent = dial("silent.test", 9, options);
  EXPECT_EQ(silent.error, "ETIMEDOUT");
  EXPECT_EQ(silent.blame, Blame::silence);
  EXPECT_LT(silent.time, 3s);
}

TEST_F(RaceTest, NoRouteAtAll) {
  const Outcome outcome = dial("192.0.2.1", 9);
  EXPECT_EQ(outcome.error, "ENETUNREACH");
  EXPECT_EQ(outcome.blame, Blame::local);
}

}  // namespace
}  // namespace net
