// listen --broker: what one sends all others get, and nobody holds them up.

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <string>
#include <vector>

#include "tests/e2e/broker_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

TEST(Broker, EachToAllOthers) {
  for (const std::size_t count : {3U, 50U}) {
    BrokerRun run;
    std::vector<Peer> peers = run.join(count);
    for (std::size_t from = 0; from < count; ++from) {
      const std::string words = "from " + std::to_string(from) + ".";
      peers[from].send_all(words);
      for (std::size_t to = 0; to < count; ++to) {
        if (to != from) EXPECT_EQ(peers[to].recv_exact(words.size()), words);
      }
    }
    for (Peer& peer : peers) EXPECT_FALSE(poll_one(peer.fd(), POLLIN, Deadline(0ms))) << "its own words";
  }
}

TEST(Broker, WhoComesLaterHearsTheRest) {
  BrokerRun run;
  Peer speaker = run.join();
  Peer first = run.join();
  speaker.send_all("one");
  EXPECT_EQ(first.recv_exact(3), "one");
  Peer second = run.join();
  speaker.send_all("two");
  EXPECT_EQ(first.recv_exact(3), "two");
  EXPECT_EQ(second.recv_exact(3), "two");
}

// Who has said something and ends its side is done; who ends it without a word only listens.
TEST(Broker, EndsOfClients) {
  BrokerRun run;
  Peer listens = run.join();
  listens.shutdown_write();
  Peer speaks = run.join();
  speaks.send_all("hello");
  EXPECT_EQ(listens.recv_exact(5), "hello");
  speaks.shutdown_write();
  EXPECT_EQ(speaks.recv_until_eof(), "");
  const json::Value closed = run.closed();
  EXPECT_EQ(closed["client"].integer(), 2);
  EXPECT_EQ(closed["reason"].string(), "peer_closed");
  EXPECT_EQ(closed["received_bytes"].integer(), 5);
  EXPECT_EQ(closed["sent_bytes"].integer(), 0);
  Peer another = run.join();
  another.send_all("still there?");
  EXPECT_EQ(listens.recv_exact(12), "still there?");
  run.listener.program.signal(SIGTERM);
  EXPECT_EQ(listens.recv_until_eof(), "");
  const auto rest = json::events(run.listener.program.wait().err, "closed");
  const auto of_first =
      std::ranges::find_if(rest, [](const auto& each) { return each["client"].integer() == 1; });
  ASSERT_NE(of_first, rest.end());
  EXPECT_EQ((*of_first)["sent_bytes"].integer(), 17);
}

