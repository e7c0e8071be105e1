// listen --forward: targets and clients that are not there, fall silent, or are cut off half way.

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/forward_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

/// True if that port cuts a client off, be it before connect(2) has returned.
bool cuts_off(std::uint16_t port) {
  Peer client;
  try {
    client = connect_tcp("127.0.0.1", port);
  } catch (const std::exception& error) {
    return std::string_view(error.what()).contains("reset by peer");
  }
  return client.ends_by_reset();
}

TEST(ForwardFailure, ARefusalIsToldAndResetsTheClient) {
  const std::uint16_t nobody = closed_port(SOCK_STREAM);
  Listener forward = start_forward(nobody);
  const int before = open_fds(forward.program.pid());
  EXPECT_TRUE(cuts_off(forward.port)) << "an end would be an empty answer";
  const json::Value error = next_event(forward, "error")["error"];
  EXPECT_EQ(error["op"].string(), "connect");
  EXPECT_EQ(error["subject"].string(), "127.0.0.1:" + std::to_string(nobody) + "/tcp");
  EXPECT_EQ(error["code"].string(), "ECONNREFUSED");
  EXPECT_NE(error["hint"].string().find("nothing listens"), std::string::npos);
  const json::Value closed = next_event(forward, "closed");
  EXPECT_EQ(closed["reason"].string(), "local_error");
  EXPECT_EQ(closed["target_sent_bytes"].integer(), 0);
  wait_until("descriptors", [&] { return open_fds(forward.program.pid()) == before; });
  // The next client finds a forwarder that goes on.
  EXPECT_TRUE(cuts_off(forward.port));
}

TEST(ForwardFailure, AUnixTargetThatIsNotThere) {
  TempDir dir;
  Listener forward = start_listener({"--forward", "unix:" + (dir / "none"), "127.0.0.1", "0"});
  EXPECT_TRUE(cuts_off(forward.port));
  const json::Value error = next_event(forward, "error")["error"];
  EXPECT_EQ(error["code"].string(), "ENOENT");
  EXPECT_EQ(error["subject"].string(), dir / "none");

  UnixServer stream(dir / "stream");
  Listener datagrams = start_listener({"--forward-udp", "unix:" + (dir / "stream"), "127.0.0.1", "0"});
  EXPECT_TRUE(cuts_off(datagrams.port));
  EXPECT_EQ(next_event(datagrams, "error")["error"]["code"].string(), "EPROTOTYPE");
}

// -w bounds the way to the target; what other clients do meanwhile is their own matter.
TEST(ForwardSilence, TimeoutEndsTheWait) {
  SilentPort silent;
  Listener forward = start_forward(silent.port(), {"-w", "500ms"});
  const Stopwatch watch;
  EXPECT_TRUE(cuts_off(forward.port));
  EXPECT_GE(watch.seconds(), 0.45);
  EXPECT_LT(watch.seconds(), 2.0);
  EXPECT_EQ(next_event(forward, "error")["error"]["code"].string(), "ETIMEDOUT");
}

TEST(ForwardSilence, AClientThatIsCutEndsTheWait) {
  SilentPort silent;
  Listener forward = start_forward(silent.port());
  const int before = open_fds(forward.program.pid());
  connect_tcp("127.0.0.1", forward.port).reset();
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "reset");
  wait_until("descriptors", [&] { return open_fds(forward.program.pid()) == before; });
}

TEST(ForwardSilence, ASignalEndsTheWait) {
  SilentPort silent;
  Listener forward = start_forward(silent.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  static_cast<void>(next_event(forward, "accepted"));
  forward.program.signal(SIGTERM);
  const Outcome outcome = forward.program.wait();
  EXPECT_EQ(outcome.status, 143);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
}

// What the target sent before it was cut off arrives, and then the client is cut off too.
TEST(ForwardFailure, ATargetsResetIsPassedOn) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  Peer target = server.accept();
  client.send_all("unread");
  target.send_all("half of it");
  EXPECT_EQ(client.recv_exact(10), "half of it");
  target.reset();
  EXPECT_TRUE(client.ends_by_reset());
  const json::Value error = next_event(forward, "error")["error"];
  EXPECT_EQ(error["op"].string(), "connection");
  EXPECT_EQ(error["code"].string(), "ECONNRESET");
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "local_error");
}

