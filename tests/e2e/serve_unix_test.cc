// listen -U --serve: each service in each model over Unix stream sockets and Unix datagrams.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

/// A server on a path in a folder of its own.
class ServeUnix : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] Listener serve(const std::string& service, std::vector<std::string> more = {}) const {
    const std::vector<std::string> words = {"-U", "--serve", service, "--model", GetParam(), path()};
    more.insert(more.end(), words.begin(), words.end());
    return start_listener(more);
  }
  [[nodiscard]] Listener serve_datagrams(const std::string& service,
                                         std::vector<std::string> more = {}) const {
    more.emplace_back("-u");
    return serve(service, more);
  }
  [[nodiscard]] std::string path() const { return folder_ / "socket"; }
  /// The end of a client: it said all, and reads until the server has closed.
  [[nodiscard]] std::string talk(const std::string& words) const {
    Peer peer = connect_unix(path());
    peer.send_all(words);
    peer.shutdown_write();
    return peer.recv_until_eof();
  }

  TempDir folder_;
};
INSTANTIATE_TEST_SUITE_P(Models, ServeUnix, testing::ValuesIn(every_model),
                         [](const auto& info) { return info.param; });

TEST_P(ServeUnix, StreamEcho) {
  REQUIRE_PROGRAM("ncat");
  REQUIRE_PROGRAM("socat");
  Listener server = serve("echo");
  const std::string bytes = random_bytes(1 << 20, 3);
  EXPECT_EQ(talk("hello"), "hello");
  const std::vector<std::vector<std::string>> clients = {
      {"nc", "-N", "-U", path()},
      {"ncat", "-U", path()},
      {"socat", "-t", "10", "-", "UNIX-CONNECT:" + path()},
      nettool("connect", "-U", path()),
  };
  for (const auto& client : clients) {
    const Outcome outcome = run(client, bytes);
    EXPECT_EQ(first_difference(outcome.out, bytes), std::nullopt) << client[0] << ": " << outcome.err;
  }
  stop_server(server.program);
  EXPECT_FALSE(exists(path()));
}

TEST_P(ServeUnix, StreamOthers) {
  {
    Listener server = serve("discard");
    EXPECT_EQ(talk(random_bytes(1 << 20, 1)), "");
    stop_server(server.program);
  }
  {
    Listener server = serve("daytime");
    EXPECT_TRUE(talk("").ends_with("\r\n"));
    stop_server(server.program);
  }
  {
    Listener server = serve("time");
    EXPECT_EQ(talk("").size(), 4U);
    stop_server(server.program);
  }
  Listener server = serve("chargen");
  Peer peer = connect_unix(path());
  EXPECT_EQ(peer.recv_exact(76).substr(70), "fg\r\n!\"");
  peer.close();
  stop_server(server.program);
}

TEST_P(ServeUnix, StreamClientsAreReported) {
  Listener server = serve("echo", {"--clients", "2"});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(talk("12345"), "12345");
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto accepted = json::events(outcome.err, "accepted");
  const auto closed = json::events(outcome.err, "closed");
  ASSERT_EQ(accepted.size(), 2U);
  ASSERT_EQ(closed.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(accepted[i]["local"]["path"].string(), path());
    EXPECT_EQ(closed[i]["reason"].string(), "peer_closed");
    EXPECT_EQ(closed[i]["sent_bytes"].integer(), 5);
    EXPECT_TRUE(closed[i]["tcp_info"].is_null());
  }
}

// A client whose socket the kernel named is answered there.
TEST_P(ServeUnix, DatagramEcho) {
  Listener server = serve_datagrams("echo");
  Peer peer = connect_unix(path(), SOCK_DGRAM);
  for (const std::string& text :
       {std::string("one"), std::string(), random_bytes(65507, 1), std::string("last")}) {
    peer.send_all(text);
    EXPECT_EQ(first_difference(peer.recv_some(), text), std::nullopt) << text.size();
  }
  stop_server(server.program);
  EXPECT_FALSE(exists(path()));
}