// One who never reads is dropped, with a word about who it was; what the others get meanwhile is whole.
TEST(BrokerSlow, OneWhoNeverReadsIsDropped) {
  BrokerRun run;
  Peer deaf = run.join();
  Peer speaker = run.join();
  Peer hears = run.join();
  const std::string bytes = random_bytes(64 << 20, 3);
  auto heard = std::async(std::launch::async, [&] { return hears.recv_exact(bytes.size(), 60s); });
  speaker.send_all(bytes, 60s);
  EXPECT_EQ(sha256(heard.get()), sha256(bytes));
  const json::Value error = next_event(run.listener, "error")["error"];
  EXPECT_EQ(error["op"].string(), "broker");
  EXPECT_NE(error["message"].string().find("client 1 "), std::string::npos);
  const json::Value closed = run.closed();
  EXPECT_EQ(closed["client"].integer(), 1);
  EXPECT_EQ(closed["reason"].string(), "local_error");
  EXPECT_GT(closed["unsent_bytes"].integer(), 0);
  EXPECT_TRUE(deaf.ends_by_reset());
  EXPECT_LT(rss_kib(run.listener.program.pid()), 400'000) << "with AddressSanitizer";
}

// Who reads steadily, if not fast, gets all: the sender is slowed down to it.
TEST(BrokerSlow, ASteadyReaderIsNotDropped) {
  BrokerRun run;
  Peer steady = run.join();
  Peer speaker = run.join();
  const std::string bytes = random_bytes(6'000'000, 5);
  auto said = std::async(std::launch::async, [&] { speaker.send_all(bytes, 60s); });
  std::string heard;
  while (heard.size() < bytes.size()) {
    // The peer that is played here takes its time: 2.5 MB a second.
    heard += steady.recv_exact(std::min<std::size_t>(50'000, bytes.size() - heard.size()));
    poll(nullptr, 0, 20);
  }
  said.get();
  EXPECT_EQ(first_difference(heard, bytes), std::nullopt);
}

// The words of two others pass at once, while a third never reads and a fourth says a byte at a time.
TEST(BrokerSlow, OthersKeepTheirPace) {
  BrokerRun run;
  Peer deaf = run.join();
  Peer slow = run.join();
  Peer one = run.join();
  Peer other = run.join();
  double longest = 0;
  for (int i = 0; i < 300; ++i) {
    const Stopwatch watch;
    one.send_all("ping");
    EXPECT_EQ(other.recv_exact(4), "ping");
    other.send_all("pong");
    EXPECT_EQ(one.recv_exact(4), "pong");
    longest = std::max(longest, watch.seconds());
    if (i % 50 == 0) {
      slow.send_all("s");
      EXPECT_EQ(one.recv_exact(1), "s");
      EXPECT_EQ(other.recv_exact(1), "s");
    }
  }
  EXPECT_LT(longest, 0.5);
  EXPECT_FALSE(poll_one(run.listener.program.stderr_fd(), POLLIN, Deadline(0ms))) << "nobody is dropped";
}

// Many who send much at once: all of it arrives with those who read.
TEST(BrokerSlow, ManySpeakAtOnce) {
  BrokerRun run;
  constexpr std::size_t speakers = 5;
  const std::string block = random_bytes(4 << 20, 9);
  std::vector<Peer> peers = run.join(speakers);
  std::vector<std::future<std::size_t>> heard;
  heard.reserve(speakers);
  for (Peer& peer : peers) {
    heard.push_back(std::async(std::launch::async, [&peer, &block] {
      return peer.recv_exact(block.size() * (speakers - 1), 60s).size();
    }));
  }
  std::vector<std::future<void>> said;
  said.reserve(speakers);
  for (Peer& peer : peers) {
    said.push_back(std::async(std::launch::async, [&peer, &block] { peer.send_all(block, 60s); }));
  }
  for (auto& each : said) each.get();
  for (auto& each : heard) EXPECT_EQ(each.get(), block.size() * (speakers - 1));
}

TEST(Broker, JoinAndLeaveLeaveNothingBehind) {
  BrokerRun run;
  Peer stays = run.join();
  const int before = open_fds(run.listener.program.pid());
  for (int i = 0; i < 100; ++i) {
    Peer peer = run.join();
    peer.send_all("x");
    EXPECT_EQ(stays.recv_exact(1), "x");
    if (i % 2 == 0) {
      peer.reset();
    } else {
      peer.close();
    }
    static_cast<void>(run.closed());
  }
  wait_until("descriptors", [&] { return open_fds(run.listener.program.pid()) == before; });
}

TEST(Broker, MessagesStayMessages) {
  TempDir dir;
  for (const Kind& kind : kinds) {
    if (kind.type == SOCK_STREAM) continue;
    SCOPED_TRACE(kind.name);
    Listener broker = start_of_kind(kind, dir / "broker", {"--broker"}, {.in = Stdio::null()});
    std::vector<Peer> peers;
    for (int i = 0; i < 3; ++i) {
      peers.push_back(connect_kind(kind, broker));
      peers.back().send_all("here I am");
      static_cast<void>(next_event(broker, "accepted"));
      for (int other = 0; other < i; ++other) {
        EXPECT_EQ(peers[static_cast<std::size_t>(other)].recv_some(), "here I am");
      }
    }
    for (const std::size_t size : {1U, 9000U, 60000U}) peers[0].send_all(random_bytes(size, size));
    for (const std::size_t size : {1U, 9000U, 60000U}) {
      for (std::size_t to = 1; to < 3; ++to) {
        EXPECT_EQ(first_difference(peers[to].recv_some(), random_bytes(size, size)), std::nullopt) << size;
      }
    }
  }
}

TEST(BrokerIdle, SilentClientsAreLetGo) {
  BrokerRun run({"--broker", "-i", "400ms"});
  Peer silent = run.join();
  EXPECT_EQ(run.closed()["reason"].string(), "idle_timeout");
  EXPECT_EQ(silent.recv_until_eof(), "");
}

TEST(Broker, WithTheProgramsThereAre) {
  REQUIRE_PROGRAM("ncat");
  REQUIRE_PROGRAM("socat");
  BrokerRun broker;
  const std::string port = broker.listener.port_text();
  Peer hears = broker.join();
  // Each says its word and ends of itself.
  for (const std::vector<std::string>& client : {std::vector<std::string>{"nc", "-N", "127.0.0.1", port},
                                                 {"ncat", "127.0.0.1", port},
                                                 {"socat", "-t", "10", "-", "TCP:127.0.0.1:" + port},
                                                 nettool("connect", "127.0.0.1", port)}) {
    EXPECT_EQ(run(client, "word").status, 0) << client[0];
    EXPECT_EQ(hears.recv_exact(4), "word") << client[0];
  }
}

}  // namespace
}  // namespace test
