#include "net/stream/splice.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/loop/group.hh"
#include "net/stream/fd_stream.hh"
#include "net/stream/memory_stream.hh"
#include "net/stream/pump.hh"
#include "tests/support/files.hh"
#include "tests/support/wait.hh"

namespace net {
namespace {

enum class Kind { pipe, socket, tcp, file, append, null };

std::string name_of(Kind kind) {
  constexpr std::array<const char*, 6> names{"pipe", "socket", "tcp", "file", "append", "null"};
  return names.at(static_cast<std::size_t>(kind));
}

/// Two connected descriptors; what is written to `in` is read from `out`.
struct Channel {
  Fd out;
  Fd in;
};

Channel open_tcp() {
  const auto listener = Socket::open(AF_INET, SOCK_STREAM);
  EXPECT_TRUE(listener && listener->bind(*Endpoint::parse_ip("127.0.0.1", 0)) && listener->listen(1));
  auto client = Socket::open(AF_INET, SOCK_STREAM);
  EXPECT_TRUE(client->connect(listener->local()));
  const test::Deadline deadline(test::patience);
  EXPECT_TRUE(test::poll_one(listener->fd(), POLLIN, deadline));
  Endpoint peer;
  auto accepted = listener->accept(peer);
  EXPECT_TRUE(accepted);
  return {std::move(*accepted).release(), std::move(*client).release()};
}

Channel open_channel(Kind kind) {
  if (kind == Kind::tcp) return open_tcp();
  std::array<int, 2> fds{};
  if (kind == Kind::pipe) {
    EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
  } else {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  }
  return {Fd(fds[0]), Fd(fds[1])};
}

/// The stream that the program would make of that descriptor: its own sockets, pipes and files of others.
std::unique_ptr<FdStream> stream_of(Reactor& reactor, Kind kind, Fd& fd) {
  if (kind == Kind::socket || kind == Kind::tcp) {
    auto socket = Socket::adopt(std::move(fd), kind == Kind::tcp ? AF_INET : AF_UNIX, SOCK_STREAM);
    EXPECT_TRUE(socket);
    return std::make_unique<FdStream>(reactor, std::move(*socket));
  }
  auto stream = FdStream::standard(reactor, fd.get());
  EXPECT_TRUE(stream);
  return std::move(*stream);
}

/// One end of a transfer: the stream under test, and on its other side what feeds or collects.
struct Side {
  Kind kind = Kind::pipe;
  Fd own;
  Fd other;
  std::unique_ptr<FdStream> stream;
};

Task<> feed(Reactor& reactor, Side& side, const std::string& bytes) {
  MemoryStream source(reactor);
  source.feed(bytes);
  source.end_input();
  auto sink = stream_of(reactor, side.kind, side.other);
  StreamPump pump(reactor, source, *sink);
  co_await pump.run();
  EXPECT_EQ(pump.flow.written, bytes.size());
  static_cast<void>(sink->finish());
  sink.reset();
  side.other.close();
}

Task<> collect(Reactor& reactor, Side& side, std::string& into) {
  auto source = stream_of(reactor, side.kind, side.other);
  MemoryStream sink(reactor);
  StreamPump pump(reactor, *source, sink);
  co_await pump.run();
  EXPECT_FALSE(pump.flow.failed());
  into = sink.written();
}

Task<> run_main(StreamPump& pump, Side& to) {
  co_await pump.run();
  // The collector sees the end when the last writer is gone.
  static_cast<void>(to.stream->finish());
  to.stream.reset();
  to.own.close();
}

Task<bool> all(Group<>& group) {
  while (!group.empty()) co_await group.next();
  co_return true;
}

/// Lets all of them end; a stalled one is a failure, and no endless wait.
void finish(Reactor& reactor, Group<>& group) {
  EXPECT_TRUE(reactor.run(with_deadline(reactor, reactor.now() + test::patience, all(group)))) << "stalled";
}

Task<> turns(Reactor& reactor, int count) {
  for (int i = 0; i < count; ++i) co_await reactor.yield();
}

class SpliceTest : public testing::Test {
 protected:
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override { std::signal(SIGPIPE, before_); }