TEST(ForwardFailure, AClientsResetIsPassedOn) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  Peer target = server.accept();
  client.send_all("half of it");
  EXPECT_EQ(target.recv_exact(10), "half of it");
  client.reset();
  EXPECT_TRUE(target.ends_by_reset());
  const json::Value closed = next_event(forward, "closed");
  EXPECT_EQ(closed["reason"].string(), "reset");
  EXPECT_EQ(closed["received_bytes"].integer(), 10);
  EXPECT_EQ(closed["target_sent_bytes"].integer(), 10);
  forward.program.signal(SIGTERM);
  EXPECT_TRUE(json::events(forward.program.wait().err, "error").empty()) << "a client's reset is no failure";
}

// A server that answers before it has read the question, and closes with the rest unread: all of its answer
// arrives.
TEST(ForwardFailure, AnAnswerBeforeTheResetIsWhole) {
  const std::string answer = random_bytes(20'000, 5);
  for (int i = 0; i < 20; ++i) {
    TcpServer server;
    Listener forward = start_forward(server.port());
    Peer client = connect_tcp("127.0.0.1", forward.port);
    Peer target = server.accept();
    client.send_all(random_bytes(50'000, 6));
    ASSERT_TRUE(poll_one(target.fd(), POLLIN, Deadline(patience)));
    target.send_all(answer);
    target.close();
    EXPECT_EQ(first_difference(client.recv_exact(answer.size()), answer), std::nullopt);
    EXPECT_TRUE(client.ends_by_reset());
  }
}

// A target that has ended its side and is then gone: nobody has to send something to find that out.
TEST(ForwardFailure, AResetAfterTheTargetsEnd) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  Peer target = server.accept();
  target.shutdown_write();
  EXPECT_EQ(client.recv_until_eof(), "");
  target.reset();
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "local_error");
}

TEST(ForwardFailure, ATargetThatClosesAtOnce) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  server.accept().close();
  EXPECT_EQ(client.recv_until_eof(), "");
  client.close();
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "eof");
}

TEST(ForwardFailure, IdleClientsAreLetGo) {
  TcpServer server;
  Listener forward = start_forward(server.port(), {"-i", "300ms"});
  Peer client = connect_tcp("127.0.0.1", forward.port);
  Peer target = server.accept();
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "idle_timeout");
  EXPECT_EQ(client.recv_until_eof(), "");
  EXPECT_EQ(target.recv_until_eof(), "");
}

// The first address of the name is dead: the other one answers long before that one is given up.
TEST(ForwardRace, ADeadFirstAddressCostsLittle) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.blackhole("192.0.2.1");
  ns.add_address("192.0.2.7");
  ns.hosts("192.0.2.1 two.test\n192.0.2.7 two.test\n");
  TcpServer server = ns.in([] { return TcpServer("192.0.2.7"); });
  Listener forward = start_listener({"--forward", "two.test:" + server.port_text(), "127.0.0.1", "0"},
                                    {.in = Stdio::null(), .before_exec = ns.enter_hook()});
  const Stopwatch watch;
  Peer client = ns.in([&] { return connect_tcp("127.0.0.1", forward.port); });
  client.send_all("x");
  EXPECT_EQ(server.accept().recv_exact(1), "x");
  EXPECT_LT(watch.seconds(), 2.0);
  const json::Value connected = next_event(forward, "connected");
  EXPECT_EQ(connected["peer"]["address"].string(), "192.0.2.7");
  EXPECT_GE(connected["time_ms"].number(), 240.0) << "the dead one was not the first";
}

