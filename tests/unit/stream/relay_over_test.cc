// A relay whose input may be over before its stream ends, as that of a program that has exited.

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <span>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "net/stream/relay.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

Task<> sleep_for(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
}

/// Says something, and takes nothing any more.
class Deaf final : public Stream {
 public:
  explicit Deaf(Reactor& reactor) : words_(reactor) {}
  MemoryStream& words() { return words_; }
  [[nodiscard]] Io read(std::span<std::byte> into) override { return words_.read(into); }
  [[nodiscard]] Io write(std::span<const std::byte> /*from*/) override {
    return std::unexpected(errno_code(EPIPE));
  }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return words_.in(); }
  [[nodiscard]] Event& out() override { return words_.out(); }
  [[nodiscard]] Event& gone() override { return words_.gone(); }

 private:
  MemoryStream words_;
};

class RelayOver : public testing::Test {
 protected:
  [[nodiscard]] RelayOptions options() {
    RelayOptions options;
    options.drain = forever;
    options.over = &over_;
    options.peer_lost = [this] { ++lost_; };
    return options;
  }
  void start() {
    relay_.emplace(reactor_, &up_, down_, peer_, options());
    running_.add(relay_->run());
    pass();
  }
  void pass() {
    for (int i = 0; i < 20; ++i) reactor_.run(sleep_for(reactor_, 1ms));
  }
  RelayEnd end() { return reactor_.run(running_.next()); }

  HandClock clock_;
  Reactor reactor_{clock_};
  Event over_{reactor_};
  MemoryStream input_{reactor_};
  MemoryStream output_{reactor_};
  MemoryStream peer_{reactor_};
  StreamPump up_{reactor_, input_, peer_};
  StreamPump down_{reactor_, peer_, output_};
  std::optional<Relay> relay_;
  Group<RelayEnd> running_{reactor_};
  int lost_ = 0;
};

TEST_F(RelayOver, EndsWhateverIsOpen) {
  start();
  input_.feed("all");
  pass();
  EXPECT_FALSE(running_.ready());
  over_.set();
  EXPECT_EQ(end().reason, EndReason::quit);
  EXPECT_EQ(peer_.written(), "all");
  EXPECT_TRUE(peer_.finished());
  EXPECT_TRUE(relay_->told_end());
}

TEST_F(RelayOver, BeforeItNothingEndsByItself) {
  start();
  input_.end_input();
  pass();
  EXPECT_TRUE(peer_.finished());
  EXPECT_FALSE(running_.ready());
  over_.set();
  EXPECT_EQ(end().reason, EndReason::quit);
}

// Somebody who takes no more is told at once, and is the reason of the end.
TEST_F(RelayOver, APeerThatIsLost) {
  Deaf peer(reactor_);
  StreamPump up(reactor_, input_, peer);
  StreamPump down(reactor_, peer, output_);
  relay_.emplace(reactor_, &up, down, peer, options());
  running_.add(relay_->run());
  input_.feed("for nobody");
  pass();
  EXPECT_EQ(lost_, 1);
  EXPECT_FALSE(running_.ready()) << "what it had sent is still to be read";
  peer.words().feed("last words");
  peer.words().end_input();
  const RelayEnd how = end();
  EXPECT_EQ(how.reason, EndReason::reset);
  EXPECT_EQ(how.error, errno_code(ECONNRESET));
  EXPECT_EQ(output_.written(), "last words");
}

// Once it is over there is no more to wait for.
TEST_F(RelayOver, APeerThatIsLostWhenItIsOver) {
  Deaf peer(reactor_);
  StreamPump up(reactor_, input_, peer);
  StreamPump down(reactor_, peer, output_);
  relay_.emplace(reactor_, &up, down, peer, options());
  running_.add(relay_->run());
  input_.feed("for nobody");
  pass();
  over_.set();
  EXPECT_EQ(end().reason, EndReason::reset);
}

}  // namespace
}  // namespace net