  Side source(Kind kind, const std::string& bytes) {
    Side side;
    side.kind = kind;
    if (kind == Kind::file) {
      test::write_file(directory_ / "from", bytes);
      side.own = Fd(::open((directory_ / "from").c_str(), O_RDONLY | O_CLOEXEC));
    } else {
      Channel channel = open_channel(kind);
      side.own = std::move(channel.out);
      side.other = std::move(channel.in);
    }
    side.stream = stream_of(reactor_, kind, side.own);
    return side;
  }
  Side sink(Kind kind) {
    Side side;
    side.kind = kind;
    const std::string path = kind == Kind::null ? "/dev/null" : directory_ / "to";
    if (kind == Kind::file || kind == Kind::append || kind == Kind::null) {
      const int mode = kind == Kind::append ? O_APPEND : 0;
      side.own = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0600));
    } else {
      Channel channel = open_channel(kind);
      side.own = std::move(channel.in);
      side.other = std::move(channel.out);
    }
    side.stream = stream_of(reactor_, kind, side.own);
    return side;
  }
  /// Moves all of `bytes`; a collector that begins late meets a stalled pump.
  void transfer(Kind from_kind, Kind to_kind, const std::string& bytes, bool late) {
    test::write_file(directory_ / "to", to_kind == Kind::append ? "head" : "");
    Side from = source(from_kind, bytes);
    Side to = sink(to_kind);
    StreamPump pump(reactor_, *from.stream, *to.stream);
    std::string collected;
    Group<> group(reactor_);
    if (from.other.valid()) group.add(feed(reactor_, from, bytes));
    group.add(run_main(pump, to));
    if (late) reactor_.run(turns(reactor_, 500));
    const bool through_channel = to.other.valid();
    if (through_channel) group.add(collect(reactor_, to, collected));
    finish(reactor_, group);
    EXPECT_FALSE(pump.flow.failed()) << pump.flow.read_error.message() << pump.flow.write_error.message();
    EXPECT_EQ(pump.flow.read, bytes.size());
    EXPECT_EQ(pump.flow.written, bytes.size());
    EXPECT_EQ(pump.flow.pending, 0U);
    EXPECT_TRUE(pump.flow.input_ended);
    if (to_kind == Kind::null) return;
    if (!through_channel) collected = test::read_file(directory_ / "to");
    const std::string expect = (to_kind == Kind::append ? "head" : "") + bytes;
    EXPECT_EQ(test::first_difference(collected, expect), std::nullopt);
  }

  test::TempDir directory_;
  Reactor reactor_;

 private:
  void (*before_)(int) = SIG_DFL;
};

TEST_F(SpliceTest, EveryPairLosesNothing) {
  const std::string bytes = test::random_bytes((2U << 20U) + 7, 1);
  for (const Kind from : {Kind::pipe, Kind::socket, Kind::tcp, Kind::file}) {
    for (const Kind to : {Kind::pipe, Kind::socket, Kind::tcp, Kind::file, Kind::append, Kind::null}) {
      SCOPED_TRACE(name_of(from) + " to " + name_of(to));
      transfer(from, to, bytes, false);
      transfer(from, to, bytes, true);
    }
  }
}

