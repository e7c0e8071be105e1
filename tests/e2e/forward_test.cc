// listen --forward: every kind of socket to every kind, whole and with both ends.

#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <string>
#include <vector>

#include "tests/e2e/forward_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

constexpr std::size_t bulk = std::size_t{64} << 20U;

TEST(Forward, EveryKindToEveryKind) {
  TempDir dir;
  for (const Kind& to : kinds) {
    Listener target = start_of_kind(to, dir / "target", {"--serve", "echo"}, {.in = Stdio::null()});
    for (const Kind& from : kinds) {
      SCOPED_TRACE(std::string(from.name) + " to " + to.name);
      Listener forward = start_of_kind(from, dir / "forward", forward_to(to, target), {.in = Stdio::null()});
      Peer client = connect_kind(from, forward);
      for (const char* const words : {"hello", "there"}) {
        client.send_all(words);
        EXPECT_EQ(client.recv_exact(5), words);
      }
      if (from.has_end() && to.has_end()) {
        client.shutdown_write();
        EXPECT_EQ(client.recv_until_eof(), "");
        EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "peer_closed");
      }
      forward.program.signal(SIGTERM);
      const Outcome outcome = forward.program.wait();
      EXPECT_EQ(outcome.status, 143);
      const json::Value connected = json::only_event(outcome.err, "connected");
      EXPECT_EQ(connected["client"].integer(), 1);
      EXPECT_TRUE(connected["peer"].has(to.unix_domain ? "path" : "port"));
      const json::Value closed = json::only_event(outcome.err, "closed");
      for (const char* const figure :
           {"sent_bytes", "received_bytes", "target_sent_bytes", "target_received_bytes"}) {
        EXPECT_EQ(closed[figure].integer(), 10) << figure;
      }
      EXPECT_EQ(closed["target_unsent_bytes"].integer(), 0);
    }
  }
}

// Abstract names are looked up by type too: one of another type refuses.
TEST(Forward, AbstractNamesOfEveryType) {
  for (const char* const type : {"stream", "seqpacket", "dgram"}) {
    SCOPED_TRACE(type);
    Listener target = start_listener({"-U", "--type", type, "--serve", "echo", "@"}, {.in = Stdio::null()});
    Listener forward =
        start_listener({"--forward", "unix:" + target.path, "127.0.0.1", "0"}, {.in = Stdio::null()});
    for (int round = 0; round < 2; ++round) {
      Peer client = connect_tcp("127.0.0.1", forward.port);
      client.send_all("hello");
      EXPECT_EQ(client.recv_exact(5), "hello");
    }
  }
}

// A message stays a message wherever both sides have such.
TEST(Forward, MessagesKeepTheirBoundaries) {
  TempDir dir;
  for (const Kind& to : kinds) {
    if (to.type == SOCK_STREAM) continue;
    Listener target = start_of_kind(to, dir / "target", {"--serve", "echo"}, {.in = Stdio::null()});
    for (const Kind& from : kinds) {
      if (from.type == SOCK_STREAM) continue;
      SCOPED_TRACE(std::string(from.name) + " to " + to.name);
      Listener forward = start_of_kind(from, dir / "forward", forward_to(to, target), {.in = Stdio::null()});
      Peer client = connect_kind(from, forward);
      for (const std::size_t size : {1U, 1400U, 9000U, 65507U}) client.send_all(random_bytes(size, size));
      for (const std::size_t size : {1U, 1400U, 9000U, 65507U}) {
        EXPECT_EQ(first_difference(client.recv_some(), random_bytes(size, size)), std::nullopt) << size;
      }
    }
  }
}

// An empty datagram is one, but to a seqpacket socket it would be the end.
TEST(Forward, AnEmptyDatagramIsNoEnd) {
  TempDir dir;
  UnixServer target(dir / "target", SOCK_SEQPACKET);
  Listener forward = start_listener({"-u", "--forward", "unix:" + (dir / "target"), "127.0.0.1", "0"},
                                    {.in = Stdio::null()});
  UdpSocket client;
  client.connect("127.0.0.1", forward.port);
  client.send("");
  Peer server = target.accept();
  client.send("word");
  EXPECT_EQ(server.recv_some(), "word");
}

