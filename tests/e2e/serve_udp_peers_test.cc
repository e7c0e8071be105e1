// The peers of a UDP server in each model: many, silent, lost, killed and flooding ones.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/serve_udp_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"

namespace test {
namespace {

class ServeUdpPeers : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Models, ServeUdpPeers, testing::ValuesIn(every_model),
                         [](const auto& info) { return info.param; });

// None is lost, all are let go when they have been silent, and nothing is left of them.
TEST_P(ServeUdpPeers, TwoHundredPeersAtOnce) {
  constexpr int many = 200;
  // A fork is slow with sanitizers: the first must not be let go before the last is there.
  const std::string idle = GetParam() == "fork" ? "8s" : "2s";
  QuietServer server = serve_udp("echo", GetParam(), places[0], {"-i", idle});
  const pid_t pid = server.program.pid();
  wait_idle(pid);
  const int before = open_fds(pid);
  std::vector<UdpSocket> peers;
  for (int i = 0; i < many; ++i) {
    peers.emplace_back().connect("127.0.0.1", server.port);
    peers.back().send("first of " + std::to_string(i));
  }
  for (int i = 0; i < many; ++i) {
    EXPECT_EQ(peers[static_cast<std::size_t>(i)].recv().bytes, "first of " + std::to_string(i));
  }
  if (GetParam() == "fork") EXPECT_EQ(children(pid), many);
  if (GetParam() == "thread") EXPECT_EQ(threads(pid), many + 1);
  for (int i = 0; i < many; ++i) {
    UdpSocket& peer = peers[static_cast<std::size_t>(i)];
    const std::string text = random_bytes(5000, static_cast<std::uint64_t>(i));
    EXPECT_EQ(first_difference(ask(peer, text), text), std::nullopt);
  }
  wait_until("all were let go",
             [&] { return open_fds(pid) <= before && threads(pid) == 1 && children(pid) == 0; });
  EXPECT_EQ(open_fds(pid), before);
  // They can come again.
  EXPECT_EQ(ask(peers[0], "again"), "again");
  stop_server(server.program);
}

TEST_P(ServeUdpPeers, ReportsEachClient) {
  Listener server = start_listener(
      {"-u", "--serve", "echo", "--model", GetParam(), "--clients", "2", "-i", "500ms", "127.0.0.1", "0"});
  const pid_t pid = server.program.pid();
  std::array<UdpSocket, 2> peers;
  for (UdpSocket& peer : peers) {
    peer.connect("127.0.0.1", server.port);
    EXPECT_EQ(ask(peer, "12345"), "12345");
    EXPECT_EQ(ask(peer, ""), "");
  }
  // The two are all: a third one is turned away.
  UdpSocket late;
  late.send_to("x", "127.0.0.1", server.port);
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto accepted = json::events(outcome.err, "accepted");
  const auto closed = json::events(outcome.err, "closed");
  ASSERT_EQ(accepted.size(), 2U);
  ASSERT_EQ(closed.size(), 2U);
  EXPECT_EQ(json::events(outcome.err, "exited").size(), GetParam() == "fork" ? 2U : 0U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(accepted[i]["client"].integer(), static_cast<long long>(i + 1));
    EXPECT_EQ(accepted[i]["peer"]["port"].integer(), peers.at(i).port());
    EXPECT_EQ(accepted[i]["local"]["address"].string(), "127.0.0.1");
    EXPECT_EQ(accepted[i]["local"]["port"].integer(), server.port);
    EXPECT_EQ(accepted[i]["pid"].integer() != pid, GetParam() == "fork");
    EXPECT_EQ(accepted[i]["tid"].integer() != accepted[i]["pid"].integer(), GetParam() == "thread");
    EXPECT_EQ(closed[i]["reason"].string(), "idle_timeout");
    EXPECT_EQ(closed[i]["sent_bytes"].integer(), 5);
    EXPECT_EQ(closed[i]["received_bytes"].integer(), 5);
    EXPECT_EQ(closed[i]["unsent_bytes"].integer(), 0);
    EXPECT_TRUE(closed[i]["tcp_info"].is_null());
  }
  const json::Value rejected = json::only_event(outcome.err, "rejected");
  EXPECT_EQ(rejected["reason"].string(), "not_the_client");
  EXPECT_EQ(rejected["peer"]["port"].integer(), late.port());
}

TEST_P(ServeUdpPeers, AFullTableLetsTheMostSilentGo) {
  Listener server = start_listener({"-u", "--serve", "echo", "--model", GetParam(), "--max-clients", "2",
                                    "--clients", "5", "-i", "1s", "127.0.0.1", "0"});
  std::array<UdpSocket, 5> peers;
  for (UdpSocket& peer : peers) {
    peer.connect("127.0.0.1", server.port);
    EXPECT_EQ(ask(peer, "x"), "x");
  }
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 5U);
  // The first three had to go for others, in order, and none was told to be cut off.
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(closed[i]["reason"].string(), "idle_timeout");
    EXPECT_EQ(closed[i]["sent_bytes"].integer(), 1);
    if (i >= 3) continue;
    EXPECT_EQ(closed[i]["client"].integer(), static_cast<long long>(i + 1));
    EXPECT_LT(closed[i]["duration_ms"].number(), 900);
  }
}

