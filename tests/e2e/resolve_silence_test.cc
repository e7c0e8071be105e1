// Nobody answers: the time that -w says is kept (5 %), whatever the number of servers, tries, names to search
// and forgeries on the way.

#include <gtest/gtest.h>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

/// Silent name servers on port 53 of 127.0.0.1, 127.0.0.2, ...
struct Silent {
  Namespace ns;
  std::vector<std::unique_ptr<DnsServer>> servers;

  explicit Silent(int count, const std::string& more = {}) {
    std::string conf = more;
    for (int i = 1; i <= count; ++i) {
      std::string address = "127.0.0." + std::to_string(i);
      servers.push_back(ns.in([&] { return std::make_unique<DnsServer>(address, 53); }));
      servers.back()->behave("*", {.silent = true});
      conf += "nameserver " + address + "\n";
    }
    ns.resolv_conf(conf);
    ns.hosts("");
  }

  [[nodiscard]] std::size_t asked() const {
    std::size_t sum = 0;
    for (const auto& server : servers) sum += server->questions().size();
    return sum;
  }
};

TEST(ResolveSilence, TheTimeoutIsKept) {
  REQUIRE_NAMESPACES();
  struct Row {
    const char* name;
    int servers;
    const char* conf;
    Words words;
    std::size_t asked;  ///< how often, all servers together; 0: as often as one likes
  };
  const std::vector<Row> table = {
      {"one server, one try", 1, "", {"--tries", "1"}, 1},
      {"one server, three tries", 1, "", {}, 3},
      {"one server, seven tries", 1, "", {"--tries", "7"}, 7},
      {"three servers", 3, "", {}, 9},
      {"three servers, one try", 3, "", {"--tries", "1"}, 3},
      {"resolv.conf has other ideas", 2, "options timeout:30 attempts:5\n", {}, 6},
      {"by TCP", 2, "", {"--tcp"}, 2},
      {"three domains to search", 1, "search a.test b.test c.test\n", {"--search", "--tries", "2"}, 0},
      {"two types side by side", 1, "", {"-t", "AAAA"}, 6},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    Silent net(row.servers, row.conf);
    std::size_t rounds = 0;
    Outcome outcome = ends_after(1.2, [&] {
      ++rounds;
      return net.ns.run(
          nettool_argv(Words{"resolve", "--json", "host", "-t", "A", "-w", "1200ms"} + row.words));
    });
    EXPECT_EQ(outcome.status, 3) << outcome.out << outcome.err;
    if (row.asked > 0) EXPECT_EQ(net.asked(), row.asked * rounds);
    for (const json::Value& line : json::parse_lines(outcome.out)) {
      EXPECT_EQ(line["error"]["code"].string(), "ETIMEDOUT");
    }
  }
}

TEST(ResolveSilence, ServersSideBySide) {
  std::vector<std::unique_ptr<DnsServer>> servers;
  Words words = {"resolve", "host.test", "-w", "2"};
  for (int i = 0; i < 4; ++i) {
    servers.push_back(std::make_unique<DnsServer>());
    servers.back()->behave("*", {.silent = true});
    words.push_back(at(*servers.back()));
  }
  Outcome outcome = ends_after(2, [&] { return run(nettool_argv(words)); });
  EXPECT_EQ(outcome.status, 3);
  // Each is named.
  for (const auto& server : servers) {
    EXPECT_TRUE(contains(outcome.err, "#" + std::to_string(server->port()))) << outcome.err;
  }
  EXPECT_TRUE(contains(outcome.err, "nettool: resolve host.test. IN A @127.0.0.1#")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "(ETIMEDOUT)")) << outcome.err;
}

