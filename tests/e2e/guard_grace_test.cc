// After SIGTERM: nobody new, and those who are being served may finish for --grace D; then 143.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <map>

#include "tests/e2e/guard_run.hh"
#include "tests/e2e/serve_run.hh"
#include "tests/support/address.hh"
#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/proc.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

/// The ways of listening over TCP: with stdin and stdout, and as an echo in each model.
struct Way {
  std::string name;
  Words options;
  bool echoes;
};

std::vector<Way> all_ways() {
  std::vector<Way> ways = {{"one client", {}, false}, {"-k", {"-k"}, false}};
  for (const std::string& model : every_model) {
    ways.push_back({model, {"--serve", "echo", "--model", model}, true});
  }
  return ways;
}

Listener start_way(const Way& way, Words options) {
  options.insert(options.begin(), way.options.begin(), way.options.end());
  options.insert(options.end(), {"127.0.0.1", "0"});
  return start_listener(options);
}

/// A client that is being served for certain: its word has come through.
Peer served_client(Listener& listener, const Way& way) {
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("hello");
  EXPECT_EQ(way.echoes ? peer.recv_exact(5) : listener.program.read_exact(Stream::out, 5), "hello");
  return peer;
}

/// Whoever asks by connecting would be one more client.
void wait_until_refused(std::uint16_t port) {
  wait_until("nobody listens on the port", [port] {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail_errno("SO_REUSEADDR");
    Address own = ip_address("127.0.0.1", port);
    return bind(fd.get(), own.raw(), own.length) == 0;
  });
  EXPECT_NE(message_of([port] { (void)connect_tcp("127.0.0.1", port); }).find("refused"), std::string::npos);
}

/// Says something more, and ends; both ways.
void finish(Peer& peer, Listener& listener, const Way& way) {
  peer.send_all("more");
  EXPECT_EQ(way.echoes ? peer.recv_exact(4) : listener.program.read_exact(Stream::out, 4), "more");
  if (!way.echoes) {
    // Its stdin, which is still open, must not hold the end up.
    peer.close();
    return;
  }
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
}

TEST(GuardGrace, AClientThatFinishes) {
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(way.name);
    Listener listener = start_way(way, {"--grace", "1m"});
    Peer peer = served_client(listener, way);
    listener.program.signal(SIGTERM);
    wait_until_refused(listener.port);
    EXPECT_TRUE(listener.program.still_running());
    finish(peer, listener, way);
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 143) << outcome.err;
    const json::Value closed = json::only_event(outcome.err, "closed");
    EXPECT_NE(closed["reason"].string(), "signal");
    EXPECT_EQ(closed["received_bytes"].integer(), 9);
  }
}

TEST(GuardGrace, AClientThatDoesNot) {
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(way.name);
    Listener listener = start_way(way, {"--grace", "300ms"});
    Peer peer = served_client(listener, way);
    Stopwatch watch;
    listener.program.signal(SIGTERM);
    const Outcome outcome = listener.program.wait();
    EXPECT_GE(watch.seconds(), 0.3);
    EXPECT_EQ(outcome.status, 143) << outcome.err;
    const json::Value closed = json::only_event(outcome.err, "closed");
    EXPECT_EQ(closed["reason"].string(), "signal");
    EXPECT_EQ(closed["received_bytes"].integer(), 5);
  }
}

// The default is no grace at all.
TEST(GuardGrace, None) {
  for (const Way& way : all_ways()) {
    for (const Words& options : {Words{}, Words{"--grace", "0"}}) {
      SCOPED_TRACE(way.name);
      Listener listener = start_way(way, options);
      Peer peer = served_client(listener, way);
      const Outcome outcome = stop_server(listener.program);
      EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
    }
  }
}

TEST(GuardGrace, WithoutAClientItEndsAtOnce) {
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(way.name);
    Listener listener = start_way(way, {"--grace", "forever"});
    const Outcome outcome = stop_server(listener.program);
    EXPECT_TRUE(json::events(outcome.err, "closed").empty());
  }
}

TEST(GuardGrace, ASecondSignalEndsAtOnce) {
  int second = SIGINT;
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(way.name);
    second = second == SIGINT ? SIGTERM : SIGINT;
    Listener listener = start_way(way, {"--grace", "forever"});
    Peer peer = served_client(listener, way);
    read_event(listener.program, "accepted");
    listener.program.signal(SIGTERM);
    wait_until_refused(listener.port);
    // Within a second it is taken for the first one, sent twice.
    do {
      listener.program.signal(second);
    } while (!poll_one(listener.program.stderr_fd(), POLLIN, Deadline(1200ms)));
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 143) << "that of the first signal";
    EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
  }
}

TEST(GuardGrace, IsForSigtermAlone) {
  for (const Way& way : all_ways()) {
    for (const int number : {SIGINT, SIGHUP}) {
      SCOPED_TRACE(way.name);
      Listener listener = start_way(way, {"--grace", "forever"});
      Peer peer = served_client(listener, way);
      const Outcome outcome = stop_server(listener.program, number);
      EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
    }
  }
}

