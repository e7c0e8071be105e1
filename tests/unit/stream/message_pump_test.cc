#include "net/stream/message_pump.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using namespace std::chrono_literals;
using Messages = std::vector<std::string>;

/// A datagram socket by hand: one read or write is one message, and there is no end.
class MessageStream final : public Stream {
 public:
  explicit MessageStream(Reactor& reactor) : in_(reactor), out_(reactor), gone_(reactor) { out_.set(); }

  void arrive(std::string message) {
    incoming_.push_back(std::move(message));
    in_.set();
  }
  void end() {
    ended_ = true;
    in_.set();
  }
  /// The next writes fail so, in this order.
  void refuse(std::vector<int> errors) { refusals_.assign(errors.begin(), errors.end()); }
  void accept_again() { out_.set(); }

  [[nodiscard]] Io read(std::span<std::byte> into) override {
    if (incoming_.empty()) {
      if (ended_) return std::unexpected(errno_code(ECONNREFUSED));
      in_.reset();
      return std::unexpected(errno_code(EAGAIN));
    }
    const std::string message = incoming_.front();
    incoming_.pop_front();
    std::ranges::copy(std::as_bytes(std::span(message)), into.begin());
    return message.size();
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override {
    if (!refusals_.empty()) {
      const int error = refusals_.front();
      refusals_.pop_front();
      if (error == EAGAIN) out_.reset();
      return std::unexpected(errno_code(error));
    }
    sent.emplace_back(reinterpret_cast<const char*>(from.data()), from.size());
    return from.size();
  }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return gone_; }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  [[nodiscard]] bool has_end() const override { return false; }

  Messages sent;

 private:
  Event in_;
  Event out_;
  Event gone_;
  std::deque<std::string> incoming_;
  std::deque<int> refusals_;
  bool ended_ = false;
};

Task<> sleep_for(Reactor& reactor, Duration span) {
  co_await reactor.sleep(span);
}

class MessageTest : public testing::Test {
 protected:
  void send(Framing framing) {
    sender_.emplace(reactor_, input_, peer_, framing);
    running_.add(sender_->run());
  }
  void pass(Duration span) { reactor_.run(sleep_for(reactor_, span)); }
  void finish() { reactor_.run(running_.next()); }
  [[nodiscard]] const Flow& flow() const { return sender_->flow; }

  HandClock clock_;
  Reactor reactor_{clock_};
  MemoryStream input_{reactor_};
  MessageStream peer_{reactor_};
  std::optional<MessageSender> sender_;
  Group<> running_{reactor_};
};

TEST_F(MessageTest, FillsEachDatagram) {
  input_.feed("abcdefghij");
  input_.end_input();
  send({.size = 4});
  finish();
  EXPECT_EQ(peer_.sent, (Messages{"abcd", "efgh", "ij"}));
  EXPECT_EQ(flow().read, 10U);
  EXPECT_EQ(flow().written, 10U);
  EXPECT_EQ(flow().messages, 3U);
  EXPECT_EQ(flow().pending, 0U);
  EXPECT_TRUE(flow().input_ended);
}

TEST_F(MessageTest, AnExactFitIsNotFollowedByAnEmptyOne) {
  input_.feed("abcd");
  input_.end_input();
  send({.size = 4});
  finish();
  EXPECT_EQ(peer_.sent, Messages{"abcd"});
}

TEST_F(MessageTest, NoInputNoDatagram) {
  input_.end_input();
  send({.size = 4});
  finish();
  EXPECT_TRUE(peer_.sent.empty());
  EXPECT_TRUE(flow().input_ended);
}

TEST_F(MessageTest, TenMillisecondsOfSilenceSendWhatIsThere) {
  send({.size = 4});
  pass(1s);
  input_.feed("ab");
  pass(9ms);
  EXPECT_TRUE(peer_.sent.empty());
  EXPECT_EQ(flow().pending, 2U) << "taken and not yet written";
  pass(2ms);
  EXPECT_EQ(peer_.sent, Messages{"ab"});
  EXPECT_EQ(flow().pending, 0U);
  EXPECT_TRUE(flow().settled.is_set());
}

