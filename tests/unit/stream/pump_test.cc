#include "net/stream/pump.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "net/loop/group.hh"
#include "net/stream/memory_stream.hh"
#include "tests/support/files.hh"

namespace net {
namespace {

Task<> turns(Reactor& reactor, int count) {
  for (int i = 0; i < count; ++i) co_await reactor.yield();
}

Task<> run_and_mark(Pump& pump, bool& done) {
  co_await pump.run();
  done = true;
}

/// A pump between two memory streams, moved by hand.
class StreamPumpTest : public testing::Test {
 protected:
  void start() {
    running_.add(run_and_mark(pump_, done_));
    settle();
  }
  /// All that can happen now happens.
  void settle() { reactor_.run(turns(reactor_, 100)); }

  Reactor reactor_;
  MemoryStream from_{reactor_};
  MemoryStream to_{reactor_, 0};
  StreamPump pump_{reactor_, from_, to_};
  Group<> running_{reactor_};
  bool done_ = false;
};

TEST_F(StreamPumpTest, CopiesToTheEnd) {
  to_.make_room(1000);
  from_.feed("hello, ");
  from_.feed("world");
  from_.end_input();
  start();
  EXPECT_TRUE(done_);
  EXPECT_EQ(to_.written(), "hello, world");
  EXPECT_EQ(pump_.flow.read, 12U);
  EXPECT_EQ(pump_.flow.written, 12U);
  EXPECT_EQ(pump_.flow.pending, 0U);
  EXPECT_TRUE(pump_.flow.input_ended);
  EXPECT_TRUE(pump_.flow.settled.is_set());
  EXPECT_FALSE(pump_.flow.failed());
  // The end of the source is not the end of the sink: that is the caller's to say.
  EXPECT_FALSE(to_.finished());
}

TEST_F(StreamPumpTest, AnEmptySourceEndsToo) {
  from_.end_input();
  start();
  EXPECT_TRUE(done_);
  EXPECT_TRUE(pump_.flow.input_ended);
  EXPECT_EQ(pump_.flow.read, 0U);
}

TEST_F(StreamPumpTest, WaitsForInputAndIsSettledMeanwhile) {
  to_.make_room(1000);
  from_.feed("one");
  start();
  EXPECT_FALSE(done_);
  EXPECT_EQ(to_.written(), "one");
  EXPECT_TRUE(pump_.flow.settled.is_set());
  EXPECT_FALSE(pump_.flow.input_ended);
  from_.feed("two");
  settle();
  EXPECT_EQ(to_.written(), "onetwo");
  from_.end_input();
  settle();
  EXPECT_TRUE(done_);
}

TEST_F(StreamPumpTest, AFullSinkIsNotSettled) {
  to_.make_room(4);
  from_.feed("0123456789");
  from_.end_input();
  start();
  EXPECT_FALSE(done_);
  EXPECT_EQ(to_.written(), "0123");
  EXPECT_EQ(pump_.flow.read, 10U);
  EXPECT_EQ(pump_.flow.written, 4U);
  // What a report of a run that is cut off here calls unsent.
  EXPECT_EQ(pump_.flow.pending, 6U);
  EXPECT_FALSE(pump_.flow.settled.is_set());
}

TEST_F(StreamPumpTest, OneByteOfRoomAtATime) {
  const std::string text = "0123456789";
  from_.feed(text);
  from_.end_input();
  start();
  for (std::size_t i = 1; i <= text.size(); ++i) {
    EXPECT_FALSE(done_);
    to_.make_room(1);
    settle();
    EXPECT_EQ(to_.written(), text.substr(0, i));
  }
  EXPECT_TRUE(done_);
  EXPECT_EQ(pump_.flow.pending, 0U);
}

TEST_F(StreamPumpTest, ReadErrorComesAfterWhatWasRead) {
  to_.make_room(1000);
  from_.feed("last words");
  from_.fail(errno_code(ECONNRESET));
  start();
  EXPECT_TRUE(done_);
  EXPECT_EQ(to_.written(), "last words");
  EXPECT_EQ(pump_.flow.read_error, errno_code(ECONNRESET));
  EXPECT_FALSE(pump_.flow.write_error);
  EXPECT_FALSE(pump_.flow.input_ended);
  EXPECT_TRUE(pump_.flow.failed());
}

TEST_F(StreamPumpTest, WriteErrorKeepsTheFigures) {
  to_.make_room(4);
  from_.feed("0123456789");
  start();
  to_.fail(errno_code(EPIPE));
  settle();
  EXPECT_TRUE(done_);
  EXPECT_EQ(pump_.flow.write_error, errno_code(EPIPE));
  EXPECT_FALSE(pump_.flow.read_error);
  EXPECT_EQ(pump_.flow.written, 4U);
  EXPECT_EQ(pump_.flow.pending, 6U);
  EXPECT_TRUE(pump_.flow.settled.is_set());
}

TEST_F(StreamPumpTest, MegabytesUnchanged) {
  const std::string bytes = test::random_bytes(3U << 20U, 1);
  to_.make_room(bytes.size());
  from_.feed(bytes);
  from_.end_input();
  running_.add(run_and_mark(pump_, done_));
  while (!done_) settle();
  EXPECT_EQ(test::first_difference(to_.written(), bytes), std::nullopt);
  EXPECT_EQ(pump_.flow.read, bytes.size());
  EXPECT_EQ(pump_.flow.written, bytes.size());
}

void double_each(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
  for (const std::byte byte : bytes) out.insert(out.end(), 2, byte);
}

void put_in_brackets(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
  out.push_back(std::byte{'['});
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.push_back(std::byte{']'});
}

void swallow(std::span<const std::byte>, std::vector<std::byte>&) {}

TEST_F(StreamPumpTest, FiltersRunInOrder) {
  to_.make_room(1000);
  pump_.add_filter(double_each);
  pump_.add_filter(put_in_brackets);
  from_.feed("abc");
  start();
  from_.feed("d");
  from_.end_input();
  settle();
  EXPECT_TRUE(done_);
  EXPECT_EQ(to_.written(), "[aabbcc][dd]");
  EXPECT_EQ(pump_.flow.read, 4U);
  EXPECT_EQ(pump_.flow.written, 12U);
  EXPECT_EQ(pump_.flow.pending, 0U);
}

TEST_F(StreamPumpTest, ThreeFiltersAndPartialWrites) {
  pump_.add_filter(double_each);
  pump_.add_filter(double_each);
  pump_.add_filter(put_in_brackets);
  from_.feed("ab");
  from_.end_input();
  start();
  for (int i = 0; i < 10; ++i) {
    to_.make_room(1);
    settle();
  }
  EXPECT_EQ(to_.written(), "[aaaabbbb]");
  EXPECT_TRUE(done_);
}

TEST_F(StreamPumpTest, AFilterMayKeepEverything) {
  pump_.add_filter(swallow);
  from_.feed("nothing of this arrives");
  from_.end_input();
  start();
  EXPECT_TRUE(done_);
  EXPECT_EQ(to_.written(), "");
  EXPECT_EQ(pump_.flow.read, 23U);
  EXPECT_EQ(pump_.flow.written, 0U);
}

/// Always has bytes, and would be read for ever by a pump that never yields.
class EndlessStream final : public Stream {
 public:
  explicit EndlessStream(Reactor& reactor) : ready_(reactor) { ready_.set(); }
  [[nodiscard]] Io read(std::span<std::byte> into) override { return ++reads_ > enough ? 0 : into.size(); }
  [[nodiscard]] Io write(std::span<const std::byte> from) override { return from.size(); }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return ready_; }
  [[nodiscard]] Event& out() override { return ready_; }
  [[nodiscard]] Event& gone() override { return ready_; }
  /// True once it was read so often that nobody else can have had a turn: then it ends after all.
  [[nodiscard]] bool exhausted() const { return reads_ > enough; }