// Each client looks the name up anew.
TEST(ForwardFailure, ANameThatIsNotThereAndThenIs) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.hosts("127.0.0.1 localhost\n");
  ns.resolv_conf("nameserver 127.0.0.1\n");
  TcpServer server = ns.in([] { return TcpServer("127.0.0.1"); });
  Listener forward =
      start_listener({"-w", "2", "--forward", "later.test:" + server.port_text(), "127.0.0.1", "0"},
                     {.in = Stdio::null(), .before_exec = ns.enter_hook()});
  EXPECT_TRUE(ns.in([&] { return cuts_off(forward.port); }));
  EXPECT_EQ(next_event(forward, "error")["error"]["op"].string(), "resolve");
  ns.hosts("127.0.0.1 localhost later.test\n");
  Peer client = ns.in([&] { return connect_tcp("127.0.0.1", forward.port); });
  client.send_all("x");
  EXPECT_EQ(server.accept().recv_exact(1), "x");
}

struct Usage {
  std::vector<std::string> arguments;
  const char* words;
};

TEST(ForwardUsage, RefusedBeforeListening) {
  const std::vector<Usage> cases = {
      {{"--forward", "nowhere"}, "PORT"},
      {{"--forward", ":80"}, "host"},
      {{"--forward", "127.0.0.1:0"}, "port 0"},
      {{"--forward", "127.0.0.1:65536"}, "65536"},
      {{"--forward", "127.0.0.1:no-such-service"}, "no-such-service"},
      {{"-n", "--forward", "localhost:80"}, "localhost"},
      {{"-n", "--forward", "127.0.0.1:http"}, "http"},
      {{"--forward", "127.1:80"}, "127.1"},
      {{"--forward", "unix:"}, "PATH"},
      {{"--forward", "unix:@"}, "PATH"},
      {{"--forward", "unix:" + std::string(200, 'x')}, "107"},
      {{"--forward="}, "--forward"},
      {{"--forward", "127.0.0.1:1", "-w", "0"}, "--timeout"},
      {{"--forward", "127.0.0.1:1", "--forward-udp", "127.0.0.1:1"}, "exclude"},
      {{"--forward", "127.0.0.1:1", "--broker"}, "exclude"},
      {{"--forward", "127.0.0.1:1", "--serve", "echo"}, "exclude"},
      {{"--forward", "127.0.0.1:1", "--model", "fork"}, "--model"},
      {{"--broker", "--model", "thread"}, "--model"},
      {{"-w", "1"}, "--forward"},
      {{"--chat", "-w", "1"}, "-"},
  };
  for (const Usage& usage : cases) {
    std::vector<std::string> argv = nettool("listen");
    argv.insert(argv.end(), usage.arguments.begin(), usage.arguments.end());
    argv.insert(argv.end(), {"127.0.0.1", "0"});
    const Outcome outcome = run(argv);
    EXPECT_EQ(outcome.status, 2) << usage.arguments[1] << ": " << outcome.err;
    EXPECT_NE(outcome.err.find(usage.words), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("listening on"), std::string::npos) << outcome.err;
  }
}

// A forwarder to itself would go round until nothing is left.
TEST(ForwardUsage, ItselfIsNoTarget) {
  TempDir dir;
  const std::string path = dir / "socket";
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const std::vector<std::vector<std::string>> cases = {
      {"--forward", "127.0.0.1:" + port, "127.0.0.1", port},
      {"--forward", "127.0.0.1:" + port, port},
      {"--forward", "[::1]:" + port, port},
      {"--forward", "localhost:" + port, port},
      {"-u", "--forward-udp", "127.0.0.1:" + port, port},
      {"-U", "--forward", "unix:" + path, path},
  };
  for (const auto& arguments : cases) {
    std::vector<std::string> argv = nettool("listen");
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run(argv);
    EXPECT_EQ(outcome.status, 2) << arguments[1];
    EXPECT_NE(outcome.err.find("itself"), std::string::npos) << outcome.err;
  }
  // The same port is another one by another protocol, and at another address.
  Listener udp = start_listener({"-u", "--forward", "127.0.0.1:" + port, "127.0.0.1", port});
  Listener other = start_listener({"--forward", "127.0.0.1:" + port, "127.0.0.2", port});
}

}  // namespace
}  // namespace test
