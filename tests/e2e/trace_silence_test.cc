// connect --trace where nobody answers: silent routers, silent ports, neighbours that are not there; and what
// is left of it when it is stopped.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <optional>
#include <set>

#include "tests/e2e/trace_run.hh"
#include "tests/support/net.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

constexpr IpFamily families[] = {IpFamily::v4, IpFamily::v6};

class TraceSilence : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    net_.emplace(Topology::Settings{.routers = 3});
    tracer_.emplace(net_->client());
  }

  /// Over both families at once, as most of it is waiting: IPv4 first.
  template <class Arguments>
  std::vector<TraceRun> both(const Arguments& arguments) {
    std::vector<Program> programs;
    for (const IpFamily family : families) programs.push_back(tracer_->start(arguments(family)));
    std::vector<TraceRun> runs;
    for (Program& program : programs) runs.push_back(Tracer::finished(std::move(program)));
    return runs;
  }

  std::optional<Topology> net_{};
  std::optional<Tracer> tracer_{};
};

/// A way of which each router says little, and somebody who follows it.
struct LimitedWay {
  Topology net{Topology::Settings{.routers = 2, .icmp_limits = true}};
  Tracer tracer{net.client()};
};

TEST_F(TraceSilence, ARouterInTheMiddleIsAStar) {
  net_->hide(2);
  for (const IpFamily family : families) {
    const std::string target = net_->server_address(family);
    TcpServer server = net_->server().in([&] { return TcpServer(target); });
    const TraceRun run = tracer_->json({"-w", "300ms", target, server.port_text()});
    const Words expected = {"1 " + Topology::address(1, family), "2 *", "3 " + Topology::address(3, family),
                            "4 " + target + " open"};
    EXPECT_EQ(run.words(), expected) << run.outcome.err;
    EXPECT_TRUE(run.hops[1]["time_ms"].is_null());
    EXPECT_EQ(run.outcome.status, 0);

    server.close();
    const TraceRun datagrams = tracer_->json({"-u", "-w", "300ms", target, server.port_text()});
    EXPECT_EQ(datagrams.words()[1], "2 *");
    EXPECT_EQ(datagrams.outcome.status, 1);
  }
}

// One line stands for all that follow, and it does not take thirty hops of three tries.
TEST_F(TraceSilence, NobodyBehindTheFirstHop) {
  net_->refuse_port(2, "blackhole", "tcp", 81);
  const auto runs =
      both([&](IpFamily family) { return Words{"-w", "500ms", net_->server_address(family), "81"}; });
  for (const IpFamily family : families) {
    const TraceRun& run = runs[family == IpFamily::v4 ? 0 : 1];
    EXPECT_EQ(run.words(), (Words{"1 " + Topology::address(1, family), "2 * filtered"})) << run.outcome.err;
    EXPECT_EQ(run.outcome.status, 3);
    EXPECT_LT(run.outcome.seconds, 6 + 7);
  }
}

TEST_F(TraceSilence, ASilentUdpPortMayBeOpen) {
  const std::string target = net_->server_address(IpFamily::v6);
  UdpSocket socket = net_->server().in([&] { return UdpSocket(target); });
  const Outcome outcome = tracer_->run({"-u", "-n", "-w", "200ms", target, socket.port_text()});
  const Words lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4U) << outcome.out;
  EXPECT_EQ(folded_spaces(lines[3]), "4 * open|filtered no answer from here on");
  EXPECT_EQ(outcome.status, 3);
}

// The last router asks for the host for three seconds; that is longer than a probe waits.
TEST_F(TraceSilence, AHostThatIsNotThere) {
  const auto runs = both([&](IpFamily family) { return Words{net_->dead_neighbour(family), "81"}; });
  const Words ends = {Topology::address(3, IpFamily::v4) + " filtered 3/1",
                      Topology::address(3, IpFamily::v6) + " filtered 1/3"};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    ASSERT_EQ(runs[i].hops.size(), 4U) << runs[i].outcome.out;
    EXPECT_EQ(runs[i].words().back(), "4 " + ends[i]);
    EXPECT_EQ(runs[i].outcome.status, 1);
  }
}

