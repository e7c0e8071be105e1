#include "net/serve/broker.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

/// Clients in memory, by a clock that is turned by hand.
class BrokerTest : public testing::Test {
 protected:
  struct Guest {
    Guest(Reactor& reactor, std::uint64_t id, std::size_t room) : peer(reactor, room) { client.id = id; }
    Client client{};
    MemoryStream peer;
    std::optional<Served> served{};
  };

  void open(BrokerKind kind = BrokerKind::bytes, Duration idle = forever) {
    ServeOptions options;
    options.idle = idle;
    broker_ = make_broker(reactor_, kind, options);
  }
  Guest& join(std::size_t room = SIZE_MAX) {
    Guest& guest = guests_.emplace_back(reactor_, guests_.size() + 1, room);
    running_.add(serve(guest));
    pass(0s);
    return guest;
  }
  void pass(Duration span) {
    reactor_.run(sleep_for(span));
    for (int i = 0; i < 50; ++i) reactor_.run(sleep_for(0s));
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  Stop stop_{reactor_};

 private:
  Task<> sleep_for(Duration span) { co_await reactor_.sleep(span); }
  Task<> serve(Guest& guest) {
    const Session session{reactor_, guest.client, guest.peer, -1, stop_};
    guest.served = co_await broker_->serve(session);
  }

  std::list<Guest> guests_{};
  std::unique_ptr<Handler> broker_{};
  Group<> running_{reactor_};
};

TEST_F(BrokerTest, ToAllOthers) {
  open();
  Guest& one = join();
  Guest& two = join();
  Guest& three = join();
  one.peer.feed("from one");
  pass(0s);
  EXPECT_EQ(one.peer.written(), "");
  EXPECT_EQ(two.peer.written(), "from one");
  EXPECT_EQ(three.peer.written(), "from one");
  three.peer.feed("!");
  pass(0s);
  EXPECT_EQ(one.peer.written(), "!");
  EXPECT_EQ(two.peer.written(), "from one!");
}

TEST_F(BrokerTest, WhoHasSpokenLeavesAtItsEnd) {
  open();
  Guest& listens = join();
  Guest& speaks = join(3);
  listens.peer.feed("waits for it");
  pass(0s);
  speaks.peer.feed("words");
  speaks.peer.end_input();
  pass(0s);
  EXPECT_FALSE(speaks.served) << "what waits for it comes first";
  speaks.peer.make_room(100);
  pass(0s);
  ASSERT_TRUE(speaks.served);
  EXPECT_TRUE(speaks.peer.finished());
  EXPECT_EQ(speaks.peer.written(), "waits for it");
  EXPECT_EQ(speaks.served->closed.reason, EndReason::peer_closed);
  EXPECT_EQ(speaks.served->closed.received, 5U);
  EXPECT_EQ(speaks.served->closed.sent, 12U);
  EXPECT_EQ(listens.peer.written(), "words");
}

TEST_F(BrokerTest, WhoOnlyListensStays) {
  open();
  Guest& listens = join();
  listens.peer.end_input();
  Guest& speaks = join();
  pass(24h);
  EXPECT_FALSE(listens.served);
  speaks.peer.feed("news");
  pass(0s);
  EXPECT_EQ(listens.peer.written(), "news");
}

TEST_F(BrokerTest, WhoIsTooFarBehindIsDropped) {
  open();
  Guest& deaf = join(10);
  Guest& hears = join();
  Guest& speaks = join();
  const std::string block(100'000, 'x');
  for (int i = 0; i < 100; ++i) {
    speaks.peer.feed(block);
    pass(broker_patience);
  }
  ASSERT_TRUE(deaf.served);
  EXPECT_EQ(deaf.served->closed.reason, EndReason::local_error);
  ASSERT_TRUE(deaf.served->error);
  EXPECT_EQ(deaf.served->error->code, errno_code(ENOBUFS));
  EXPECT_TRUE(deaf.served->error->message().starts_with("client 1 does not read fast enough"));
  EXPECT_GT(deaf.served->closed.unsent, 0U);
  EXPECT_EQ(hears.peer.written().size(), 100 * block.size());
  EXPECT_FALSE(hears.served);
  EXPECT_FALSE(speaks.served);
}

// Small words fill nobody's window, but the queue of one who never reads has an end too.
TEST_F(BrokerTest, ManySmallWordsFillAQueue) {
  open();
  Guest& deaf = join(0);
  std::vector<Guest*> speakers;
  speakers.reserve(40);
  for (int i = 0; i < 40; ++i) speakers.push_back(&join());
  for (int round = 0; round < 30 && !deaf.served; ++round) {
    for (Guest* const speaker : speakers) speaker->peer.feed(std::string(5'000, 'x'));
    pass(0s);
  }
  ASSERT_TRUE(deaf.served);
  EXPECT_TRUE(deaf.served->error);
  for (const Guest* const speaker : speakers) EXPECT_FALSE(speaker->served);
}

TEST_F(BrokerTest, WhoReadsSlowlyButReadsIsWaitedFor) {
  open();
  Guest& slow = join(0);
  Guest& speaks = join();
  const std::size_t all = std::size_t{3} << 20U;
  speaks.peer.feed(std::string(all, 'x'));
  for (int i = 0; i < 40; ++i) {
    slow.peer.make_room(std::size_t{100} << 10U);
    pass(broker_patience / 5);
  }
  EXPECT_FALSE(slow.served);
  EXPECT_EQ(slow.peer.written().size(), all);
}

TEST_F(BrokerTest, ChatSaysWho) {
  open(BrokerKind::lines);
  Guest& one = join();
  Guest& two = join();
  one.peer.feed("hel");
  pass(0s);
  EXPECT_EQ(two.peer.written(), "");
  one.peer.feed("lo\nlast");
  pass(0s);
  EXPECT_EQ(two.peer.written(), "<client 1> hello\n");
  one.peer.fail(errno_code(ECONNRESET));
  pass(0s);
  EXPECT_EQ(two.peer.written(), "<client 1> hello\n<client 1> last\n");
  ASSERT_TRUE(one.served);
  EXPECT_EQ(one.served->closed.reason, EndReason::reset);
}

TEST_F(BrokerTest, IdleAndStop) {
  open(BrokerKind::bytes, 10s);
  Guest& silent = join();
  pass(5s);
  Guest& other = join();
  pass(6s);
  ASSERT_TRUE(silent.served);
  EXPECT_EQ(silent.served->closed.reason, EndReason::idle_timeout);
  EXPECT_FALSE(other.served);
  stop_.now(EndReason::deadline);
  pass(0s);
  ASSERT_TRUE(other.served);
  EXPECT_EQ(other.served->closed.reason, EndReason::deadline);
  EXPECT_FALSE(other.served->error);
}

}  // namespace
}  // namespace net
