// listen --serve over TCP: each service in each model, with the clients that people have.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <future>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

class Serve : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] static QuietServer serve(const std::string& service) {
    return start_quiet_server({"--serve", service, "--model", GetParam()});
  }
};
std::string model_of(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}
INSTANTIATE_TEST_SUITE_P(Models, Serve, testing::ValuesIn(every_model), model_of);

/// The end of a client: it said all, and reads until the server has closed.
std::string talk(const QuietServer& server, const std::string& words) {
  Peer peer = server.connect();
  peer.send_all(words);
  peer.shutdown_write();
  return peer.recv_until_eof();
}

TEST_P(Serve, EchoesToEveryClientThereIs) {
  REQUIRE_PROGRAM("ncat");
  REQUIRE_PROGRAM("socat");
  QuietServer server = serve("echo");
  const std::string bytes = random_bytes(3 << 20, 7);
  const std::string port = std::to_string(server.port);
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
  stop_server(server.program);
}

TEST_P(Serve, Discards) {
  QuietServer server = serve("discard");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(talk(server, random_bytes(1 << 20, 1)), "");
  stop_server(server.program);
}

// RFC 864: 72 characters a line, each line one further on in the ring of the 95 that can be printed.
TEST_P(Serve, GeneratesCharacters) {
  QuietServer server = serve("chargen");
  Peer peer = server.connect();
  std::string ring;
  for (char c = ' '; c <= '~'; ++c) ring += c;
  ring += ring;
  for (std::size_t line = 0; line < 200; ++line) {
    EXPECT_EQ(peer.recv_exact(74), ring.substr(line % 95, 72) + "\r\n");
  }
  // It goes on for one who only reads, and ends with one who is gone.
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_exact(1 << 20).size(), 1U << 20U);
  peer.close();
  EXPECT_EQ(server.connect().recv_exact(2), " !");
  stop_server(server.program);
}

TEST_P(Serve, TellsTheDay) {
  QuietServer server = start_quiet_server({"--serve", "daytime", "--model", GetParam()},
                                          {.env = {{"TZ", "XYZ-2"}, {"LC_ALL", "C"}}});
  const std::time_t before = std::time(nullptr) + 2 * 3600;
  // One who says something meanwhile gets the whole line too, and no reset.
  const std::string said = talk(server, random_bytes(100'000, 3));
  const std::time_t after = std::time(nullptr) + 2 * 3600;
  std::set<std::string> possible;
  for (std::time_t time = before; time <= after; ++time) {
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[100];
    std::strftime(text, sizeof text, "%A, %B %d, %Y %H:%M:%S-XYZ\r\n", &parts);
    possible.insert(text);
  }
  EXPECT_TRUE(possible.contains(said)) << said;
  stop_server(server.program);
}

// RFC 868: 2 208 988 800 is 1970-01-01 00:00 GMT.
TEST_P(Serve, TellsTheTime) {
  QuietServer server = serve("time");
  const std::time_t before = std::time(nullptr);
  const std::string said = talk(server, "");
  ASSERT_EQ(said.size(), 4U);
  std::uint32_t seconds = 0;
  for (const char byte : said) seconds = seconds << 8U | static_cast<unsigned char>(byte);
  EXPECT_GE(seconds, static_cast<std::uint32_t>(before + 2'208'988'800));
  EXPECT_LE(seconds, static_cast<std::uint32_t>(std::time(nullptr) + 2'208'988'800));
  stop_server(server.program);
}

// The lesson of the iterative server, which the other models pass too.
TEST_P(Serve, FiveInTurn) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", GetParam(), "--clients", "5"});
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(server.connect());
  // All are connected; the first in the queue is the first to be served.
  for (int i = 0; i < 5; ++i) {
    Peer& peer = peers[static_cast<std::size_t>(i)];
    peer.send_all("client " + std::to_string(i));
    EXPECT_EQ(peer.recv_exact(8), "client " + std::to_string(i));
    peer.shutdown_write();
    EXPECT_EQ(peer.recv_until_eof(), "");
  }
  EXPECT_EQ(server.program.wait().status, 0);
}

TEST(ServeIterative, OthersWaitInTheBacklog) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", "iterative"});
  Peer first = server.connect();
  first.send_all("a");
  EXPECT_EQ(first.recv_exact(1), "a");
  Peer second = server.connect();
  second.send_all("b");
  EXPECT_TRUE(second.silent_for(300ms));
  first.close();
  EXPECT_EQ(second.recv_exact(1), "b");
  stop_server(server.program);
}

// Who sends nothing, a byte at times, resets at once, closes half, or never reads, holds up nobody else.
class ServeOthers : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Models, ServeOthers, testing::ValuesIn(concurrent_models), model_of);

TEST_P(ServeOthers, AreNotHeldUp) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", GetParam()});
  std::vector<Peer> odd;
  for (int i = 0; i < 10; ++i) {
    odd.push_back(server.connect());  // sends nothing
    server.connect().reset();
    odd.push_back(server.connect());
    odd.back().send_all("x");
    odd.push_back(server.connect());
    odd.back().shutdown_write();
  }
  // Never reads: until nothing more fits.
  Peer deaf = server.connect();
  const std::string flood = random_bytes(1 << 20, 9);
  std::string failure;
  while (failure.empty()) failure = message_of([&] { deaf.send_all(flood, 300ms); });
  for (int i = 0; i < 20; ++i) {
    Peer peer = server.connect();
    const Stopwatch watch;
    peer.send_all("quick");
    EXPECT_EQ(peer.recv_exact(5), "quick");
    EXPECT_LT(watch.seconds(), 2);
  }
  stop_server(server.program);
}

// Silent ones cost nothing: no wake-up.
TEST_P(ServeOthers, IdleClientsCostNothing) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", GetParam()});
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(server.connect());
    peers.back().send_all("x");
    EXPECT_EQ(peers.back().recv_exact(1), "x");
  }
  wait_idle(server.program.pid());
  const long before = voluntary_switches(server.program.pid());
  EXPECT_TRUE(peers[0].silent_for(1s));
  EXPECT_EQ(voluntary_switches(server.program.pid()), before);
  stop_server(server.program);
}

