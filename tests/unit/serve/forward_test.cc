#include "net/serve/forward.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/stream/memory_stream.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/unix_socket.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

/// Writes down what it is told.
class Log final : public ForwardObserver {
 public:
  void resolved(const Client& client, const dns::Answer& answer) override {
    events.push_back(std::to_string(client.id) + " resolved " + answer.host);
  }
  void attempted(const Client& client, const Attempt& attempt, Transport transport) override {
    events.push_back(std::to_string(client.id) + " attempt " + std::string(transport.name()) + " " +
                     (attempt.error ? attempt.error->symbol() : "ok"));
  }
  void connected(const Client& client, const Dialed& /*target*/, Transport transport) override {
    events.push_back(std::to_string(client.id) + " connected " + std::string(transport.name()));
  }
  std::vector<std::string> events;
};

/// A client in memory, and a target on loopback.
class ForwardTest : public testing::Test {
 protected:
  void open(ForwardTarget target, Duration timeout = forever) {
    ForwardOptions options;
    options.target = std::move(target);
    options.timeout = timeout;
    forward_ = make_forward(reactor_, std::move(options), log_);
  }
  Served serve() {
    ++client_.id;
    return reactor_.run(forward_->serve(Session{reactor_, client_, peer_, -1, stop_}));
  }
  static ForwardTarget to_port(std::uint16_t port) {
    ForwardTarget target;
    target.host = "127.0.0.1";
    target.port = port;
    return target;
  }
  static ForwardTarget to_path(const std::string& path) {
    ForwardTarget target;
    target.path = *Endpoint::parse_unix(path);
    return target;
  }

  Reactor reactor_{};
  Log log_;
  Client client_{};
  MemoryStream peer_{reactor_};
  Stop stop_{reactor_};
  std::unique_ptr<Handler> forward_{};
};

TEST_F(ForwardTest, BothWaysAndTheFigures) {
  test::TcpServer server;
  open(to_port(server.port()));
  peer_.feed("question");
  peer_.end_input();
  std::thread target([&server] {
    test::Peer peer = server.accept();
    EXPECT_EQ(peer.recv_until_eof(), "question");
    peer.send_all("an answer");
  });
  const Served served = serve();
  target.join();
  EXPECT_EQ(peer_.written(), "an answer");
  EXPECT_TRUE(peer_.finished());
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
  EXPECT_EQ(served.closed.received, 8U);
  EXPECT_EQ(served.closed.sent, 9U);
  ASSERT_TRUE(served.target);
  EXPECT_EQ(served.target->sent, 8U);
  EXPECT_EQ(served.target->received, 9U);
  EXPECT_EQ(served.target->unsent, 0U);
  EXPECT_FALSE(served.error);
  EXPECT_EQ(log_.events,
            (std::vector<std::string>{"1 resolved 127.0.0.1", "1 attempt tcp ok", "1 connected tcp"}));
}

TEST_F(ForwardTest, ARefusalIsAnErrorInTheDialersWords) {
  open(to_port(test::closed_port(SOCK_STREAM)));
  peer_.feed("unheard");
  const Served served = serve();
  ASSERT_TRUE(served.error);
  EXPECT_EQ(served.error->op, "connect");
  EXPECT_EQ(served.error->code, errno_code(ECONNREFUSED));
  EXPECT_EQ(served.closed.reason, EndReason::local_error);
  EXPECT_FALSE(peer_.finished());
  EXPECT_EQ(log_.events.back(), "1 attempt tcp ECONNREFUSED");
}

TEST_F(ForwardTest, SilenceHasALimit) {
  test::SilentPort silent;
  open(to_port(silent.port()), 200ms);
  const Served served = serve();
  ASSERT_TRUE(served.error);
  EXPECT_EQ(served.error->code, errno_code(ETIMEDOUT));
  EXPECT_EQ(served.error->blame, Blame::silence);
}

TEST_F(ForwardTest, AClientThatIsCutEndsTheDial) {
  test::SilentPort silent;
  open(to_port(silent.port()));
  peer_.fail(errno_code(ECONNRESET));
  const Served served = serve();
  EXPECT_FALSE(served.error);
  EXPECT_EQ(served.closed.reason, EndReason::reset);
}

TEST_F(ForwardTest, StopEndsTheDial) {
  test::SilentPort silent;
  open(to_port(silent.port()));
  stop_.now(EndReason::deadline);
  EXPECT_EQ(serve().closed.reason, EndReason::deadline);
}

TEST_F(ForwardTest, ACutTarget) {
  test::TcpServer server;
  open(to_port(server.port()));
  std::thread target([&server] {
    test::Peer peer = server.accept();
    peer.send_all("half");
    peer.reset();
  });
  const Served served = serve();
  target.join();
  ASSERT_TRUE(served.error);
  EXPECT_EQ(served.error->op, "connection");
  EXPECT_EQ(served.error->subject, "127.0.0.1:" + server.port_text() + "/tcp");
  EXPECT_EQ(served.error->code, errno_code(ECONNRESET));
  EXPECT_EQ(served.error->message(), "connection reset by peer after 0 B sent and 4 B received");
  EXPECT_EQ(served.closed.reason, EndReason::local_error);
  EXPECT_EQ(peer_.written(), "half");
}

// Which type of socket it is shows when it is tried, and is remembered.
TEST_F(ForwardTest, AUnixTargetOfAnyType) {
  test::TempDir dir;
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    log_.events.clear();
    client_.id = 0;
    test::UnixServer server(dir / std::to_string(type), type);
    open(to_path(server.path()));
    peer_.end_input();
    for (int i = 0; i < 2; ++i) {
      std::thread target([&server] { EXPECT_EQ(server.accept().recv_until_eof(), ""); });
      EXPECT_EQ(serve().closed.reason, EndReason::peer_closed);
      target.join();
    }
    const std::string name = type == SOCK_STREAM ? "unix" : "unix-seqpacket";
    EXPECT_EQ(log_.events, (std::vector<std::string>{"1 attempt " + name + " ok", "1 connected " + name,
                                                     "2 attempt " + name + " ok", "2 connected " + name}));
  }
}

TEST_F(ForwardTest, ADatagramTargetHasAWhileForItsLastAnswers) {
  test::TempDir dir;
  test::UnixServer server(dir / "socket", SOCK_DGRAM);
  open(to_path(server.path()));
  peer_.feed("question");
  peer_.end_input();
  std::thread target([&server] {
    const auto question = server.recv();
    EXPECT_EQ(question.bytes, "question");
    EXPECT_TRUE(question.from.starts_with("@")) << "to be answered at";
    server.send_to("answer", question.from);
  });
  const test::Stopwatch watch;
  const Served served = serve();
  target.join();
  EXPECT_GE(watch.seconds(), 4.9);
  EXPECT_EQ(peer_.written(), "answer");
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
}

}  // namespace
}  // namespace net
