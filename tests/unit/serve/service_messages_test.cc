#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/loop/group.hh"
#include "net/serve/service.hh"
#include "tests/unit/hand_clock.hh"
#include "tests/unit/serve/message_stream.hh"

namespace net {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class ServiceMessages : public testing::Test {
 protected:
  /// Serves `peer` to the end.
  Served serve(ServiceKind kind, MessageStream& peer, Duration idle = 60s) {
    ServeOptions options;
    options.idle = idle;
    options.attach = [this](Stream& /*peer*/, Pump* to_client, Pump& from_client) {
      from_client.add_filter(note(came_));
      if (to_client != nullptr) to_client->add_filter(note(went_));
    };
    const std::unique_ptr<Handler> service = make_service(kind, options, [] { return std::time_t{1}; });
    Client client;
    client.transport.type = SOCK_DGRAM;
    Stop stop(reactor_);
    return reactor_.run(service->serve(Session{reactor_, client, peer, -1, stop}));
  }
  static Filter note(Texts& into) {
    return [&into](std::span<const std::byte> bytes, std::vector<std::byte>& out) {
      into.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      out.assign(bytes.begin(), bytes.end());
    };
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  MessageStream datagrams_{reactor_};
  MessageStream connection_{reactor_, true};
  Texts came_;
  Texts went_;
};

TEST_F(ServiceMessages, EchoAnswersEachDatagramWithItsLike) {
  const Texts sent = {"one", "", std::string(65527, 'x'), "last"};
  for (const std::string& text : sent) datagrams_.feed(text);
  const TimePoint began = reactor_.now();
  const Served served = serve(ServiceKind::echo, datagrams_);
  EXPECT_EQ(datagrams_.written(), sent);
  EXPECT_EQ(served.closed.reason, EndReason::idle_timeout);
  EXPECT_EQ(served.closed.sent, 65534U);
  EXPECT_EQ(served.closed.received, 65534U);
  EXPECT_EQ(reactor_.now() - began, 60s);
  // Both directions go through the filters, and once each.
  EXPECT_EQ(came_, sent);
  EXPECT_EQ(went_, sent);
}

TEST_F(ServiceMessages, ManyDatagramsAtOnce) {
  Texts sent;
  for (int i = 0; i < 500; ++i) sent.push_back(std::to_string(i));
  for (const std::string& text : sent) datagrams_.feed(text);
  static_cast<void>(serve(ServiceKind::echo, datagrams_));
  EXPECT_EQ(datagrams_.written(), sent);
}

TEST_F(ServiceMessages, DiscardSaysNothing) {
  datagrams_.feed(std::string(65527, 'x'));
  datagrams_.feed("");
  const Served served = serve(ServiceKind::discard, datagrams_);
  EXPECT_EQ(datagrams_.written(), Texts());
  EXPECT_EQ(served.closed.received, 65527U);
  EXPECT_EQ(served.closed.reason, EndReason::idle_timeout);
}

// RFC 864: a random number of characters, 0 to 512, of the pattern.
TEST_F(ServiceMessages, ChargenAnswersWithCharacters) {
  for (int i = 0; i < 300; ++i) datagrams_.feed("");
  static_cast<void>(serve(ServiceKind::chargen, datagrams_));
  ASSERT_EQ(datagrams_.written().size(), 300U);
  std::set<std::size_t> sizes;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string& text = datagrams_.written()[i];
    std::string pattern;
    for (std::size_t line = i; pattern.size() < 512; ++line) pattern += chargen_line(line);
    EXPECT_EQ(text, pattern.substr(0, text.size()));
    EXPECT_LE(text.size(), 512U);
    sizes.insert(text.size());
  }
  EXPECT_GT(sizes.size(), 100U);
  EXPECT_GT(*sizes.rbegin(), 450U);
  EXPECT_LT(*sizes.begin(), 60U);
}

TEST_F(ServiceMessages, DaytimeAndTimeAnswerEachDatagram) {
  datagrams_.feed("what time is it?");
  datagrams_.feed("");
  static_cast<void>(serve(ServiceKind::daytime, datagrams_));
  EXPECT_EQ(datagrams_.written(), Texts({daytime_text(1), daytime_text(1)}));
  MessageStream other(reactor_);
  other.feed("");
  static_cast<void>(serve(ServiceKind::time, other));
  EXPECT_EQ(other.written(), Texts({time_bytes(1)}));
}

// Nobody is there before a datagram came: nothing is said unasked.
TEST_F(ServiceMessages, NothingIsSaidUnasked) {
  for (const ServiceKind kind : {ServiceKind::echo, ServiceKind::discard, ServiceKind::chargen,
                                 ServiceKind::daytime, ServiceKind::time}) {
    EXPECT_EQ(serve(kind, datagrams_).closed.reason, EndReason::idle_timeout);
    EXPECT_EQ(datagrams_.written(), Texts());
  }
}

TEST_F(ServiceMessages, APeerThatCannotBeReached) {
  datagrams_.feed("x");
  datagrams_.refuse(ECONNREFUSED);
  const Served gone = serve(ServiceKind::echo, datagrams_);
  EXPECT_EQ(gone.closed.reason, EndReason::reset);
  EXPECT_FALSE(gone.error);
  MessageStream other(reactor_);
  other.feed("x");
  other.refuse(ENETUNREACH);
  const Served failed = serve(ServiceKind::echo, other);
  EXPECT_EQ(failed.closed.reason, EndReason::local_error);
  EXPECT_TRUE(failed.error);
}

TEST_F(ServiceMessages, EchoOverAConnectionUntilItsEnd) {
  connection_.feed("one");
  connection_.feed(std::string(60000, 'x'));
  connection_.end_input();
  const Served served = serve(ServiceKind::echo, connection_);
  EXPECT_EQ(connection_.written(), Texts({"one", std::string(60000, 'x')}));
  EXPECT_TRUE(connection_.finished());
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
  EXPECT_EQ(served.closed.sent, 60003U);
}

TEST_F(ServiceMessages, DaytimeAndTimeSayOneMessageAndClose) {
  const TimePoint began = reactor_.now();
  const Served served = serve(ServiceKind::daytime, connection_);
  EXPECT_EQ(connection_.written(), Texts({daytime_text(1)}));
  EXPECT_TRUE(connection_.finished());
  EXPECT_EQ(served.closed.reason, EndReason::eof);
  // A client that stays is not waited for.
  EXPECT_LE(reactor_.now() - began, 1s);
  MessageStream other(reactor_, true);
  other.feed("dropped");
  other.end_input();
  EXPECT_EQ(serve(ServiceKind::time, other).closed.received, 7U);
  EXPECT_EQ(other.written(), Texts({time_bytes(1)}));
}

TEST_F(ServiceMessages, ALongDayIsNotCutIntoLines) {
  ServeOptions options;
  options.framing.by_line = true;
  options.framing.size = 5;
  const auto service = make_service(ServiceKind::daytime, options, [] { return std::time_t{1}; });
  const Client client;
  Stop stop(reactor_);
  connection_.end_input();
  static_cast<void>(reactor_.run(service->serve(Session{reactor_, client, connection_, -1, stop})));
  EXPECT_EQ(connection_.written(), Texts({daytime_text(1)}));
}

Task<> then_stop(Reactor& reactor, Stop& stop) {
  co_await reactor.yield();
  stop.now(EndReason::deadline);
  co_await reactor.sleep(forever);
}

Task<Served> serve_until_stopped(Reactor& reactor, Handler& service, Session session) {
  Group<> stopping(reactor);
  stopping.add(then_stop(reactor, session.stop));
  co_return co_await service.serve(session);
}

TEST_F(ServiceMessages, ChargenSendsALineAMessage) {
  const auto service = make_service(ServiceKind::chargen, {}, [] { return std::time_t{1}; });
  const Client client;
  Stop stop(reactor_);
  const Session session{reactor_, client, connection_, -1, stop};
  const Served served = reactor_.run(serve_until_stopped(reactor_, *service, session));
  EXPECT_EQ(served.closed.reason, EndReason::deadline);
  ASSERT_GT(connection_.written().size(), 3U);
  for (std::size_t i = 0; i < connection_.written().size(); ++i) {
    EXPECT_EQ(connection_.written()[i], chargen_line(i));
  }
}

}  // namespace
}  // namespace net
