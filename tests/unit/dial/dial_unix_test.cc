#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/dial/dialer.hh"
#include "tests/support/files.hh"
#include "tests/support/unix_socket.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

class Steps final : public DialObserver {
 public:
  void resolved(const dns::Answer&) override { ADD_FAILURE() << "a path is no name"; }
  void attempted(const Attempt& attempt) override { attempts.push_back(attempt); }
  std::vector<Attempt> attempts;
};

class DialUnixTest : public testing::Test {
 protected:
  Result<Dialed> dial(const std::string& path, int type = SOCK_STREAM, Duration timeout = forever,
                      std::optional<Endpoint> bind_to = std::nullopt) {
    DialOptions options;
    options.transport = {true, type};
    options.timeout = timeout;
    return reactor_.run(
        dial_unix(reactor_, options, steps_, *Endpoint::parse_unix(path), std::move(bind_to)));
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  Steps steps_;
  test::TempDir directory_;
};

TEST_F(DialUnixTest, EveryType) {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    const std::string path = directory_ / ("sock" + std::to_string(type));
    const test::UnixServer server(path, type);
    const auto dialed = dial(path, type);
    ASSERT_TRUE(dialed) << type << ": " << dialed.error().message();
    EXPECT_EQ(dialed->peer.text(), path);
    EXPECT_EQ(dialed->socket.peer().text(), path);
    EXPECT_TRUE(dialed->connected);
    EXPECT_FALSE(steps_.attempts.back().error);
  }
}

TEST_F(DialUnixTest, Failures) {
  test::write_file(directory_ / "file", "");
  {
    const test::UnixServer stale(directory_ / "stale");
  }
  const test::UnixServer datagrams(directory_ / "dgram", SOCK_DGRAM);
  struct Case {
    std::string path;
    std::string symbol;
    Blame blame;
  };
  for (const Case& c : {Case{directory_ / "none", "ENOENT", Blame::local},
                        Case{directory_ / "stale", "ECONNREFUSED", Blame::remote},
                        Case{directory_ / "file", "ECONNREFUSED", Blame::remote},
                        Case{directory_ / "dgram", "EPROTOTYPE", Blame::local}}) {
    const auto dialed = dial(c.path);
    ASSERT_FALSE(dialed) << c.path;
    EXPECT_EQ(dialed.error().symbol(), c.symbol) << c.path;
    EXPECT_EQ(dialed.error().blame, c.blame) << c.path;
    EXPECT_EQ(dialed.error().subject, c.path);
    ASSERT_TRUE(steps_.attempts.back().error);
    EXPECT_EQ(steps_.attempts.back().error->symbol(), c.symbol);
  }
}

TEST_F(DialUnixTest, ADatagramClientIsBoundForItsAnswers) {
  const std::string path = directory_ / "sock";
  const std::string own = directory_ / "own";
  test::UnixServer server(path, SOCK_DGRAM);
  {
    const auto dialed = dial(path, SOCK_DGRAM, forever, *Endpoint::parse_unix(own));
    ASSERT_TRUE(dialed) << dialed.error().message();
    EXPECT_TRUE(test::exists(own));
    ASSERT_EQ(::send(dialed->socket.fd(), "x", 1, 0), 1);
    EXPECT_EQ(server.recv().from, own);
  }
  EXPECT_FALSE(test::exists(own));
  const auto chosen = dial(path, SOCK_DGRAM, forever, *Endpoint::parse_unix("@"));
  ASSERT_TRUE(chosen);
  EXPECT_TRUE(chosen->socket.local().is_abstract());
}

// Its file must not stay when the connection fails.
TEST_F(DialUnixTest, AFailedClientLeavesNoFile) {
  const std::string own = directory_ / "own";
  EXPECT_FALSE(dial(directory_ / "none", SOCK_DGRAM, forever, *Endpoint::parse_unix(own)));
  EXPECT_FALSE(test::exists(own));
}

/// A listener whose backlog is full, with the clients that fill it.
struct FullServer {
  explicit FullServer(const std::string& path) : server(path, SOCK_STREAM, 0) {
    for (;;) {
      auto client = Socket::open(AF_UNIX, SOCK_STREAM);
      const auto connected = client->connect(*Endpoint::parse_unix(path));
      if (!connected) break;
      clients.push_back(std::move(*client));
    }
  }
  test::UnixServer server;
  std::vector<Socket> clients;
};

TEST_F(DialUnixTest, AFullBacklogIsWaitedFor) {
  const FullServer full(directory_ / "sock");
  const TimePoint start = clock_.now();
  const auto dialed = dial(directory_ / "sock", SOCK_STREAM, 3s);
  ASSERT_FALSE(dialed);
  EXPECT_EQ(dialed.error().symbol(), "ETIMEDOUT");
  EXPECT_EQ(dialed.error().blame, Blame::silence);
  EXPECT_TRUE(dialed.error().message().contains("backlog")) << dialed.error().message();
  EXPECT_GE(clock_.now() - start, 2900ms);
  EXPECT_LE(clock_.now() - start, 3s);
}

Task<std::optional<Result<Dialed>>> dial_it(Reactor& reactor, Steps& steps, std::string path) {
  DialOptions options;
  options.transport = {true, SOCK_STREAM};
  auto dialed = co_await dial_unix(reactor, options, steps, *Endpoint::parse_unix(path), std::nullopt);
  co_return dialed;
}

Task<std::optional<Result<Dialed>>> accept_later(Reactor& reactor, test::UnixServer& server) {
  co_await reactor.sleep(5s);
  static_cast<void>(server.accept());
  co_return std::nullopt;
}

TEST_F(DialUnixTest, ABacklogThatEmptiesLetsUsIn) {
  FullServer full(directory_ / "sock");
  const TimePoint start = clock_.now();
  Group<std::optional<Result<Dialed>>> group(reactor_);
  group.add(dial_it(reactor_, steps_, directory_ / "sock"));
  group.add(accept_later(reactor_, full.server));
  EXPECT_FALSE(reactor_.run(group.next()));
  const auto dialed = reactor_.run(group.next());
  ASSERT_TRUE(dialed && *dialed);
  EXPECT_GE(clock_.now() - start, 5s);
  EXPECT_LE(clock_.now() - start, 5100ms);
}

}  // namespace
}  // namespace net