TEST_F(MessageTest, SilenceIsMeasuredFromTheLastByte) {
  send({.size = 100});
  for (const char* part : {"a", "b", "c"}) {
    input_.feed(part);
    pass(8ms);
    EXPECT_TRUE(peer_.sent.empty());
  }
  pass(3ms);
  EXPECT_EQ(peer_.sent, Messages{"abc"});
  // And it begins anew with the next.
  pass(1min);
  input_.feed("d");
  pass(11ms);
  EXPECT_EQ(peer_.sent, (Messages{"abc", "d"}));
}

TEST_F(MessageTest, AFullDatagramDoesNotWait) {
  send({.size = 4});
  input_.feed("abcde");
  pass(1ms);
  EXPECT_EQ(peer_.sent, Messages{"abcd"});
  pass(20ms);
  EXPECT_EQ(peer_.sent, (Messages{"abcd", "e"}));
}

TEST_F(MessageTest, EndOfInputDoesNotWait) {
  send({.size = 100});
  const TimePoint start = clock_.now();
  input_.feed("ab");
  input_.end_input();
  finish();
  EXPECT_EQ(peer_.sent, Messages{"ab"});
  EXPECT_EQ(clock_.now(), start);
}

TEST_F(MessageTest, WhatWasReadBeforeAnErrorIsSent) {
  send({.size = 100});
  input_.feed("ab");
  input_.fail(errno_code(EIO));
  finish();
  EXPECT_EQ(peer_.sent, Messages{"ab"});
  EXPECT_EQ(flow().read_error, errno_code(EIO));
}

TEST_F(MessageTest, ByLine) {
  struct Case {
    std::string_view input;
    Messages expect;
  };
  const Case cases[] = {
      {"", {}},
      {"a\n", {"a"}},
      {"a\nb\n", {"a", "b"}},
      {"a\n\nb\n", {"a", "", "b"}},
      {"\n\n", {"", ""}},
      {"a\nlast without newline", {"a", "last without newline"}},
      {"a\r\n", {"a\r"}},
  };
  for (const Case& c : cases) {
    MemoryStream input(reactor_);
    MessageStream peer(reactor_);
    MessageSender sender(reactor_, input, peer, {.by_line = true});
    input.feed(c.input);
    input.end_input();
    reactor_.run(sender.run());
    EXPECT_EQ(peer.sent, c.expect) << testing::PrintToString(c.input);
    EXPECT_EQ(sender.flow.pending, 0U);
    EXPECT_EQ(sender.flow.messages, c.expect.size());
  }
}

// No silence makes a line of half a line.
TEST_F(MessageTest, HalfALineWaitsForItsEnd) {
  send({.by_line = true});
  input_.feed("first\nsec");
  pass(1h);
  EXPECT_EQ(peer_.sent, Messages{"first"});
  EXPECT_EQ(flow().pending, 3U);
  input_.feed("ond\n");
  pass(1ms);
  EXPECT_EQ(peer_.sent, (Messages{"first", "second"}));
  EXPECT_EQ(flow().pending, 0U);
}

TEST_F(MessageTest, TheLongestLineThatFits) {
  const std::string line(largest_datagram, 'x');
  input_.feed(line + "\n" + line + "\nend\n");
  input_.end_input();
  send({.by_line = true});
  finish();
  EXPECT_EQ(peer_.sent, (Messages{line, line, "end"}));
  EXPECT_FALSE(flow().write_error);
}

TEST_F(MessageTest, ALineTooLongForADatagram) {
  const std::string line(largest_datagram + 1, 'x');
  input_.feed("short\n" + line + "\n");
  input_.end_input();
  send({.by_line = true});
  finish();
  EXPECT_EQ(peer_.sent, Messages{"short"});
  EXPECT_EQ(flow().write_error, errno_code(EMSGSIZE));
  EXPECT_GT(flow().pending, 0U);
}