TEST(GuardGrace, TheDeadlineHoldsOn) {
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(way.name);
    Listener listener = start_way(way, {"--grace", "forever", "--deadline", "2s"});
    Peer peer = served_client(listener, way);
    listener.program.signal(SIGTERM);
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 143) << outcome.err;
    EXPECT_EQ(json::events(outcome.err, "closed").size(), 1U);
  }
}

// Some finish, some do not: each has its own reason.
TEST(GuardGrace, ManyClients) {
  for (const std::string& model : concurrent_models) {
    SCOPED_TRACE(model);
    const Way way{model, {"--serve", "echo", "--model", model}, true};
    Listener listener = start_way(way, {"--grace", "1s"});
    std::vector<Peer> peers;
    for (int i = 0; i < 6; ++i) peers.push_back(served_client(listener, way));
    listener.program.signal(SIGTERM);
    wait_until_refused(listener.port);
    for (size_t i = 0; i < 3; ++i) finish(peers[i], listener, way);
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 143) << outcome.err;
    std::map<std::string, int> reasons;
    for (const json::Value& closed : json::events(outcome.err, "closed"))
      ++reasons[closed["reason"].string()];
    EXPECT_EQ(reasons["signal"], 3) << outcome.err;
    EXPECT_EQ(reasons["eof"] + reasons["peer_closed"], 3) << outcome.err;
  }
}

// Those in the backlog were never taken.
TEST(GuardGrace, WhoWaitedIsSentAway) {
  for (const Words& options : {Words{"-k"}, Words{"--serve", "echo", "--model", "iterative"},
                               Words{"--serve", "echo", "--max-clients", "1"}}) {
    const Way way{options.front(), options, options.front() != "-k"};
    SCOPED_TRACE(testing::PrintToString(options));
    Listener listener = start_way(way, {"--grace", "1m"});
    Peer served = served_client(listener, way);
    Peer waiting = connect_tcp("127.0.0.1", listener.port);
    waiting.send_all("me too");
    listener.program.signal(SIGTERM);
    EXPECT_TRUE(waiting.ends_by_reset());
    finish(served, listener, way);
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 143) << outcome.err;
    EXPECT_EQ(json::events(outcome.err, "accepted").size(), 1U);
  }
}

TEST(GuardGrace, TheUnixPathIsFree) {
  TempDir dir;
  for (const Words& options : {Words{}, Words{"--serve", "echo"}}) {
    Words words = options;
    words.insert(words.end(), {"--grace", "1m", "-U", dir / "socket"});
    Listener listener = start_listener(words);
    Peer peer = connect_unix(dir / "socket");
    peer.send_all("hello");
    if (options.empty()) {
      EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
    } else {
      EXPECT_EQ(peer.recv_exact(5), "hello");
    }
    listener.program.signal(SIGTERM);
    wait_until("the file is gone", [&] { return !exists(dir / "socket"); });
    // A successor can take over at once.
    Listener next = start_listener({"-U", dir / "socket"});
    EXPECT_TRUE(listener.program.still_running());
    peer.close();
    EXPECT_EQ(listener.program.wait().status, 143);
    EXPECT_TRUE(exists(dir / "socket")) << "it is the successor's";
  }
}

// --- datagrams ------------------------------------------------------------------------------------------

TEST(GuardGrace, DatagramPeersThatAreKnownGoOn) {
  for (const Words& options : {Words{"-u"}, Words{"-u", "-k"}}) {
    SCOPED_TRACE(options.size());
    Words words = options;
    words.insert(words.end(), {"-i", "500ms", "--grace", "1m", "127.0.0.1", "0"});
    Listener listener = start_listener(words);
    UdpSocket known;
    UdpSocket late;
    known.send_to("a", "127.0.0.1", listener.port);
    EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "a");
    listener.program.signal(SIGTERM);
    wait_idle(listener.program.pid());
    late.send_to("x", "127.0.0.1", listener.port);
    known.send_to("b", "127.0.0.1", listener.port);
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 143) << outcome.err;
    EXPECT_EQ(outcome.out, "ab");
    EXPECT_TRUE(json::events(outcome.err, "rejected").empty()) << outcome.err;
    EXPECT_EQ(json::events(outcome.err, "closed").back()["reason"].string(), "idle_timeout") << outcome.err;
  }
}

TEST(GuardGrace, DatagramPeersThatDoNotEnd) {
  for (const Words& options : {Words{"-u"}, Words{"-u", "-k"}}) {
    Words words = options;
    words.insert(words.end(), {"--grace", "300ms", "127.0.0.1", "0"});
    Listener listener = start_listener(words);
    UdpSocket known;
    known.send_to("a", "127.0.0.1", listener.port);
    EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "a");
    const Outcome outcome = stop_server(listener.program);
    EXPECT_GE(outcome.seconds, 0.3);
    EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
  }
}

TEST(GuardGrace, NoDatagramPeer) {
  for (const Words& options : {Words{"-u"}, Words{"-u", "-k"}}) {
    Words words = options;
    words.insert(words.end(), {"--grace", "forever", "127.0.0.1", "0"});
    Listener listener = start_listener(words);
    stop_server(listener.program);
  }
}

}  // namespace
}  // namespace test