TEST_P(Serve, ReportsEachClient) {
  Listener server =
      start_listener({"--serve", "echo", "--model", GetParam(), "--clients", "3", "127.0.0.1", "0"});
  for (int i = 0; i < 3; ++i) {
    Peer peer = connect_tcp("127.0.0.1", server.port);
    peer.send_all("12345");
    EXPECT_EQ(peer.recv_exact(5), "12345");
    peer.shutdown_write();
    EXPECT_EQ(peer.recv_until_eof(), "");
  }
  const pid_t pid = server.program.pid();
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0);
  const auto accepted = json::events(outcome.err, "accepted");
  const auto closed = json::events(outcome.err, "closed");
  const auto exited = json::events(outcome.err, "exited");
  ASSERT_EQ(accepted.size(), 3U);
  ASSERT_EQ(closed.size(), 3U);
  ASSERT_EQ(exited.size(), GetParam() == "fork" ? 3U : 0U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(accepted[i].keys(),
              (std::vector<std::string>{"event", "time", "client", "peer", "local", "pid", "tid"}));
    EXPECT_EQ(accepted[i]["client"].integer(), static_cast<long long>(i + 1));
    EXPECT_EQ(closed[i]["reason"].string(), "peer_closed");
    EXPECT_EQ(closed[i]["sent_bytes"].integer(), 5);
    EXPECT_EQ(closed[i]["received_bytes"].integer(), 5);
    EXPECT_FALSE(closed[i]["tcp_info"].is_null());
    EXPECT_EQ(accepted[i]["pid"].integer() != pid, GetParam() == "fork");
    EXPECT_EQ(accepted[i]["tid"].integer() != accepted[i]["pid"].integer(), GetParam() == "thread");
    if (exited.empty()) continue;
    EXPECT_EQ(exited[i]["pid"].integer(), accepted[i]["pid"].integer());
    EXPECT_EQ(exited[i]["status"].integer(), 0);
  }
}