 private:
  static constexpr int enough = 10'000;
  Event ready_;
  int reads_ = 0;
};

TEST(Pump, ABusyPumpLetsOthersRun) {
  Reactor reactor;
  EndlessStream copied(reactor);
  EndlessStream dropped(reactor);
  StreamPump copying(reactor, copied, copied);
  DropPump dropping(reactor, dropped);
  Group<> running(reactor);
  running.add(copying.run());
  running.add(dropping.run());
  reactor.run(turns(reactor, 3));
  EXPECT_FALSE(copied.exhausted());
  EXPECT_FALSE(dropped.exhausted());
}

TEST(DropPump, ReadsAndCounts) {
  Reactor reactor;
  MemoryStream from(reactor);
  DropPump pump(reactor, from);
  std::string seen;
  pump.add_filter([&seen](std::span<const std::byte> bytes, std::vector<std::byte>&) {
    seen.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  Group<> running(reactor);
  running.add(pump.run());
  from.feed("hello");
  reactor.run(turns(reactor, 3));
  EXPECT_EQ(pump.flow.read, 5U);
  EXPECT_EQ(pump.flow.written, 0U);
  EXPECT_TRUE(pump.flow.settled.is_set());
  // The dump that a filter makes is wanted all the same.
  EXPECT_EQ(seen, "hello");
  from.end_input();
  reactor.run(running.next());
  EXPECT_FALSE(pump.flow.failed());
}

TEST(DropPump, ReadError) {
  Reactor reactor;
  MemoryStream from(reactor);
  DropPump pump(reactor, from);
  from.fail(errno_code(ECONNRESET));
  reactor.run(pump.run());
  EXPECT_EQ(pump.flow.read_error, errno_code(ECONNRESET));
}

}  // namespace
}  // namespace net