// One is dead and said so, the other is silent: it has all the time there is, wherever it stands.
TEST(ResolveSilence, TheSilentOneBesideADeadOne) {
  REQUIRE_NAMESPACES();
  for (const char* order :
       {"nameserver 127.0.0.9\nnameserver 127.0.0.1\n", "nameserver 127.0.0.1\nnameserver 127.0.0.9\n"}) {
    SCOPED_TRACE(order);
    Silent net(1);
    net.ns.resolv_conf(order);
    Outcome outcome =
        ends_after(1.2, [&] { return net.ns.run(nettool("resolve", "x.test", "-t", "A", "-w", "1200ms")); });
    // As with a name's addresses: somebody said no.
    EXPECT_EQ(outcome.status, 1) << outcome.err;
  }
}

TEST(ResolveSilence, FiveSecondsByDefault) {
  DnsServer server;
  server.behave("*", {.silent = true});
  Outcome outcome = ends_after(5, [&] { return resolve(server, {"host.test"}); });
  EXPECT_EQ(outcome.status, 3);
}

// Datagrams that are no answers come all the time: the end is not moved.
TEST(ResolveSilence, ForgeriesDoNotMoveTheEnd) {
  DnsServer server;
  server.behave("*", {.script = [](const std::string& reply, const Question&) {
                  std::vector<Delivery> all;
                  std::string forged = reply;
                  forged[0] = static_cast<char>(forged[0] ^ 1);
                  for (int i = 0; i < 3000; ++i) all.push_back({forged, Duration(i)});
                  return all;
                }});
  Outcome outcome =
      ends_after(1.2, [&] { return resolve(server, {"host.test", "-w", "1200ms", "--tries", "1"}); });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "datagrams ignored: wrong id")) << outcome.err;
}

// The connection is there and bytes trickle, but never the whole message.
TEST(ResolveSilence, TcpThatTrickles) {
  DnsServer server;
  server.behave("*", {.script = [](const std::string& reply, const Question&) {
                  std::vector<Delivery> all;
                  std::string framed = dns::framed(reply + std::string(5000, 'x'));
                  for (int i = 0; i < 300; ++i) {
                    all.push_back({framed.substr(static_cast<std::size_t>(i), 1), Duration(i * 10)});
                  }
                  return all;
                }});
  Outcome outcome = ends_after(1.2, [&] { return resolve(server, {"host.test", "-w", "1200ms", "--tcp"}); });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
}

TEST(ResolveSilence, TcpThatIsNotAccepted) {
  SilentPort silent;
  Outcome outcome = ends_after(1.2, [&] {
    return run(nettool("resolve", "x.test", "-w", "1200ms", "--tcp", "@127.0.0.1:" + silent.port_text()));
  });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
}

// A cut answer, and then silence: the time is that of both.
TEST(ResolveSilence, CutAndThenSilentByTcp) {
  DnsServer server;
  server.add("cut.test", Record::address("192.0.2.1"));
  server.behave("cut.test", {.delay = 300ms, .truncate = true, .silent_over_tcp = true});
  Outcome outcome = ends_after(1.2, [&] { return resolve(server, {"cut.test", "-w", "1200ms"}); });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
}

// An address that swallows everything, without even an ICMP message.
TEST(ResolveSilence, ABlackhole) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.blackhole("192.0.2.53");
  ns.blackhole("2001:db8::53");
  for (const std::string server : {"@192.0.2.53", "@2001:db8::53"}) {
    for (const Words& more : {Words{}, Words{"--tcp"}}) {
      Outcome outcome = ends_after(1.2, [&] {
        return ns.run(nettool_argv(Words{"resolve", "x.test", "-w", "1200ms", server} + more));
      });
      EXPECT_EQ(outcome.status, 3) << outcome.err;
    }
  }
}

// Waiting costs nothing.
TEST(ResolveSilence, WaitingIsIdle) {
  DnsServer server;
  server.behave("*", {.silent = true});
  Program program(nettool("resolve", "x.test", "-w", "2s", "--tries", "1", at(server)));
  server.wait_asked("x.test");
  wait_idle(program.pid());
  const long before = voluntary_switches(program.pid());
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 3);
  // One wake-up for the end of the time, and what it takes to say so.
  EXPECT_LT(outcome.usage.ru_nvcsw, before + 20);
}

}  // namespace
}  // namespace test
