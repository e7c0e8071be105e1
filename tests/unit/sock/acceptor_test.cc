#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "net/loop/group.hh"
#include "net/sock/listener.hh"
#include "tests/support/net.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

Listener open_listener() {
  ListenOptions options;
  options.address = *Endpoint::parse_ip("127.0.0.1", 0);
  auto listener = Listener::open(options);
  EXPECT_TRUE(listener);
  return std::move(*listener);
}

/// No new descriptor is to be had while it lives; those that are open stay. UBSan opens a pipe when it meets
/// a class with virtual members for the first time, so those that will be needed are met before.
class NoDescriptors {
 public:
  explicit NoDescriptors(const Reactor& reactor) {
    static_cast<void>(reactor.now());
    static_cast<void>(would_block(errno_code(EMFILE)));
    static_cast<void>(Error("rehearsal", {}, errno_code(EMFILE)).symbol());
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Acceptor, GivesClientsInOrder) {
  Reactor reactor;
  const Listener listener = open_listener();
  Acceptor acceptor(reactor, listener.socket(), [](const Error&) { FAIL() << "paused"; });
  const std::uint16_t port = listener.local().port();
  const test::Peer first = test::connect_tcp("127.0.0.1", port);
  const test::Peer second = test::connect_tcp("127.0.0.1", port);
  EXPECT_EQ(reactor.run(acceptor.next()).peer.port(), first.local_port());
  EXPECT_EQ(reactor.run(acceptor.next()).peer.port(), second.local_port());
}

Task<std::optional<Acceptor::Client>> accept_one(Acceptor& acceptor) {
  auto client = co_await acceptor.next();
  co_return client;
}

Task<std::optional<Acceptor::Client>> connect_later(Reactor& reactor, std::uint16_t port,
                                                    std::optional<test::Peer>& peer) {
  co_await reactor.yield();
  peer.emplace(test::connect_tcp("127.0.0.1", port));
  co_return std::nullopt;
}

TEST(Acceptor, WaitsForAClient) {
  Reactor reactor;
  const Listener listener = open_listener();
  Acceptor acceptor(reactor, listener.socket(), [](const Error&) { FAIL() << "paused"; });
  std::optional<test::Peer> peer;
  Group<std::optional<Acceptor::Client>> group(reactor);
  group.add(accept_one(acceptor));
  group.add(connect_later(reactor, listener.local().port(), peer));
  EXPECT_FALSE(reactor.run(group.next()));
  EXPECT_TRUE(reactor.run(group.next()));
}

TEST(Acceptor, PausesWithoutDescriptorsAndRecovers) {
  HandClock clock;
  Reactor reactor(clock);
  const Listener listener = open_listener();
  std::vector<std::string> told;
  std::optional<NoDescriptors> none;
  Acceptor acceptor(reactor, listener.socket(), [&](const Error& error) {
    told.push_back(std::string(error.op) + " " + error.symbol());
    none.reset();
  });
  const test::Peer client = test::connect_tcp("127.0.0.1", listener.local().port());
  const TimePoint start = clock.now();
  none.emplace(reactor);
  const Acceptor::Client accepted = reactor.run(acceptor.next());
  EXPECT_EQ(accepted.peer.port(), client.local_port());
  EXPECT_EQ(told, std::vector<std::string>{"accept EMFILE"});
  EXPECT_GE(clock.now() - start, 10ms);
  EXPECT_LE(clock.now() - start, 1s);
}

Task<std::optional<Acceptor::Client>> give_back_after(Reactor& reactor, Duration span,
                                                      std::optional<NoDescriptors>& none) {
  co_await reactor.sleep(span);
  none.reset();
  co_return std::nullopt;
}

// A shortage of minutes is told once, and the backlog keeps the client meanwhile.
TEST(Acceptor, TellsOnceHoweverLongItLasts) {
  HandClock clock;
  Reactor reactor(clock);
  const Listener listener = open_listener();
  int told = 0;
  Acceptor acceptor(reactor, listener.socket(), [&](const Error&) { ++told; });
  const test::Peer client = test::connect_tcp("127.0.0.1", listener.local().port());
  const TimePoint start = clock.now();
  std::optional<NoDescriptors> none(std::in_place, reactor);
  Group<std::optional<Acceptor::Client>> group(reactor);
  group.add(accept_one(acceptor));
  group.add(give_back_after(reactor, 2min, none));
  EXPECT_FALSE(reactor.run(group.next()));
  const auto accepted = reactor.run(group.next());
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->peer.port(), client.local_port());
  EXPECT_EQ(told, 1);
  // It looks again every second at least.
  EXPECT_LE(clock.now() - start, 2min + 1s);
}

}  // namespace
}  // namespace net