TEST(Forward, AStreamBecomesLinesOrPiecesForADatagramTarget) {
  UdpSocket target;
  const std::string where = "127.0.0.1:" + target.port_text();
  Listener lines =
      start_listener({"--by-line", "--forward-udp", where, "127.0.0.1", "0"}, {.in = Stdio::null()});
  Peer client = connect_tcp("127.0.0.1", lines.port);
  client.send_all("one\ntwo\nthree");
  EXPECT_EQ(target.recv().bytes, "one");
  EXPECT_EQ(target.recv().bytes, "two");
  client.shutdown_write();
  const Datagram last = target.recv();
  EXPECT_EQ(last.bytes, "three");
  // What is answered after the client's end still gets there.
  target.reply(last, "answer");
  EXPECT_EQ(client.recv_exact(6), "answer");

  Listener pieces = start_listener({"--datagram-size", "4", "--forward-udp", where, "127.0.0.1", "0"},
                                   {.in = Stdio::null()});
  connect_tcp("127.0.0.1", pieces.port).send_all("abcdefghij");
  for (const char* const piece : {"abcd", "efgh", "ij"}) EXPECT_EQ(target.recv().bytes, piece);
}

/// Sends `ours` and reads all that the other side sends, at the same time.
std::string exchange_all(Peer& peer, const std::string& ours) {
  auto sending = std::async(std::launch::async, [&] {
    peer.send_all(ours, 60s);
    peer.shutdown_write();
  });
  std::string theirs = peer.recv_until_eof(60s);
  sending.get();
  return theirs;
}

// 64 MiB each way at once, and no descriptor more afterwards.
TEST(Forward, MuchBothWaysAtOnce) {
  TempDir dir;
  const std::string up = random_bytes(bulk, 1);
  const std::string down = random_bytes(bulk, 2);
  for (const Kind& from : {kinds[0], kinds[2], kinds[4]}) {
    for (const Kind& to : {kinds[0], kinds[2]}) {
      SCOPED_TRACE(std::string(from.name) + " to " + to.name);
      if (from.type == SOCK_SEQPACKET && !to.unix_domain) continue;
      TcpServer tcp;
      UnixServer server(dir / (std::string(from.name) + to.name));
      const std::string where = to.unix_domain ? "unix:" + server.path() : "127.0.0.1:" + tcp.port_text();
      Listener forward = start_of_kind(from, dir / "forward", {"--forward", where}, {.in = Stdio::null()});
      const int before = open_fds(forward.program.pid());
      Peer client = connect_kind(from, forward);
      Peer target = to.unix_domain ? server.accept() : tcp.accept();
      if (from.type == SOCK_SEQPACKET) {
        // Its messages have a largest size; 1 MiB of them is enough.
        for (std::size_t i = 0; i < 64; ++i) {
          client.send_all(up.substr(i << 14U, std::size_t{1} << 14U));
          EXPECT_EQ(first_difference(target.recv_exact(std::size_t{1} << 14U),
                                     up.substr(i << 14U, std::size_t{1} << 14U)),
                    std::nullopt);
        }
        continue;
      }
      auto served = std::async(std::launch::async, [&] { return exchange_all(target, down); });
      const std::string got = exchange_all(client, up);
      EXPECT_EQ(sha256(got), sha256(down));
      EXPECT_EQ(sha256(served.get()), sha256(up));
      const json::Value closed = next_event(forward, "closed");
      EXPECT_EQ(closed["sent_bytes"].integer(), static_cast<long long>(bulk));
      EXPECT_EQ(closed["target_sent_bytes"].integer(), static_cast<long long>(bulk));
      wait_until("descriptors", [&] { return open_fds(forward.program.pid()) == before; });
    }
  }
}

TEST(Forward, TheClientsEndIsTold) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  Peer target = server.accept();
  client.send_all("question");
  client.shutdown_write();
  EXPECT_EQ(target.recv_until_eof(), "question");
  EXPECT_TRUE(client.silent_for(500ms)) << "its own end is no end of the answer";
  target.send_all("the answer");
  EXPECT_EQ(client.recv_exact(10), "the answer");
  target.close();
  EXPECT_EQ(client.recv_until_eof(), "");
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "peer_closed");
}