TEST_F(MessageTest, TriesAgainWhenTheSocketIsFull) {
  peer_.refuse({EAGAIN});
  input_.feed("ab");
  input_.end_input();
  send({.size = 2});
  pass(1h);
  EXPECT_TRUE(peer_.sent.empty());
  EXPECT_EQ(flow().pending, 2U);
  EXPECT_FALSE(flow().settled.is_set());
  peer_.accept_again();
  finish();
  EXPECT_EQ(peer_.sent, Messages{"ab"});
}

// Nothing signals a device queue that has room again.
TEST_F(MessageTest, TriesAgainWhenTheQueueIsFull) {
  peer_.refuse({ENOBUFS, ENOBUFS});
  input_.feed("ab");
  input_.end_input();
  send({.size = 2});
  pass(1s);
  EXPECT_EQ(peer_.sent, Messages{"ab"});
}

TEST_F(MessageTest, WriteError) {
  peer_.refuse({ECONNREFUSED});
  input_.feed("abcd");
  send({.size = 2});
  finish();
  EXPECT_EQ(flow().write_error, errno_code(ECONNREFUSED));
  EXPECT_EQ(flow().written, 0U);
  EXPECT_EQ(flow().pending, 2U);
}

TEST_F(MessageTest, ASourceOfMessagesKeepsItsOwnBoundaries) {
  MessageStream source(reactor_);
  source.arrive("one");
  source.arrive("");
  source.arrive("three");
  source.end();
  MessageSender sender(reactor_, source, peer_, {.size = 2});
  reactor_.run(sender.run());
  EXPECT_EQ(peer_.sent, (Messages{"one", "", "three"}));
  EXPECT_EQ(sender.flow.messages, 3U);
}

TEST_F(MessageTest, ReceiverWritesEachWhole) {
  MemoryStream output(reactor_, 2);
  MessageReceiver receiver(reactor_, peer_, output);
  Group<> running(reactor_);
  running.add(receiver.run());
  peer_.arrive("one");
  peer_.arrive("");
  peer_.arrive("three");
  pass(1ms);
  EXPECT_EQ(output.written(), "on");
  output.make_room(100);
  pass(1ms);
  EXPECT_EQ(output.written(), "onethree");
  EXPECT_EQ(receiver.flow.messages, 3U);
  EXPECT_EQ(receiver.flow.read, 8U);
  EXPECT_TRUE(receiver.flow.settled.is_set());
  peer_.end();
  reactor_.run(running.next());
  EXPECT_EQ(receiver.flow.read_error, errno_code(ECONNREFUSED));
}

TEST_F(MessageTest, ReceiverStopsWhenItsOutputFails) {
  MemoryStream output(reactor_);
  output.fail(errno_code(EPIPE));
  MessageReceiver receiver(reactor_, peer_, output);
  peer_.arrive("one");
  reactor_.run(receiver.run());
  EXPECT_EQ(receiver.flow.write_error, errno_code(EPIPE));
}

// Each pair of ends has its pump: bytes stay bytes, messages stay messages.
TEST_F(MessageTest, ThePumpFollowsFromTheEnds) {
  input_.feed("abc");
  input_.end_input();
  reactor_.run(make_pump(reactor_, input_, peer_, {.size = 2})->run());
  EXPECT_EQ(peer_.sent, (Messages{"ab", "c"}));
  // Larger than the first buffer of a byte pump, which would cut it.
  const std::string large(60000, 'x');
  peer_.arrive(large);
  peer_.end();
  MemoryStream output(reactor_);
  const auto receiver = make_pump(reactor_, peer_, output, {});
  reactor_.run(receiver->run());
  EXPECT_EQ(output.written(), large);
  EXPECT_EQ(receiver->flow.messages, 1U);
}

}  // namespace
}  // namespace net
