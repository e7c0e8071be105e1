// Replies that no honest server sends: cut at every length, bits flipped, names that loop. Whatever comes,
// the answer is a status of the contract and valid JSON; the sanitizers watch the rest.

#include <gtest/gtest.h>

#include <random>

#include "tests/support/dns_server.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Rewrite = std::function<std::string(std::string)>;

struct Network {
  Namespace ns;
  std::unique_ptr<DnsServer> dns;
  TcpServer server;

  Network()
      : dns(ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); })),
        server(ns.in([] { return TcpServer("127.0.0.1", {.port = 7000}); })) {
    ns.resolv_conf("nameserver 127.0.0.1\n");
    ns.hosts("");
    dns->add("first.test", Record::cname("second.test"));
    dns->add("second.test", Record::address("127.0.0.1"));
    dns->add("second.test", Record::txt("words"));
  }

  /// One question, whose reply is changed on its way.
  void expect_sane(const Rewrite& rewrite) {
    dns->behave("first.test", {.rewrite = rewrite});
    Outcome outcome =
        ns.run(nettool("--json", "connect", "-4", "-w", "150ms", "--shutdown", "rdwr", "first.test", "7000"));
    // Connected, refused in some way, or no usable answer in time; or it was led to where no route goes.
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 1 || outcome.status == 3 || outcome.status == 4)
        << outcome.status << outcome.err;
    EXPECT_EQ(outcome.signal, 0);
    EXPECT_NO_THROW((void)json::parse_lines(outcome.err)) << outcome.err;
  }
};

TEST(HostileDns, RepliesCutAtEveryLength) {
  REQUIRE_NAMESPACES();
  Network net;
  size_t length = 1;
  net.dns->behave("first.test", {.rewrite = [&length](const std::string& reply) {
                    length = reply.size();
                    return reply;
                  }});
  EXPECT_EQ(net.ns.run(nettool("connect", "-4", "--shutdown", "rdwr", "first.test", "7000")).status, 0);
  ASSERT_GT(length, 40U);
  for (size_t keep = 0; keep < length; ++keep) {
    SCOPED_TRACE(keep);
    net.expect_sane([keep](const std::string& reply) { return reply.substr(0, keep); });
  }
}

TEST(HostileDns, FlippedBytes) {
  REQUIRE_NAMESPACES();
  Network net;
  for (unsigned seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(seed);
    net.expect_sane([seed](std::string reply) {
      std::mt19937 random(seed);
      for (int i = 0; i < 3; ++i) {
        // Behind the id, or it would be no reply of ours at all.
        size_t at = 2 + random() % (reply.size() - 2);
        reply[at] = static_cast<char>(random());
      }
      return reply;
    });
  }
}

TEST(HostileDns, JunkBehindTheHeader) {
  REQUIRE_NAMESPACES();
  Network net;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    net.expect_sane([seed](const std::string& reply) {
      std::mt19937 random(seed);
      std::string junk = reply.substr(0, 12);
      for (unsigned i = 0; i < 50 * seed; ++i) junk.push_back(static_cast<char>(random()));
      return junk;
    });
  }
}

// A compressed name (RFC 1035, 4.1.4) that points at itself, at the next one, and behind the end.
TEST(HostileDns, NamesThatLoop) {
  REQUIRE_NAMESPACES();
  Network net;
  for (const std::string& pointer :
       {std::string("\xc0\x0c", 2), std::string("\xc0\x0e", 2), std::string("\xff\xff", 2)}) {
    net.expect_sane([pointer](std::string reply) {
      // The question's name stands behind the header's twelve bytes; the answer's follows the question.
      size_t answer = 12 +
                      std::string(
                          "\x05"
                          "first"
                          "\x04"
                          "test")
                          .size() +
                      1 + 4;
      return reply.replace(answer, 2, pointer);
    });
    net.expect_sane([pointer](std::string reply) { return reply.replace(12, 2, pointer); });
  }
}

// Counts that promise more than there is.
TEST(HostileDns, CountsThatLie) {
  REQUIRE_NAMESPACES();
  Network net;
  for (size_t field : {4U, 6U, 8U, 10U}) {
    net.expect_sane([field](std::string reply) {
      reply[field] = reply[field + 1] = '\xff';
      return reply;
    });
  }
}

TEST(HostileDns, AnAliasOfItself) {
  REQUIRE_NAMESPACES();
  Network net;
  net.dns->add("loop.test", Record::cname("loop.test"));
  net.dns->add("ping.test", Record::cname("pong.test"));
  net.dns->add("pong.test", Record::cname("ping.test"));
  for (const char* name : {"loop.test", "ping.test"}) {
    Outcome outcome = net.ns.run(nettool("connect", "-4", "-w", "2", name, "7000"));
    EXPECT_EQ(outcome.status, 1) << outcome.err;
  }
}

}  // namespace
}  // namespace test