TEST_P(ServeUnix, DatagramOthers) {
  {
    Listener server = serve_datagrams("discard");
    Peer peer = connect_unix(path(), SOCK_DGRAM);
    peer.send_all("x");
    EXPECT_TRUE(peer.silent_for(100ms));
    stop_server(server.program);
  }
  {
    Listener server = serve_datagrams("daytime");
    Peer peer = connect_unix(path(), SOCK_DGRAM);
    for (int i = 0; i < 2; ++i) {
      peer.send_all("x");
      EXPECT_TRUE(peer.recv_some().ends_with("\r\n"));
    }
    stop_server(server.program);
  }
  {
    Listener server = serve_datagrams("time");
    Peer peer = connect_unix(path(), SOCK_DGRAM);
    peer.send_all("x");
    EXPECT_EQ(peer.recv_some().size(), 4U);
    stop_server(server.program);
  }
  Listener server = serve_datagrams("chargen");
  Peer peer = connect_unix(path(), SOCK_DGRAM);
  std::set<std::size_t> sizes;
  for (int i = 0; i < 20; ++i) {
    peer.send_all("x");
    sizes.insert(peer.recv_some().size());
  }
  EXPECT_LE(*sizes.rbegin(), 512U);
  EXPECT_GT(sizes.size(), 10U);
  stop_server(server.program);
}

TEST_P(ServeUnix, DatagramClientsThatPeopleHave) {
  REQUIRE_PROGRAM("socat");
  Listener server = serve_datagrams("echo");
  const std::vector<std::vector<std::string>> clients = {
      {"socat", "-", "UNIX-SENDTO:" + path() + ",bind=" + (folder_ / "client")},
      {"nc", "-u", "-U", path()},
      nettool("connect", "-u", "-U", path()),
  };
  for (const auto& argv : clients) {
    Program client(argv);
    client.write_stdin("hello");
    EXPECT_EQ(client.read_exact(Stream::out, 5), "hello") << argv[0];
  }
  stop_server(server.program);
}

// Those that nobody can answer, because they have no name or are gone, end by themselves.
TEST_P(ServeUnix, DatagramsOfNobody) {
  Listener server = serve_datagrams("echo", {"--clients", "3", "-i", "500ms"});
  UnixServer named(folder_ / "client", SOCK_DGRAM);
  named.send_to("x", path());
  EXPECT_EQ(named.recv().bytes, "x");
  UnixServer(folder_ / "gone", SOCK_DGRAM).send_to("x", path());
  Outcome unnamed = run({"socat", "-u", "-", "UNIX-SENDTO:" + path()}, "x");
  EXPECT_EQ(unnamed.status, 0) << unnamed.err;
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 3U);
  std::multiset<std::string> reasons;
  for (const auto& event : closed) reasons.insert(event["reason"].string());
  EXPECT_EQ(reasons.count("idle_timeout"), 1U);
  EXPECT_EQ(reasons.count("reset"), 2U);
  EXPECT_EQ(json::events(outcome.err, "error").size(), 0U) << outcome.err;
}

// One that reads nothing has its queue full, and waits alone.
TEST_P(ServeUnix, ADatagramClientThatNeverReads) {
  Listener server = serve_datagrams("echo");
  UnixServer deaf(folder_ / "deaf", SOCK_DGRAM);
  for (int i = 0; i < 300; ++i) deaf.send_to(std::string(1000, 'x'), path());
  Peer peer = connect_unix(path(), SOCK_DGRAM);
  for (int i = 0; i < 20; ++i) {
    const Stopwatch watch;
    peer.send_all("quick");
    EXPECT_EQ(peer.recv_some(), "quick");
    EXPECT_LT(watch.seconds(), 2);
  }
  // It hears what waited for it once it reads.
  for (int i = 0; i < 50; ++i) EXPECT_EQ(deaf.recv().bytes.size(), 1000U);
  stop_server(server.program);
}

}  // namespace
}  // namespace test
