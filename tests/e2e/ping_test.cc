// connect --ping: what each probe came to, the figures of them all, and the status.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <numeric>

#include "tests/e2e/ping_run.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/topology.hh"
#include "tests/support/unix_socket.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

TEST(Ping, ALineForEachProbe) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    TcpServer server(address);
    const Outcome outcome = run(ping({"--count", "3", "--interval", "0", address, server.port_text()}));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    const Words lines = lines_of(outcome.out);
    ASSERT_EQ(lines.size(), 4U) << outcome.out;
    const std::string target = (address == "::1" ? "[::1]" : address) + ":" + server.port_text() + "/tcp";
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(folded_spaces(lines[i]).starts_with(std::to_string(i + 1) + " " + target + " "))
          << lines[i];
      EXPECT_TRUE(lines[i].ends_with(" ms")) << lines[i];
    }
    EXPECT_TRUE(lines[3].starts_with("3 probes, 3 answered, 0 % lost   min ")) << lines[3];
    // Each was a connection, and was closed again.
    for (int i = 0; i < 3; ++i) EXPECT_EQ(server.accept().recv_until_eof(), "");
    EXPECT_TRUE(server.nobody_for(50ms));
  }
}

TEST(Ping, ItsEvents) {
  TcpServer server;
  const Outcome outcome =
      run(ping({"--json", "--count", "2", "--interval", "0", "127.0.0.1", server.port_text()}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto probes = json::events(outcome.out, "probe");
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(probes[0].keys(), (Words{"event", "time", "seq", "address", "port", "time_ms", "error"}));
  EXPECT_EQ(probes[1]["seq"].integer(), 2);
  EXPECT_EQ(probes[1]["address"].string(), "127.0.0.1");
  EXPECT_EQ(probes[1]["port"].integer(), server.port());
  EXPECT_GT(probes[1]["time_ms"].number(), 0);
  EXPECT_TRUE(probes[1]["error"].is_null());
  const json::Value summary = json::only_event(outcome.out, "summary");
  EXPECT_EQ(summary.keys(), (Words{"event", "time", "of", "sent", "received", "loss_percent", "min_ms",
                                   "avg_ms", "median_ms", "p95_ms", "max_ms", "mdev_ms"}));
  EXPECT_EQ(summary["of"].string(), "ping");
  EXPECT_EQ(outcome.err, "");
}

TEST(Ping, Datagrams) {
  const UdpEcho echo;
  const Outcome outcome =
      run(ping({"-u", "--json", "--count", "3", "--interval", "10ms", "127.0.0.1", echo.port_text()}));
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  EXPECT_EQ(json::only_event(outcome.out, "summary")["received"].integer(), 3);
}

TEST(Ping, UnixSockets) {
  TempDir dir;
  UnixServer server(dir / "socket");
  const Outcome outcome = run(ping({"-U", "--json", "--count", "2", "--interval", "0", server.path()}));
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  const auto probes = json::events(outcome.out, "probe");
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(probes[0]["path"].string(), server.path());
  EXPECT_FALSE(probes[0].has("address"));
  server.close();
  const Outcome refused = run(ping({"-U", "--count", "2", "--interval", "0", server.path()}));
  EXPECT_EQ(refused.status, 1) << refused.out;
}

struct Failing {
  std::string name;
  Words words;
  int status;
  std::string text;  ///< of each line
  std::string code;
};

TEST(Ping, TheStatusOfTheLastFailure) {
  const SilentPort silent;
  const UdpSocket mute;
  const std::string closed = std::to_string(closed_port(SOCK_STREAM));
  const std::string closed_udp = std::to_string(closed_port(SOCK_DGRAM));
  const Failing cases[] = {
      {"refused", {"127.0.0.1", closed}, 1, "connection refused, said by itself", "ECONNREFUSED"},
      {"refused by ICMP", {"-u", "127.0.0.1", closed_udp}, 1, "port unreachable", "ECONNREFUSED"},
      {"silent", {"-w", "100ms", "127.0.0.1", silent.port_text()}, 3, "no answer in 100 ms", "ETIMEDOUT"},
      {"silent datagrams",
       {"-u", "-w", "100ms", "127.0.0.1", mute.port_text()},
       3,
       "no answer in 100 ms",
       "ETIMEDOUT"},
      {"no such name", {"nobody.invalid", "80"}, 1, "resolve: no such name", "NXDOMAIN"},
      {"not our address", {"-s", "192.0.2.77", "127.0.0.1", closed}, 4, "bind: ", "EADDRNOTAVAIL"},
  };
  for (const Failing& one : cases) {
    SCOPED_TRACE(one.name);
    const Words common{"--count", "2", "--interval", "0"};
    const Outcome outcome = run(ping(common + one.words));
    EXPECT_EQ(outcome.status, one.status) << outcome.out << outcome.err;
    const Words lines = lines_of(outcome.out);
    ASSERT_EQ(lines.size(), 3U) << outcome.out;
    EXPECT_TRUE(contains(lines[0], one.text)) << lines[0];
    EXPECT_TRUE(contains(lines[1], one.text)) << lines[1];
    EXPECT_EQ(lines[2], "2 probes, 0 answered, 100 % lost");
    EXPECT_TRUE(contains(outcome.err, "(" + one.code + ")")) << outcome.err;
    const Outcome as_json = run(ping(common + Words{"--json"} + one.words));
    EXPECT_EQ(as_json.status, one.status);
    const json::Value probe = json::events(as_json.out, "probe").back();
    EXPECT_TRUE(probe["time_ms"].is_null());
    EXPECT_EQ(probe["error"]["code"].string(), one.code);
    EXPECT_EQ(probe["address"].is_null(), one.name == "no such name");
    EXPECT_TRUE(json::only_event(as_json.out, "summary")["mdev_ms"].is_null());
  }
}

TEST(Ping, ARouterSaysNo) {
  REQUIRE_NAMESPACES();
  Topology net;
  net.refuse_port(2, "prohibit", "tcp", 81);
  net.refuse_port(2, "prohibit", "udp", 81);
  TempDir dir;
  const std::string copy = copy_for_anybody(dir);
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    for (const Words& kind : {Words{}, Words{"-u"}}) {
      const Words words = Words{copy, "connect", "--ping", "--count", "2", "--interval", "10ms", "-w", "5"} +
                          kind + Words{net.server_address(family), "81"};
      Options options{.before_exec = [enter = net.client().enter_hook(), change = become(nobody)] {
        enter();
        change();
      }};
      const Outcome outcome = run(words, std::move(options));
      EXPECT_EQ(outcome.status, 1) << outcome.out;
      EXPECT_TRUE(contains(outcome.out, "prohibited")) << outcome.out;
      EXPECT_TRUE(contains(outcome.out, "said by " + Topology::address(2, family))) << outcome.out;
    }
  }
}

/// Answered, refused while the server was away, and answered again.
TEST(Ping, GoesOnAfterFailures) {
  auto server = std::make_unique<TcpServer>();
  const std::uint16_t port = server->port();
  Program program(ping({"--json", "--interval", "20ms", "127.0.0.1", server->port_text()}));
  program.read_until(Stream::out, "\"seq\":3,");
  server.reset();
  program.read_until(Stream::out, "ECONNREFUSED");
  server = std::make_unique<TcpServer>("127.0.0.1", TcpServer::Settings{.port = port});
  program.read_until(Stream::out, "\"error\":null");
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  const json::Value summary = json::only_event(outcome.out, "summary");
  const auto probes = json::events(outcome.out, "probe");
  EXPECT_EQ(summary["sent"].integer(), static_cast<long long>(probes.size()));
  EXPECT_LT(summary["received"].integer(), summary["sent"].integer());
}

/// By the definitions, from the lines of the run.
void expect_figures(const std::string& out) {
  std::vector<double> times;
  const auto probes = json::events(out, "probe");
  for (const json::Value& probe : probes) {
    if (probe["error"].is_null()) times.push_back(probe["time_ms"].number());
  }
  const json::Value summary = json::only_event(out, "summary");
  const auto count = static_cast<double>(times.size());
  EXPECT_EQ(summary["sent"].number(), static_cast<double>(probes.size()));
  EXPECT_EQ(summary["received"].number(), count);
  EXPECT_DOUBLE_EQ(summary["loss_percent"].number(), 100 - count * 100 / static_cast<double>(probes.size()));
  std::ranges::sort(times);
  const double average = std::accumulate(times.begin(), times.end(), 0.0) / count;
  double squares = 0;
  for (const double time : times) squares += (time - average) * (time - average);
  const std::size_t half = times.size() / 2;
  EXPECT_EQ(summary["min_ms"].number(), times.front());
  EXPECT_EQ(summary["max_ms"].number(), times.back());
  EXPECT_NEAR(summary["avg_ms"].number(), average, 1e-6);
  EXPECT_NEAR(summary["median_ms"].number(),
              times.size() % 2 == 1 ? times[half] : (times[half - 1] + times[half]) / 2, 1e-6);
  EXPECT_EQ(summary["p95_ms"].number(), times[(times.size() * 95 + 99) / 100 - 1]);
  EXPECT_NEAR(summary["mdev_ms"].number(), std::sqrt(squares / count), 1e-6);
}

TEST(Ping, TheFiguresAreThoseOfItsLines) {
  for (const char* count : {"1", "2", "99", "100"}) {
    TcpServer server;
    const Outcome outcome =
        run(ping({"--json", "--count", count, "--interval", "0", "127.0.0.1", server.port_text()}));
    EXPECT_EQ(outcome.status, 0);
    SCOPED_TRACE(count);
    expect_figures(outcome.out);
  }
}

// Python's statistics module has never seen our code.
TEST(Ping, TheFiguresArePythons) {
  REQUIRE_PROGRAM("python3");
  TcpServer server;
  const Outcome outcome =
      run(ping({"--json", "--count", "50", "--interval", "0", "127.0.0.1", server.port_text()}));
  const std::string program =
      "import sys,json,statistics as s\n"
      "e=[json.loads(l) for l in sys.stdin]\n"
      "t=[x['time_ms'] for x in e if x['event']=='probe']\n"
      "print(json.dumps([len(t),s.mean(t),s.median(t),s.pstdev(t),min(t),max(t)]))\n";
  const json::Value expect = json::parse(run_ok({"python3", "-c", program}, outcome.out));
  const json::Value summary = json::only_event(outcome.out, "summary");
  EXPECT_EQ(summary["received"].integer(), expect[0].integer());
  EXPECT_NEAR(summary["avg_ms"].number(), expect[1].number(), 1e-6);
  EXPECT_NEAR(summary["median_ms"].number(), expect[2].number(), 1e-6);
  EXPECT_NEAR(summary["mdev_ms"].number(), expect[3].number(), 1e-6);
  EXPECT_EQ(summary["min_ms"].number(), expect[4].number());
  EXPECT_EQ(summary["max_ms"].number(), expect[5].number());
}

TEST(Ping, ASignalEndsItWithTheSummary) {
  TcpServer server;
  for (const int number : {SIGINT, SIGTERM}) {
    Program program(ping({"--interval", "1h", "127.0.0.1", server.port_text()}));
    program.read_line(Stream::out);
    wait_idle(program.pid());
    program.signal(number);
    const Outcome outcome = program.wait();
    EXPECT_EQ(outcome.signal, number);
    EXPECT_TRUE(lines_of(outcome.out).back().starts_with("1 probe, 1 answered, 0 % lost ")) << outcome.out;
  }
}

TEST(Ping, TheDeadlineEndsItWithTheSummary) {
  TcpServer server;
  const Outcome answered =
      run(ping({"--deadline", "300ms", "--interval", "10ms", "127.0.0.1", server.port_text()}));
  EXPECT_EQ(answered.status, 0) << answered.err;
  EXPECT_TRUE(contains(answered.out, " answered, 0 % lost")) << answered.out;
  const SilentPort silent;
  const Outcome nothing = run(ping({"--deadline", "300ms", "127.0.0.1", silent.port_text()}));
  EXPECT_EQ(nothing.status, 3) << nothing.out;
  EXPECT_TRUE(contains(nothing.out, "0 probes")) << nothing.out;
}

TEST(Ping, QuietIsTheSummaryAlone) {
  TcpServer server;
  const Outcome outcome =
      run(ping({"--quiet", "--count", "3", "--interval", "0", "127.0.0.1", server.port_text()}));
  ASSERT_EQ(lines_of(outcome.out).size(), 1U) << outcome.out;
  EXPECT_TRUE(outcome.out.starts_with("3 probes, 3 answered")) << outcome.out;
}

// A reader that has stopped reading stops no signal.
TEST(Ping, AStalledReader) {
  TcpServer server("127.0.0.1", TcpServer::Settings{});
  Program program(ping({"--json", "--interval", "0", "127.0.0.1", std::to_string(closed_port(SOCK_STREAM))}));
  wait_idle(program.pid());
  const long resident = rss_kib(program.pid());
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_LT(resident, 400 * 1024) << "nothing piles up";
}

TEST(Ping, Usage) {
  struct Case {
    Words words;
    std::string text;
  };
  const Case cases[] = {
      {{"--ping", "--count", "0", "127.0.0.1", "1"}, "--count '0': at least 1"},
      {{"--ping", "--resolve-every", "0", "127.0.0.1", "1"}, "--resolve-every '0'"},
      {{"--ping", "--interval", "x", "127.0.0.1", "1"}, "--interval 'x'"},
      {{"--count", "3", "127.0.0.1", "1"}, "--count is for --ping"},
      {{"--resolve-every", "3", "127.0.0.1", "1"}, "--resolve-every is for --ping"},
      {{"--interval", "3", "127.0.0.1", "1"}, "--interval is for --retry"},
      {{"--ping", "--wait", "127.0.0.1", "1"}, "--ping and --wait exclude each other"},
      {{"--ping", "--retry", "3", "127.0.0.1", "1"}, "--retry is not for --ping"},
      {{"--ping", "--crlf", "127.0.0.1", "1"}, "--crlf is not for --ping"},
      {{"--ping", "-U", "--resolve-every", "3", "/x"}, "-U"},
  };
  for (const Case& one : cases) {
    const Outcome outcome = run(nettool_argv(Words{"connect"} + one.words));
    EXPECT_EQ(outcome.status, 2) << one.text;
    EXPECT_TRUE(contains(outcome.err, one.text)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

}  // namespace
}  // namespace test
