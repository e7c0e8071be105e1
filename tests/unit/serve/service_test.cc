#include "net/serve/service.hh"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
#include <set>
#include <string>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

// RFC 868's own examples.
TEST(Service, TimeBytes) {
  EXPECT_EQ(time_bytes(0), std::string("\x83\xaa\x7e\x80", 4));            // 2,208,988,800
  EXPECT_EQ(time_bytes(189'302'400), std::string("\x8e\xf3\x05\x00", 4));  // 2,398,291,200: 1976-01-01
  // The last second that fits (2036-02-07T06:28:15Z), and the one after it.
  EXPECT_EQ(time_bytes(2'085'978'495), std::string("\xff\xff\xff\xff", 4));
  EXPECT_EQ(time_bytes(2'085'978'496), std::string("\0\0\0\0", 4));
}

TEST(Service, DaytimeText) {
  setenv("TZ", "UTC0", 1);
  tzset();
  EXPECT_EQ(daytime_text(0), "Thursday, January 01, 1970 00:00:00-UTC\r\n");
}

TEST(Service, ChargenLines) {
  std::set<std::string> lines;
  for (std::size_t i = 0; i < 95; ++i) {
    const std::string line = chargen_line(i);
    EXPECT_EQ(line.size(), 74U);
    EXPECT_EQ(line.substr(72), "\r\n");
    lines.insert(line);
  }
  EXPECT_EQ(lines.size(), 95U);
  EXPECT_EQ(chargen_line(0).substr(0, 4), " !\"#");
  EXPECT_EQ(chargen_line(1).substr(0, 4), "!\"#$");
  EXPECT_EQ(chargen_line(95), chargen_line(0));
}

/// A service with one client, in memory.
class ServiceTest : public testing::Test {
 protected:
  Served serve(ServiceKind kind, Duration idle = forever) {
    ServeOptions options;
    options.idle = idle;
    const auto handler = make_service(kind, options, [] { return std::time_t{0}; });
    return reactor_.run(handler->serve(Session{reactor_, client_, peer_, -1, stop_}));
  }
  HandClock clock_;
  Reactor reactor_{clock_};
  Client client_{};
  MemoryStream peer_{reactor_};
  Stop stop_{reactor_};
};

TEST_F(ServiceTest, Echo) {
  peer_.feed("one two");
  peer_.end_input();
  const Served served = serve(ServiceKind::echo);
  EXPECT_EQ(peer_.written(), "one two");
  EXPECT_EQ(served.closed.sent, 7U);
  EXPECT_EQ(served.closed.received, 7U);
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
}

TEST_F(ServiceTest, EchoOfAClientThatIsCut) {
  peer_.feed("one");
  peer_.fail(errno_code(ECONNRESET));
  const Served served = serve(ServiceKind::echo);
  EXPECT_EQ(served.closed.reason, EndReason::reset);
  EXPECT_EQ(served.closed.received, 3U);
  EXPECT_EQ(served.closed.sent, 0U);
  EXPECT_EQ(served.closed.unsent, 3U);
  // That is the client's own doing.
  EXPECT_FALSE(served.error);
}

TEST_F(ServiceTest, DiscardUntilTheEnd) {
  peer_.feed("bytes");
  peer_.end_input();
  const Served served = serve(ServiceKind::discard);
  EXPECT_EQ(served.closed.received, 5U);
  EXPECT_EQ(served.closed.sent, 0U);
}

// These say what they have to say and close, whether the client has ended or not.
TEST_F(ServiceTest, TimeCloses) {
  const Served served = serve(ServiceKind::time);
  EXPECT_EQ(peer_.written(), time_bytes(0));
  EXPECT_TRUE(peer_.finished());
  EXPECT_EQ(served.closed.reason, EndReason::eof);
}

TEST_F(ServiceTest, IdleClientsAreLetGo) {
  const TimePoint before = reactor_.now();
  const Served served = serve(ServiceKind::echo, 60s);
  EXPECT_EQ(served.closed.reason, EndReason::idle_timeout);
  EXPECT_EQ(reactor_.now() - before, 60s);
}

TEST_F(ServiceTest, StopEndsIt) {
  stop_.now(EndReason::deadline);
  stop_.now(EndReason::signal);
  EXPECT_EQ(serve(ServiceKind::discard).closed.reason, EndReason::deadline);
}

// An endless source and a sink that takes all keep neither time nor others out.
TEST_F(ServiceTest, ChargenLetsOthersHaveTheirTurn) {
  Reactor reactor;
  MemoryStream peer(reactor, 1 << 20);
  Stop stop(reactor);
  struct Late {
    static Task<Served> serve(Reactor& loop, Handler& handler, const Client& client, Stream& stream,
                              Stop& end) {
      Group<> later(loop);
      later.add(after(loop, end));
      co_return co_await handler.serve(Session{loop, client, stream, -1, end});
    }
    static Task<> after(Reactor& loop, Stop& end) {
      co_await loop.sleep(5ms);
      end.now(EndReason::signal);
    }
  };
  const auto handler = make_service(ServiceKind::chargen, {}, {});
  const Served served = reactor.run(Late::serve(reactor, *handler, client_, peer, stop));
  EXPECT_EQ(served.closed.reason, EndReason::signal);
  EXPECT_EQ(peer.written().substr(0, 74), chargen_line(0));
  EXPECT_EQ(served.closed.sent, peer.written().size());
}

}  // namespace
}  // namespace net