TEST(Forward, TheTargetsEndIsTold) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer client = connect_tcp("127.0.0.1", forward.port);
  Peer target = server.accept();
  target.send_all("banner");
  target.shutdown_write();
  EXPECT_EQ(client.recv_until_eof(), "banner");
  EXPECT_TRUE(target.silent_for(500ms));
  client.send_all("last words");
  client.close();
  EXPECT_EQ(target.recv_until_eof(), "last words");
  EXPECT_EQ(next_event(forward, "closed")["reason"].string(), "eof");
}

// The clients that people have, through a forwarder, to a server of each of them.
TEST(Forward, WithTheProgramsThereAre) {
  REQUIRE_PROGRAM("ncat");
  REQUIRE_PROGRAM("socat");
  Listener echo = start_listener({"--serve", "echo", "127.0.0.1", "0"}, {.in = Stdio::null()});
  Listener forward = start_forward(echo.port);
  const std::string bytes = random_bytes(3 << 20, 7);
  const std::string port = forward.port_text();
  const std::vector<std::vector<std::string>> clients = {
      {"nc", "-N", "127.0.0.1", port},
      {"ncat", "127.0.0.1", port},
      {"socat", "-t", "10", "-", "TCP:127.0.0.1:" + port},
      nettool("connect", "127.0.0.1", port),
  };
  for (const auto& client : clients) {
    const Outcome outcome = run(client, bytes);
    EXPECT_EQ(outcome.status, 0) << client[0] << ": " << outcome.err;
    EXPECT_EQ(first_difference(outcome.out, bytes), std::nullopt) << client[0];
  }
}

// What is too long for a datagram is an error, and never passed on in part.
TEST(Forward, AMessageThatIsTooLong) {
  TempDir dir;
  UnixServer target(dir / "target", SOCK_SEQPACKET);
  Listener forward =
      start_of_kind(kinds[4], dir / "forward", {"--forward", "unix:" + target.path()}, {.in = Stdio::null()});
  Peer client = connect_unix(forward.path, SOCK_SEQPACKET);
  Peer server = target.accept();
  client.send_all(std::string(100'000, 'x'));
  EXPECT_EQ(next_event(forward, "error")["error"]["code"].string(), "EMSGSIZE");
  EXPECT_EQ(server.recv_until_eof(), "");
}

// Small pieces do not wait for acknowledgements, on either side.
TEST(Forward, BothSidesHaveTcpNodelay) {
  REQUIRE_ROOT();
  TcpServer server;
  for (const bool asked : {false, true}) {
    Listener forward = start_forward(server.port(), asked ? std::vector<std::string>{"-o", "TCP_NODELAY=off"}
                                                          : std::vector<std::string>());
    Peer client = connect_tcp("127.0.0.1", forward.port);
    Peer target = server.accept();
    static_cast<void>(next_event(forward, "connected"));
    const auto nodelay_of = [&](const std::string& side, std::uint16_t port) {
      const std::string pid = std::to_string(forward.program.pid());
      const Outcome outcome = run(nettool("sockopt", "--json", "--pid", pid, side, ":" + std::to_string(port),
                                          "--state", "established", "TCP_NODELAY"));
      return json::parse_lines(outcome.out).at(0)["value"].text();
    };
    EXPECT_EQ(nodelay_of("--peer", server.port()), "true");
    EXPECT_EQ(nodelay_of("--local", forward.port), asked ? "false" : "true");
  }
}

// A slow one is no matter of the others.
TEST(Forward, AStalledClientStopsNobodyElse) {
  TcpServer server;
  Listener forward = start_forward(server.port());
  Peer stalled = connect_tcp("127.0.0.1", forward.port);
  Peer flood = server.accept();
  const std::string block = random_bytes(1 << 20, 3);
  auto flooding = std::async(std::launch::async, [&] {
    // Until both sides' buffers are full.
    for (int i = 0; i < 64; ++i) {
      try {
        flood.send_all(block, 1s);
      } catch (const std::exception&) {
        return true;
      }
    }
    return false;
  });
  for (int i = 0; i < 50; ++i) {
    Peer client = connect_tcp("127.0.0.1", forward.port);
    Peer target = server.accept();
    client.send_all("ping");
    EXPECT_EQ(target.recv_exact(4), "ping");
    target.send_all("pong");
    EXPECT_EQ(client.recv_exact(4, 2s), "pong");
  }
  EXPECT_TRUE(flooding.get()) << "somebody took it all";
}

}  // namespace
}  // namespace test