TEST_F(SpliceTest, SmallOnesToo) {
  for (const Kind from : {Kind::pipe, Kind::tcp, Kind::file}) {
    for (const Kind to : {Kind::pipe, Kind::tcp, Kind::append}) {
      for (const std::size_t size : {0U, 1U, 16384U, 16385U, 300'000U}) {
        SCOPED_TRACE(name_of(from) + " to " + name_of(to) + " " + std::to_string(size));
        transfer(from, to, test::random_bytes(size, 2), false);
      }
    }
  }
}

// No pipe to be had: copying does as well.
TEST_F(SpliceTest, OutOfDescriptors) {
  const std::string bytes = test::random_bytes(1U << 20U, 3);
  Side from = source(Kind::tcp, "");
  Side to = sink(Kind::tcp);
  StreamPump pump(reactor_, *from.stream, *to.stream);
  std::string collected;
  Group<> group(reactor_);
  group.add(feed(reactor_, from, bytes));
  group.add(collect(reactor_, to, collected));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  EXPECT_FALSE(Splice::between(from.stream->splice_end(), to.stream->splice_end()));
  group.add(run_main(pump, to));
  finish(reactor_, group);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(test::first_difference(collected, bytes), std::nullopt);
}

// The reader leaves in mid-transfer: every byte that was read is written or known to be lost.
TEST_F(SpliceTest, WriteErrorAccountsForAll) {
  for (const Kind to_kind : {Kind::pipe, Kind::socket, Kind::tcp}) {
    SCOPED_TRACE(name_of(to_kind));
    const std::string bytes = test::random_bytes(8U << 20U, 4);
    Side from = source(Kind::socket, "");
    Side to = sink(to_kind);
    StreamPump pump(reactor_, *from.stream, *to.stream);
    Group<> running(reactor_);
    Group<> feeding(reactor_);
    feeding.add(feed(reactor_, from, bytes));
    running.add(pump.run());
    reactor_.run(turns(reactor_, 500));
    EXPECT_EQ(running.size(), 1U);
    to.other.close();
    reactor_.run(running.next());
    EXPECT_TRUE(pump.flow.write_error == errno_code(EPIPE) || pump.flow.write_error == errno_code(ECONNRESET))
        << pump.flow.write_error.message();
    EXPECT_FALSE(pump.flow.read_error);
    EXPECT_GT(pump.flow.written, 0U);
    EXPECT_EQ(pump.flow.written + pump.flow.pending, pump.flow.read);
  }
}

TEST(Splice, WhichEndsItTakes) {
  const Channel pipe = open_channel(Kind::pipe);
  const Channel sockets = open_channel(Kind::socket);
  const SpliceEnd from_pipe{pipe.out.get(), SpliceKind::pipe};
  const SpliceEnd socket{sockets.in.get(), SpliceKind::socket};
  const SpliceEnd sink{1, SpliceKind::sink};
  const SpliceEnd file{0, SpliceKind::file};
  EXPECT_TRUE(Splice::between(from_pipe, socket));
  EXPECT_TRUE(Splice::between(socket, from_pipe));
  EXPECT_TRUE(Splice::between(from_pipe, sink));
  EXPECT_TRUE(Splice::between(socket, socket));
  EXPECT_TRUE(Splice::between(file, socket));
  EXPECT_TRUE(Splice::between(socket, sink));
  EXPECT_FALSE(Splice::between(sink, socket));
  EXPECT_FALSE(Splice::between({}, socket));
  EXPECT_FALSE(Splice::between(socket, {}));
}

TEST(Splice, StepByStep) {
  Channel from = open_channel(Kind::pipe);
  const Channel to = open_channel(Kind::socket);
  ASSERT_GE(fcntl(to.in.get(), F_SETFL, O_NONBLOCK), 0);
  auto splice = Splice::between({from.out.get(), SpliceKind::pipe}, {to.in.get(), SpliceKind::socket});
  ASSERT_TRUE(splice);
  EXPECT_EQ(splice->step().outcome, Splice::Outcome::input_empty);
  ASSERT_EQ(::write(from.in.get(), "hello", 5), 5);
  const Splice::Step moved = splice->step();
  EXPECT_EQ(moved.outcome, Splice::Outcome::moved);
  EXPECT_EQ(moved.bytes, 5U);
  const std::string block(65536, 'x');
  Splice::Step step = moved;
  for (int i = 0; i < 1000 && step.outcome != Splice::Outcome::output_full; ++i) {
    if (step.outcome == Splice::Outcome::moved) {
      ASSERT_GT(::write(from.in.get(), block.data(), 4096), 0);
    }
    step = splice->step();
  }
  EXPECT_EQ(step.outcome, Splice::Outcome::output_full);
  std::string taken(1U << 20U, ' ');
  ASSERT_GT(::recv(to.out.get(), taken.data(), taken.size(), MSG_DONTWAIT), 0);
  from.in.close();
  while (step.outcome != Splice::Outcome::end) {
    step = splice->step();
    ASSERT_NE(step.outcome, Splice::Outcome::input_empty);
    static_cast<void>(::recv(to.out.get(), taken.data(), taken.size(), MSG_DONTWAIT));
  }
  EXPECT_EQ(splice->held(), 0U);
}

// splice(2) refuses a file opened for appending: what is in the pipe by then is taken out again.
TEST(Splice, HeldBytesCanBeTakenBack) {
  const test::TempDir directory;
  const Channel from = open_channel(Kind::socket);
  const Fd file(::open((directory / "to").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  auto splice = Splice::between({from.out.get(), SpliceKind::socket}, {file.get(), SpliceKind::file});
  ASSERT_TRUE(splice);
  ASSERT_EQ(::write(from.in.get(), "0123456789", 10), 10);
  EXPECT_EQ(splice->step().outcome, Splice::Outcome::unsupported);
  EXPECT_EQ(splice->held(), 10U);
  std::array<std::byte, 4> part{};
  std::string taken;
  while (splice->held() > 0) {
    const Io got = splice->take_held(part);
    ASSERT_TRUE(got);
    taken.append(reinterpret_cast<const char*>(part.data()), *got);
  }
  EXPECT_EQ(taken, "0123456789");
}

}  // namespace
}  // namespace net