// ICMP says that the client's port is closed: the others notice nothing.
TEST_P(ServeUdpPeers, AClosedClientPortHarmsNobody) {
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-o", "IP_RECVERR=1"}}) {
    QuietServer server = serve_udp("echo", GetParam(), places[0], more);
    UdpSocket other;
    other.connect("127.0.0.1", server.port);
    EXPECT_EQ(ask(other, "before"), "before");
    for (int i = 0; i < 10; ++i) {
      UdpSocket lost;
      lost.send_to("x", "127.0.0.1", server.port);
      lost.send_to("y", "127.0.0.1", server.port);
      lost.close();
      EXPECT_EQ(ask(other, std::to_string(i)), std::to_string(i));
    }
    EXPECT_TRUE(server.program.still_running());
    stop_server(server.program);
  }
}

TEST_P(ServeUdpPeers, AFloodDoesNotStopTheOthers) {
  QuietServer server = serve_udp("echo", GetParam());
  std::atomic<bool> stop = false;
  std::thread flood([&] {
    UdpSocket socket;
    socket.connect("127.0.0.1", server.port);
    const std::string bytes(1000, 'x');
    while (!stop) static_cast<void>(message_of([&] { socket.send(bytes); }));
  });
  UdpSocket other;
  other.connect("127.0.0.1", server.port);
  for (int i = 0; i < 5; ++i) {
    // The kernel drops from its queue for all of them alike: ask until an answer comes.
    const std::string question = "question " + std::to_string(i);
    wait_until("an answer", [&] {
      other.send(question);
      while (!other.silent_for(100ms)) {
        if (other.recv().bytes == question) return true;
      }
      return false;
    });
  }
  stop = true;
  flood.join();
  stop_server(server.program);
}

// One that is not served in time: what is too much is dropped and said once, and the others go on.
TEST(ServeUdpPeersFork, AStoppedChildHoldsUpNobody) {
  QuietServer server = serve_udp("echo", "fork", places[0], {"-v"});
  UdpSocket slow;
  slow.connect("127.0.0.1", server.port);
  EXPECT_EQ(ask(slow, "x"), "x");
  server.program.read_until(Stream::err, "process ");
  const pid_t pid = std::stoi(server.program.read_line(Stream::err));
  kill(pid, SIGSTOP);
  UdpSocket other;
  other.connect("127.0.0.1", server.port);
  for (int i = 0; i < 1500; ++i) {
    slow.send(std::string(1000, 'x'));
    if (i % 10 == 0) EXPECT_EQ(ask(other, "quick"), "quick");
  }
  server.program.read_until(Stream::err, "127.0.0.1:" + slow.port_text() + "/udp sends faster");
  kill(pid, SIGCONT);
  // What was kept is answered now.
  for (int i = 0; i < 50; ++i) EXPECT_EQ(slow.recv().bytes.size(), 1000U);
  server.program.signal(SIGTERM);
  const std::string all = server.program.wait().err;
  EXPECT_EQ(all.find("sends faster"), all.rfind("sends faster"));
}

// A child that is killed ends its client alone, and the peer is a new client with its next datagram.
TEST(ServeUdpPeersFork, ACrashOfOneHarmsNobody) {
  Listener server = start_listener({"-u", "--serve", "echo", "--model", "fork", "127.0.0.1", "0"});
  UdpSocket victim;
  victim.connect("127.0.0.1", server.port);
  EXPECT_EQ(ask(victim, "x"), "x");
  const auto pid = static_cast<pid_t>(json::parse(server.program.read_line(Stream::err))["pid"].integer());
  kill(pid, SIGKILL);
  server.program.read_until(Stream::err, "\"closed\"");
  EXPECT_EQ(ask(victim, "again"), "again");
  const Outcome outcome = stop_server(server.program);
  EXPECT_EQ(json::events(outcome.err, "exited")[0]["status"].integer(), 128 + SIGKILL);
  EXPECT_EQ(json::events(outcome.err, "accepted")[1]["client"].integer(), 2);
}

TEST_P(ServeUdpPeers, ASignalEndsAll) {
  Listener server = start_listener({"-u", "--serve", "echo", "--model", GetParam(), "127.0.0.1", "0"});
  std::array<UdpSocket, 3> peers;
  for (UdpSocket& peer : peers) {
    peer.connect("127.0.0.1", server.port);
    EXPECT_EQ(ask(peer, "x"), "x");
  }
  const Outcome outcome = stop_server(server.program);
  const auto closed = json::events(outcome.err, "closed");
  EXPECT_EQ(closed.size(), 3U);
  for (const auto& event : closed) EXPECT_EQ(event["reason"].string(), "signal");
}

}  // namespace
}  // namespace test