// With a long wait some of the answers come to probes that went far beyond: they are for the hop
// behind the last router too. With a short one they come late, and are waited for.
TEST(TraceLimitsSilence, AHostThatIsNotThereInventsNoHops) {
  REQUIRE_NAMESPACES();
  const Words cases[] = {{"-w", "4"}, {"-w", "300ms"}, {"-w", "300ms", "-u"}};
  // All at once, and each case with routers of its own.
  LimitedWay ways[std::size(cases)];
  std::vector<Program> programs;
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    for (const IpFamily family : families) {
      Words words = cases[i];
      words.insert(words.end(), {ways[i].net.dead_neighbour(family), "81"});
      programs.push_back(ways[i].tracer.start(words));
    }
  }
  for (std::size_t i = 0; i < programs.size(); ++i) {
    SCOPED_TRACE(testing::PrintToString(cases[i / 2]));
    const TraceRun run = Tracer::finished(std::move(programs[i]));
    const std::string end = i % 2 == 0 ? Topology::address(2, IpFamily::v4) + " filtered 3/1"
                                       : Topology::address(2, IpFamily::v6) + " filtered 1/3";
    ASSERT_EQ(run.hops.size(), 3U) << run.outcome.out;
    EXPECT_EQ(run.words().back(), "3 " + end);
    EXPECT_EQ(run.outcome.status, 1);
  }
}

// A router that says no once a second, and counts it twice, is asked again after a quiet time.
TEST(TraceLimitsSilence, ANoThatOurOwnQuestionsUsedUp) {
  REQUIRE_NAMESPACES();
  LimitedWay by_tcp;
  LimitedWay by_udp;
  by_tcp.net.refuse_port(2, "prohibit", "tcp", 81);
  by_udp.net.refuse_port(2, "prohibit", "udp", 81);
  const std::string target = by_tcp.net.server_address(IpFamily::v4);
  const Words expected = {"1 " + Topology::address(1, IpFamily::v4),
                          "2 " + Topology::address(2, IpFamily::v4) + " filtered 3/13"};
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    Program programs[] = {by_tcp.tracer.start({target, "81"}), by_udp.tracer.start({"-u", target, "81"})};
    for (Program& program : programs) {
      const TraceRun run = Tracer::finished(std::move(program));
      EXPECT_EQ(run.words(), expected) << run.outcome.err;
      EXPECT_EQ(run.outcome.status, 1);
    }
  }
}

TEST_F(TraceSilence, ANeighbourOfOursThatIsNotThere) {
  const auto runs = both(
      [](IpFamily family) { return Words{family == IpFamily::v4 ? "10.77.1.99" : "fd77:0:0:1::99", "81"}; });
  for (const TraceRun& run : runs) {
    EXPECT_EQ(run.outcome.status, 3) << run.outcome.err;
    EXPECT_NE(run.outcome.err.find("neighbour"), std::string::npos) << run.outcome.err;
    EXPECT_NE(run.outcome.err.find("Try: nettool iface"), std::string::npos) << run.outcome.err;
    EXPECT_TRUE(run.hops.empty()) << run.outcome.out;
  }
}

// The target must not notice a trace: nothing to accept, and no connection that was made and cut. (A machine
// that is busy for 200 ms at the wrong moment would leave one.)
using TraceRace = TraceSilence;
TEST_F(TraceRace, NothingIsLeftOnTheTarget) {
  for (const IpFamily family : families) {
    const std::string target = net_->server_address(family);
    TcpServer server = net_->server().in([&] { return TcpServer(target); });
    for (int round = 0; round < 5; ++round) {
      const TraceRun run = tracer_->json({target, server.port_text()});
      EXPECT_EQ(run.outcome.status, 0) << run.outcome.err;
    }
    EXPECT_TRUE(server.nobody_for(300ms));
    EXPECT_EQ(net_->server().run({"ss", "-Htan", "state", "connected"}).out, "");
  }
}

