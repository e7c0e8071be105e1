// listen -u --forward: each peer is a flow of its own, and lasts until it falls silent.

#include <gtest/gtest.h>

#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/forward_run.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/udp_server.hh"

namespace test {
namespace {

std::vector<UdpSocket> flows_to(const Listener& forward, std::size_t count) {
  std::vector<UdpSocket> clients(count);
  for (UdpSocket& client : clients) client.connect("127.0.0.1", forward.port);
  return clients;
}

TEST(ForwardFlows, TwoHundredAtOnce) {
  UdpServer echo(UdpSocket("127.0.0.1"), UdpServer::echo);
  Listener forward = start_listener(
      {"-u", "--forward-udp", "127.0.0.1:" + echo.port_text(), "127.0.0.1", "0"}, {.in = Stdio::null()});
  std::vector<UdpSocket> clients = flows_to(forward, 200);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i].send("client " + std::to_string(i) + " round " + std::to_string(round));
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      EXPECT_EQ(clients[i].recv().bytes, "client " + std::to_string(i) + " round " + std::to_string(round));
      // Read as they come: what nobody reads is dropped in the end.
      if (round == 0) EXPECT_TRUE(next_event(forward, "connected").has("client"));
    }
  }
  forward.program.signal(SIGTERM);
  const Outcome outcome = forward.program.wait();
  const auto closed = json::events(outcome.err, "closed");
  EXPECT_EQ(closed.size(), 200U);
  for (const json::Value& each : closed) {
    EXPECT_EQ(each["received_bytes"].integer(), each["target_sent_bytes"].integer());
    EXPECT_EQ(each["sent_bytes"].integer(), each["received_bytes"].integer());
  }
}

// The target sees each flow from a port of its own.
TEST(ForwardFlows, EachHasASocketOfItsOwn) {
  UdpSocket target;
  Listener forward = start_listener(
      {"-u", "--forward-udp", "127.0.0.1:" + target.port_text(), "127.0.0.1", "0"}, {.in = Stdio::null()});
  std::vector<UdpSocket> clients = flows_to(forward, 5);
  std::set<std::uint16_t> ports;
  for (UdpSocket& client : clients) {
    client.send("a");
    const Datagram first = target.recv();
    client.send("b");
    EXPECT_EQ(target.recv().port, first.port);
    target.reply(first, "to you");
    EXPECT_EQ(client.recv().bytes, "to you");
    ports.insert(first.port);
  }
  EXPECT_EQ(ports.size(), 5U);
}

TEST(ForwardFlowsIdle, TheSilentAreLetGo) {
  UdpSocket target;
  Listener forward = start_listener(
      {"-u", "-i", "400ms", "--forward-udp", "127.0.0.1:" + target.port_text(), "127.0.0.1", "0"},
      {.in = Stdio::null()});
  const int before = open_fds(forward.program.pid());
  std::vector<UdpSocket> clients = flows_to(forward, 20);
  for (UdpSocket& client : clients) {
    client.send("x");
    EXPECT_EQ(target.recv().bytes, "x");
  }
  EXPECT_GE(open_fds(forward.program.pid()), before + 20);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "idle_timeout");
  }
  wait_until("descriptors", [&] { return open_fds(forward.program.pid()) == before; });
  // Who speaks again is a new client.
  clients[3].send("again");
  EXPECT_EQ(target.recv().bytes, "again");
  EXPECT_EQ(next_event(forward, "accepted")["client"].integer(), 21);
}

// What nobody takes is told, and the next datagram tries again.
TEST(ForwardFlows, ARefusalEndsTheFlow) {
  std::uint16_t port = closed_port(SOCK_DGRAM);
  Listener forward = start_listener(
      {"-u", "--forward-udp", "127.0.0.1:" + std::to_string(port), "127.0.0.1", "0"}, {.in = Stdio::null()});
  UdpSocket client;
  client.connect("127.0.0.1", forward.port);
  client.send("is there anybody?");
  const json::Value error = next_event(forward, "error")["error"];
  EXPECT_EQ(error["code"].string(), "ECONNREFUSED");
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "local_error");
  UdpSocket target("127.0.0.1", port);
  client.send("and now?");
  EXPECT_EQ(target.recv().bytes, "and now?");
}

// A datagram client cannot be told of an end: its flow ends, and it begins anew with the next datagram.
TEST(ForwardFlows, TheEndOfAStreamTargetEndsTheFlow) {
  TcpServer server;
  Listener forward = start_listener({"-u", "--forward", "127.0.0.1:" + server.port_text(), "127.0.0.1", "0"},
                                    {.in = Stdio::null()});
  UdpSocket client;
  client.connect("127.0.0.1", forward.port);
  client.send("one");
  Peer target = server.accept();
  EXPECT_EQ(target.recv_exact(3), "one");
  target.send_all("bye");
  target.close();
  EXPECT_EQ(client.recv().bytes, "bye");
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "eof");
  client.send("two");
  EXPECT_EQ(server.accept().recv_exact(3), "two");
}

// A datagram target has no end: with the client ended, it has a while for its answers.
TEST(ForwardFlowsDrain, AStreamClientOfADatagramTarget) {
  UdpSocket target;
  Listener forward = start_listener({"--forward-udp", "127.0.0.1:" + target.port_text(), "127.0.0.1", "0"},
                                    {.in = Stdio::null()});
  Peer client = connect_tcp("127.0.0.1", forward.port);
  client.send_all("question");
  client.shutdown_write();
  const Datagram question = target.recv();
  const Stopwatch watch;
  EXPECT_TRUE(client.silent_for(2s));
  target.reply(question, "late");
  EXPECT_EQ(client.recv_exact(4), "late");
  EXPECT_EQ(client.recv_until_eof(), "");
  EXPECT_GE(watch.seconds(), 6.5);
  EXPECT_LT(watch.seconds(), 10.0);
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "peer_closed");
}

TEST(ForwardFlows, WithSocatAndNcat) {
  REQUIRE_PROGRAM("socat");
  REQUIRE_PROGRAM("ncat");
  UdpServer echo(UdpSocket("127.0.0.1"), UdpServer::echo);
  Listener forward = start_listener(
      {"-u", "--forward-udp", "127.0.0.1:" + echo.port_text(), "127.0.0.1", "0"}, {.in = Stdio::null()});
  const std::string port = forward.port_text();
  const std::vector<std::vector<std::string>> clients = {
      {"socat", "-", "UDP:127.0.0.1:" + port},
      {"ncat", "-u", "127.0.0.1", port},
      {"nc", "-u", "127.0.0.1", port},
      nettool("connect", "-u", "127.0.0.1", port),
  };
  for (const auto& client : clients) {
    Program program(client);
    program.write_stdin("words");
    EXPECT_EQ(program.read_exact(Stream::out, 5), "words") << client[0];
  }
}

}  // namespace
}  // namespace test