// A signal closes them all, and each is reported before the end.
TEST_P(Serve, ASignalEndsAll) {
  Listener server = start_listener({"--serve", "echo", "--model", GetParam(), "127.0.0.1", "0"});
  std::vector<Peer> peers;
  for (int i = 0; i < (GetParam() == "iterative" ? 1 : 5); ++i) {
    peers.push_back(connect_tcp("127.0.0.1", server.port));
    peers.back().send_all("x");
    EXPECT_EQ(peers.back().recv_exact(1), "x");
  }
  server.program.signal(SIGINT);
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.signal, SIGINT);
  const auto closed = json::events(outcome.err, "closed");
  EXPECT_EQ(closed.size(), peers.size());
  for (const auto& event : closed) {
    EXPECT_EQ(event["reason"].string(), "signal");
    EXPECT_EQ(event["received_bytes"].integer(), 1);
  }
  for (Peer& peer : peers) EXPECT_EQ(peer.recv_until_eof(), "");
}

TEST_P(Serve, TheDeadlineEndsAll) {
  Listener server =
      start_listener({"--serve", "echo", "--model", GetParam(), "--deadline", "1s", "127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", server.port);
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "deadline");
}

// Both directions of all clients in one dump, whole lines of it.
TEST_P(Serve, Hexdump) {
  const TempDir folder;
  QuietServer server =
      start_quiet_server({"--serve", "echo", "--model", GetParam(), "-x", folder / "dump", "--clients", "2"});
  EXPECT_EQ(talk(server, "first client"), "first client");
  EXPECT_EQ(talk(server, "second client"), "second client");
  EXPECT_EQ(server.program.wait().status, 0);
  const std::string dump = read_file(folder / "dump");
  for (const char* line : {"< 00000000", "> 00000000", "first client", "second client"}) {
    EXPECT_TRUE(dump.contains(line)) << dump;
  }
  EXPECT_EQ(std::ranges::count(dump, '\n'), 4) << dump;
}

// A process that is killed from outside harms nobody else, and what it did not tell is not invented.
TEST(ServeFork, ACrashOfOneHarmsNobody) {
  Listener server = start_listener({"--serve", "echo", "--model", "fork", "127.0.0.1", "0"});
  Peer victim = connect_tcp("127.0.0.1", server.port);
  Peer other = connect_tcp("127.0.0.1", server.port);
  const auto pid = static_cast<pid_t>(json::parse(server.program.read_line(Stream::err))["pid"].integer());
  other.send_all("x");
  EXPECT_EQ(other.recv_exact(1), "x");
  kill(pid, SIGKILL);
  EXPECT_EQ(victim.recv_until_eof(), "");
  other.send_all("y");
  EXPECT_EQ(other.recv_exact(1), "y");
  server.program.read_until(Stream::err, "\"closed\"");
  const Outcome outcome = stop_server(server.program);
  EXPECT_EQ(json::events(outcome.err, "exited")[0]["status"].integer(), 128 + SIGKILL);
  EXPECT_EQ(json::events(outcome.err, "closed")[0]["reason"].string(), "local_error");
  EXPECT_TRUE(json::events(outcome.err, "error")[0]["error"]["message"].string().contains("status 137"));
}

// The child of one client does not hold another's connection open, nor the port.
TEST(ServeFork, AChildHasItsClientAlone) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", "fork"});
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(server.connect());
    peers.back().send_all("x");
    EXPECT_EQ(peers.back().recv_exact(1), "x");
  }
  // Were a copy of the first's socket in a later child, its end would never be seen.
  peers[0].shutdown_write();
  EXPECT_EQ(peers[0].recv_until_eof(), "");
  const pid_t parent = server.program.pid();
  server.program.signal(SIGKILL);
  EXPECT_EQ(server.program.wait().signal, SIGKILL);
  // The children go with their parent.
  for (std::size_t i = 1; i < peers.size(); ++i) EXPECT_EQ(peers[i].recv_until_eof(), "");
  static_cast<void>(parent);
  QuietServer again = start_quiet_server({"--serve", "echo"});
  stop_server(again.program);
}

}  // namespace
}  // namespace test
