// connect --wait: ends when the port opens, whatever stood in the way; and --retry, which is for connections.

#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "tests/e2e/ping_run.hh"
#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

Words waiting(Words words) {
  words.insert(words.begin(), {NETTOOL_BINARY, "connect", "--wait"});
  return words;
}

TEST(WaitRace, AnOpenPortAtOnce) {
  TcpServer server;
  const Outcome outcome = run(waiting({"127.0.0.1", server.port_text()}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(
      folded_spaces(outcome.out).starts_with("open 127.0.0.1:" + server.port_text() + "/tcp after 1 try in "))
      << outcome.out;
  EXPECT_EQ(server.accept().recv_until_eof(), "") << "closed again, and nothing sent";
  EXPECT_TRUE(server.nobody_for(50ms)) << "once";
}

TEST(WaitRace, UntilThePortOpens) {
  const std::uint16_t port = closed_port(SOCK_STREAM);
  Program program(waiting({"--json", "127.0.0.1", std::to_string(port)}));
  program.read_until(Stream::out, "\"attempt\":3,");
  TcpServer server("127.0.0.1", TcpServer::Settings{.port = port});
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  const json::Value connected = json::only_event(outcome.out, "connected");
  EXPECT_EQ(connected["peer"]["port"].integer(), port);
  EXPECT_EQ(connected["local"]["address"].string(), "127.0.0.1");
  EXPECT_EQ(server.accept().peer_port(), connected["local"]["port"].integer());
  const auto retries = json::events(outcome.out, "retry");
  const auto attempts = json::events(outcome.out, "attempt");
  EXPECT_EQ(attempts.size(), retries.size() + 1);
  EXPECT_EQ(retries[0].keys(), (Words{"event", "time", "attempt", "wait_ms", "error"}));
  double expect = 10;
  for (std::size_t i = 0; i < retries.size(); ++i) {
    EXPECT_EQ(retries[i]["attempt"].integer(), static_cast<long long>(i + 1));
    EXPECT_EQ(retries[i]["wait_ms"].number(), expect) << "doubled, up to a quarter of a second";
    EXPECT_EQ(retries[i]["error"]["code"].string(), "ECONNREFUSED");
    expect = std::min(expect * 2, 250.0);
  }
}

TEST(WaitRace, TheLongestPause) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome =
      run(waiting({"--json", "--interval", "25ms", "--deadline", "300ms", "127.0.0.1", port}));
  EXPECT_EQ(outcome.status, 3);
  const auto retries = json::events(outcome.out, "retry");
  ASSERT_GE(retries.size(), 4U);
  EXPECT_EQ(retries[0]["wait_ms"].number(), 10);
  EXPECT_EQ(retries[1]["wait_ms"].number(), 20);
  EXPECT_EQ(retries[2]["wait_ms"].number(), 25);
  EXPECT_EQ(retries[3]["wait_ms"].number(), 25);
}

TEST(WaitRace, TheDeadlineTellsTheLastFailure) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome = run(waiting({"--deadline", "300ms", "127.0.0.1", port}));
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out, "");
  const Words lines = lines_of(outcome.err);
  ASSERT_EQ(lines.size(), 2U) << outcome.err;
  EXPECT_TRUE(lines[0].starts_with("nettool: connect 127.0.0.1:" + port + "/tcp: connection refused, after "))
      << lines[0];
  EXPECT_TRUE(contains(lines[0], " tries in ")) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(" (ECONNREFUSED)")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("hint: 127.0.0.1 is this host")) << lines[1];
}

TEST(WaitRace, VerboseTellsEachTry) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome = run(waiting({"-v", "--deadline", "200ms", "127.0.0.1", port}));
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(contains(outcome.out, "try 2 in 10 ms")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "try 3 in 20 ms")) << outcome.out;
}

TEST(WaitRace, ASilentPortThatOpens) {
  SilentPort silent;
  Program program(waiting({"--json", "-w", "200ms", "127.0.0.1", silent.port_text()}));
  program.read_until(Stream::out, "ETIMEDOUT");
  silent.open();
  EXPECT_EQ(program.wait().status, 0);
}

TEST(WaitRace, APathThatAppears) {
  TempDir dir;
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    const std::string path = dir / std::to_string(type);
    Program program(waiting({"--json", "-U", "--type", type == SOCK_STREAM ? "stream" : "seqpacket", path}));
    program.read_until(Stream::out, "ENOENT");
    program.read_until(Stream::out, "\"retry\"");
    UnixServer server(path, type);
    const Outcome outcome = program.wait();
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(json::only_event(outcome.out, "connected")["peer"]["path"].string(), path);
  }
}

TEST(WaitRace, ANameThatAppears) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.nsswitch("hosts: files\n");
  ns.hosts("");
  TcpServer server = ns.in([] { return TcpServer("127.0.0.1"); });
  Program program(waiting({"--json", "late.test", server.port_text()}), {.before_exec = ns.enter_hook()});
  program.read_until(Stream::out, "\"attempt\":2,");
  ns.hosts("127.0.0.1 late.test\n");
  EXPECT_EQ(program.wait().status, 0);
}

TEST(WaitRace, ARouteThatAppears) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  Program program(waiting({"--json", "192.0.2.1", "80"}), {.before_exec = ns.enter_hook()});
  program.read_until(Stream::out, "ENETUNREACH");
  ns.add_address("192.0.2.1");
  TcpServer server = ns.in([] { return TcpServer("192.0.2.1", {.port = 80}); });
  EXPECT_EQ(program.wait().status, 0);
}