// Six TTLs and no more are asked as long as none of them is decided.
TEST_F(TraceSilence, SixAtATime) {
  net_->client().blackhole("192.0.2.1");
  Fd sniffer(net_->client().in([] { return plain_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)); }));
  Program program(tracer_->argv({"-n", "-w", "20", "192.0.2.1", "81"}), tracer_->options());
  std::set<int> ttls;
  const auto take = [&](Duration patience) {
    char packet[2048];
    if (!poll_one(sniffer.get(), POLLIN, Deadline(patience))) return false;
    const ssize_t size = recv(sniffer.get(), packet, sizeof packet, 0);
    iphdr header{};
    std::memcpy(&header, packet, sizeof header);
    if (size > 20 && header.version == 4 && header.daddr == inet_addr("192.0.2.1")) ttls.insert(header.ttl);
    return true;
  };
  wait_until("six TTLs", [&] { return take(patience) && ttls.size() == 6; });
  // The kernel sends the first ones again after a second: by then a seventh would have been here.
  const Stopwatch watch;
  while (watch.seconds() < 1.5) take(100ms);
  EXPECT_EQ(ttls, (std::set<int>{1, 2, 3, 4, 5, 6}));
}

TEST_F(TraceSilence, StoppedByASignal) {
  net_->refuse_port(3, "blackhole", "tcp", 81);
  Program program(tracer_->argv({"-n", net_->server_address(IpFamily::v4), "81"}), tracer_->options());
  static_cast<void>(program.read_until(Stream::out, "10.77.2.2"));
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(lines_of(outcome.out).size(), 2U) << outcome.out;
  EXPECT_NE(outcome.err.find("after hop 2"), std::string::npos) << outcome.err;
}

TEST_F(TraceSilence, StoppedByTheDeadline) {
  net_->refuse_port(3, "blackhole", "tcp", 81);
  const TraceRun run = tracer_->json({"--deadline", "1", net_->server_address(IpFamily::v4), "81"});
  EXPECT_EQ(run.outcome.status, 3);
  EXPECT_EQ(run.hops.size(), 2U) << run.outcome.out;
  EXPECT_NE(run.outcome.err.find("the deadline of 1 s passed after hop 2"), std::string::npos)
      << run.outcome.err;
}

// A reader that takes nothing stops neither a deadline nor a signal.
TEST_F(TraceSilence, AStalledReader) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const std::string block(4096, '.');
  while (write(writer.get(), block.data(), block.size()) > 0) {
  }
  Options options = tracer_->options();
  options.out = Stdio::fd(writer.get());
  const std::string target = net_->server_address(IpFamily::v4);
  EXPECT_EQ(run(tracer_->argv({"-n", "--deadline", "500ms", target, "81"}), options).status, 3);

  UdpSocket socket = net_->server().in([&] { return UdpSocket(target); });
  Program program(tracer_->argv({"-n", "-u", target, socket.port_text()}), options);
  static_cast<void>(socket.recv());
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 143);
}

// A name server that says nothing costs a second in all, not one a hop.
TEST_F(TraceSilence, NamesThatDoNotCome) {
  net_->client().blackhole("192.0.2.53");
  net_->client().resolv_conf("nameserver 192.0.2.53\n");
  const Outcome outcome = tracer_->run({net_->server_address(IpFamily::v4), "81"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(lines_of(outcome.out).size(), 4U) << outcome.out;
  EXPECT_LT(outcome.seconds, 3);
}

TEST_F(TraceSilence, NumericAsksNobody) {
  const std::string own = Topology::client_address(IpFamily::v4);
  UdpSocket server = net_->client().in([&] { return UdpSocket(own, 53); });
  net_->client().resolv_conf("nameserver " + own + "\n");
  const std::string target = net_->server_address(IpFamily::v4);
  EXPECT_EQ(tracer_->run({"-n", target, "81"}).status, 1);
  EXPECT_TRUE(server.silent_for(50ms));
  EXPECT_EQ(tracer_->run({target, "81"}).status, 1);
  EXPECT_FALSE(server.silent_for(50ms));
}

}  // namespace
}  // namespace test
