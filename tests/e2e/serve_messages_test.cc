// listen -U --type seqpacket --serve: connections that carry messages, each service in each model.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdint>
#include <ctime>
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

class ServeMessages : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] Listener serve(const std::string& service, std::vector<std::string> more = {}) const {
    const std::vector<std::string> words = {"-U",    "--type",  "seqpacket", "--serve",
                                            service, "--model", GetParam(),  path()};
    more.insert(more.end(), words.begin(), words.end());
    return start_listener(more);
  }
  [[nodiscard]] Peer connect() const { return connect_unix(path(), SOCK_SEQPACKET); }
  [[nodiscard]] std::string path() const { return folder_ / "socket"; }

  TempDir folder_;
};
INSTANTIATE_TEST_SUITE_P(Models, ServeMessages, testing::ValuesIn(every_model),
                         [](const auto& info) { return info.param; });

TEST_P(ServeMessages, EchoMessageByMessage) {
  Listener server = serve("echo", {"--clients", "1"});
  Peer peer = connect();
  const std::vector<std::string> messages = {"one", random_bytes(65000, 1), "two", "three"};
  for (const std::string& text : messages) {
    peer.send_all(text);
    EXPECT_EQ(first_difference(peer.recv_some(), text), std::nullopt);
  }
  // Several on their way at once stay apart, and all come back after the end was told.
  for (int i = 0; i < 50; ++i) peer.send_all(std::to_string(i));
  peer.shutdown_write();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(peer.recv_some(), std::to_string(i));
  EXPECT_EQ(peer.recv_some(), "");
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0);
  const json::Value closed = json::only_event(outcome.err, "closed");
  EXPECT_EQ(closed["reason"].string(), "peer_closed");
  EXPECT_EQ(closed["sent_bytes"].integer(), 65101);
  EXPECT_EQ(closed["received_bytes"].integer(), 65101);
}

TEST_P(ServeMessages, Discard) {
  Listener server = serve("discard", {"--clients", "1"});
  Peer peer = connect();
  for (int i = 0; i < 10; ++i) peer.send_all(random_bytes(60000, 1));
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_some(), "");
  const json::Value closed = json::only_event(server.program.wait().err, "closed");
  EXPECT_EQ(closed["received_bytes"].integer(), 600'000);
  EXPECT_EQ(closed["sent_bytes"].integer(), 0);
}

TEST_P(ServeMessages, ChargenSendsALineAMessage) {
  Listener server = serve("chargen");
  Peer peer = connect();
  std::string ring;
  for (char c = ' '; c <= '~'; ++c) ring += c;
  ring += ring;
  for (std::size_t line = 0; line < 200; ++line) {
    EXPECT_EQ(peer.recv_some(), ring.substr(line % 95, 72) + "\r\n");
  }
  peer.close();
  // The next one begins anew.
  EXPECT_EQ(connect().recv_some(), ring.substr(0, 72) + "\r\n");
  stop_server(server.program);
}

// One message and the end; a client that says something meanwhile gets it too.
TEST_P(ServeMessages, DaytimeAndTime) {
  {
    Listener server = serve("daytime");
    for (int i = 0; i < 20; ++i) {
      Peer peer = connect();
      static_cast<void>(message_of([&] { peer.send_all("what time is it?"); }));
      const std::string said = peer.recv_some();
      EXPECT_TRUE(said.ends_with("\r\n")) << said;
      EXPECT_EQ(peer.recv_some(), "");
    }
    stop_server(server.program);
  }
  Listener server = serve("time");
  Peer peer = connect();
  const std::string said = peer.recv_some();
  ASSERT_EQ(said.size(), 4U);
  std::uint32_t seconds = 0;
  for (const char byte : said) seconds = seconds << 8U | static_cast<unsigned char>(byte);
  EXPECT_NEAR(static_cast<double>(seconds), static_cast<double>(std::time(nullptr) + 2'208'988'800), 20);
  EXPECT_EQ(peer.recv_some(), "");
  stop_server(server.program);
}

// A client that stays does not keep the server: it said all that it has to say.
TEST_P(ServeMessages, WhoStaysIsClosedAllTheSame) {
  Listener server = serve("daytime", {"--clients", "1"});
  Peer peer = connect();
  EXPECT_NE(peer.recv_some(), "");
  EXPECT_EQ(server.program.wait().status, 0);
}

TEST_P(ServeMessages, ClientsThatPeopleHave) {
  REQUIRE_PROGRAM("socat");
  Listener server = serve("echo");
  EXPECT_EQ(run(nettool("connect", "-U", "--type", "seqpacket", path()), "hello").out, "hello");
  // type 5 is SOCK_SEQPACKET
  EXPECT_EQ(run({"socat", "-t", "1", "-", "UNIX-CONNECT:" + path() + ",type=5"}, "hello").out, "hello");
  stop_server(server.program);
}

TEST_P(ServeMessages, NothingIsLeft) {
  Listener server = serve("echo");
  const pid_t pid = server.program.pid();
  wait_idle(pid);
  const int before = open_fds(pid);
  for (int i = 0; i < 20; ++i) {
    Peer peer = connect();
    peer.send_all("x");
    EXPECT_EQ(peer.recv_some(), "x");
  }
  wait_until("all is back",
             [&] { return open_fds(pid) == before && threads(pid) == 1 && children(pid) == 0; });
  stop_server(server.program);
}

TEST_P(ServeMessages, IdleClientsAreLetGo) {
  Listener server = serve("echo", {"--clients", "1", "-i", "300ms"});
  Peer peer = connect();
  peer.send_all("x");
  EXPECT_EQ(peer.recv_some(), "x");
  EXPECT_EQ(peer.recv_some(), "");
  EXPECT_EQ(json::only_event(server.program.wait().err, "closed")["reason"].string(), "idle_timeout");
}

}  // namespace
}  // namespace test