TEST(WaitRace, DatagramsAreOpenWhenAnswered) {
  const std::uint16_t port = closed_port(SOCK_DGRAM);
  Program program(waiting({"--json", "-w", "100ms", "-u", "127.0.0.1", std::to_string(port)}));
  program.read_until(Stream::out, "ECONNREFUSED");
  UdpSocket server("127.0.0.1", port);
  program.read_until(Stream::out, "ETIMEDOUT");
  // Bound, it is silent; answering, it is open.
  for (int i = 0; i < 100 && program.still_running(); ++i) {
    if (!server.silent_for(100ms)) server.reply(server.recv(), "here");
  }
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  const json::Value connected = json::only_event(outcome.out, "connected");
  EXPECT_EQ(connected["protocol"].string(), "udp");
  EXPECT_GT(connected["local"]["port"].integer(), 0);
}

TEST(WaitRace, WhatTimeDoesNotMend) {
  const Outcome outcome =
      run(waiting({"-o", "TCP_CONGESTION=nosuch", "127.0.0.1", std::to_string(closed_port(SOCK_STREAM))}));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "TCP_CONGESTION")) << outcome.err;
}

TEST(WaitRace, ASignal) {
  Program program(waiting({"127.0.0.1", std::to_string(closed_port(SOCK_STREAM))}));
  wait_idle(program.pid());
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(outcome.out, "");
}

Words retrying(Words words) {
  words.insert(words.begin(), {NETTOOL_BINARY, "connect"});
  return words;
}

std::vector<double> pauses(const std::string& err) {
  std::vector<double> out;
  for (const json::Value& retry : json::events(err, "retry")) out.push_back(retry["wait_ms"].number());
  return out;
}

TEST(RetryRace, CountsAndDoubles) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome = run(retrying({"--json", "--retry", "3", "--interval", "20ms", "127.0.0.1", port}));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(pauses(outcome.err), (std::vector<double>{20, 40, 80}));
  EXPECT_EQ(json::events(outcome.err, "attempt").size(), 4U);
  EXPECT_GE(outcome.seconds, 0.14);
  const json::Value last = json::parse_lines(outcome.err).back()["error"];
  EXPECT_TRUE(last["message"].string().starts_with("connection refused, after 4 tries in ")) << outcome.err;
}

TEST(RetryRace, WithoutVerboseThereIsTheLastErrorAlone) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Words words{"--retry", "2", "--interval", "0", "127.0.0.1", port};
  const Outcome quiet = run(retrying(words));
  EXPECT_EQ(lines_of(quiet.err).size(), 2U) << quiet.err;
  const Outcome verbose = run(retrying(Words{"-v"} + words));
  EXPECT_TRUE(contains(verbose.err, "try 2 in 0 us")) << verbose.err;
  const Outcome none = run(retrying({"127.0.0.1", port}));
  EXPECT_FALSE(contains(none.err, "after 1 try")) << none.err;
}

TEST(RetryRace, ThenItIsAConnectionLikeAnyOther) {
  const std::uint16_t port = closed_port(SOCK_STREAM);
  Program program(
      retrying({"--json", "--retry", "forever", "--interval", "20ms", "127.0.0.1", std::to_string(port)}));
  program.read_until(Stream::err, "\"attempt\":2,");
  TcpServer server("127.0.0.1", TcpServer::Settings{.port = port});
  Peer peer = server.accept();
  program.write_stdin("hello");
  program.close_stdin();
  EXPECT_EQ(peer.recv_until_eof(), "hello");
  peer.send_all("world");
  peer.close();
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "world");
}

TEST(RetryRace, UnixSocketsToo) {
  TempDir dir;
  Program program(retrying({"--json", "--retry", "forever", "--interval", "20ms", "-U", dir / "socket"}));
  program.read_until(Stream::err, "\"retry\"");
  UnixServer server(dir / "socket");
  server.accept().send_all("x");
  program.close_stdin();
  EXPECT_EQ(program.wait().status, 0);
}

TEST(RetryRace, TheNameIsLookedUpEachTime) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.nsswitch("hosts: files\n");
  ns.hosts("");
  TcpServer server = ns.in([] { return TcpServer("127.0.0.1"); });
  Program program(
      retrying({"--json", "--retry", "forever", "--interval", "20ms", "-d", "late.test", server.port_text()}),
      {.before_exec = ns.enter_hook()});
  program.read_until(Stream::err, "\"retry\"");
  ns.hosts("127.0.0.1 late.test\n");
  server.accept().close();
  EXPECT_EQ(program.wait().status, 0);
}

TEST(RetryRace, TheDeadlineHolds) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome =
      run(retrying({"--retry", "forever", "--interval", "20ms", "--deadline", "300ms", "127.0.0.1", port}));
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(contains(outcome.err, "the deadline of 300 ms passed; connection refused, after "))
      << outcome.err;
}

TEST(RetryRace, ASignal) {
  Program program(retrying({"--retry", "forever", "127.0.0.1", std::to_string(closed_port(SOCK_STREAM))}));
  wait_idle(program.pid());
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 143);
}

TEST(RetryRace, Usage) {
  for (const Words& words : {Words{"--retry", "0"}, Words{"--retry", "x"}, Words{"--retry", "-1"}}) {
    const Outcome outcome = run(retrying(words + Words{"127.0.0.1", "1"}));
    EXPECT_EQ(outcome.status, 2) << words[1];
    EXPECT_TRUE(contains(outcome.err, "--retry '" + words[1] + "'")) << outcome.err;
  }
}

}  // namespace
}  // namespace test
