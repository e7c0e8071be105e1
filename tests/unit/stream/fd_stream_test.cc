#include "net/stream/fd_stream.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/base/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/pty.hh"
#include "tests/support/wait.hh"

namespace net {
namespace {

/// A pipe (reader first) or a pair of sockets, blocking as a shell hands them out.
struct Ends {
  static Ends pipe() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
    return Ends(fds);
  }
  static Ends sockets(int type = SOCK_STREAM) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()), 0);
    return Ends(fds);
  }
  explicit Ends(const std::array<int, 2>& fds) : first(fds[0]), second(fds[1]) {}
  Fd first;
  Fd second;
};

std::unique_ptr<FdStream> standard(Reactor& reactor, int fd) {
  auto stream = FdStream::standard(reactor, fd);
  EXPECT_TRUE(stream);
  return std::move(*stream);
}

Io write(Stream& stream, std::string_view text) {
  return stream.write(std::as_bytes(std::span(text)));
}

/// What one read gives; "(would block)", or another error's name.
std::string read(Stream& stream) {
  std::array<std::byte, 4096> buffer{};
  const Io got = stream.read(buffer);
  if (got) return {reinterpret_cast<const char*>(buffer.data()), *got};
  return would_block(got.error()) ? "(would block)" : strerrorname_np(got.error().value());
}

bool is_blocking(int fd) {
  return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

/// Writes until it would block; how much that was.
std::size_t fill(Stream& stream) {
  const std::string block(65536, 'x');
  std::size_t total = 0;
  for (;;) {
    const Io put = write(stream, block);
    if (!put) {
      EXPECT_TRUE(would_block(put.error())) << put.error().message();
      return total;
    }
    EXPECT_GT(*put, 0U);
    total += *put;
  }
}

class FdStreamTest : public testing::Test {
 protected:
  // As main() has it: a reader that is gone is an error of write(2).
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override { std::signal(SIGPIPE, before_); }

  Reactor reactor_;

 private:
  void (*before_)(int) = SIG_DFL;
};

TEST_F(FdStreamTest, PipeIn) {
  Ends pipe = Ends::pipe();
  const auto stream = standard(reactor_, pipe.first.get());
  EXPECT_EQ(read(*stream), "(would block)");
  EXPECT_FALSE(stream->in().is_set());
  ASSERT_EQ(::write(pipe.second.get(), "hello", 5), 5);
  EXPECT_EQ(read(*stream), "hello");
  EXPECT_EQ(read(*stream), "(would block)");
  // The shell that started us shares the description: it stays as it was.
  EXPECT_TRUE(is_blocking(pipe.first.get()));
  pipe.second.close();
  EXPECT_EQ(read(*stream), "");
  EXPECT_EQ(stream->splice_end().kind, SpliceKind::pipe);
}

TEST_F(FdStreamTest, PipeOutNeverBlocks) {
  const Ends pipe = Ends::pipe();
  const auto stream = standard(reactor_, pipe.second.get());
  EXPECT_GE(fill(*stream), 65536U);
  EXPECT_FALSE(stream->out().is_set());
  EXPECT_TRUE(is_blocking(pipe.second.get()));
  // A little room, and a write larger than that goes in part.
  std::string taken(4096, ' ');
  ASSERT_EQ(::read(pipe.first.get(), taken.data(), taken.size()), 4096);
  const Io put = write(*stream, std::string(100'000, 'y'));
  ASSERT_TRUE(put) << put.error().message();
  EXPECT_LT(*put, 100'000U);
}

TEST_F(FdStreamTest, PipeWhoseReaderIsGone) {
  Ends pipe = Ends::pipe();
  const auto stream = standard(reactor_, pipe.second.get());
  pipe.first.close();
  const Io put = write(*stream, "x");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error(), errno_code(EPIPE));
}

TEST_F(FdStreamTest, StandardDescriptorsStayOpen) {
  const Ends pipe = Ends::pipe();
  const Ends sockets = Ends::sockets();
  for (const int fd : {pipe.first.get(), sockets.first.get()}) {
    {
      const auto stream = standard(reactor_, fd);
      // And nobody's write side is shut: others may hold it.
      EXPECT_FALSE(stream->finish());
    }
    EXPECT_GE(fcntl(fd, F_GETFD), 0);
  }
  ASSERT_EQ(::write(sockets.first.get(), "x", 1), 1);
}

TEST_F(FdStreamTest, StandardSocketIsNotMadeNonBlocking) {
  const Ends sockets = Ends::sockets();
  const auto stream = standard(reactor_, sockets.first.get());
  EXPECT_EQ(read(*stream), "(would block)");
  EXPECT_GT(fill(*stream), 0U);
  EXPECT_TRUE(is_blocking(sockets.first.get()));
  // splice(2) would block in it.
  EXPECT_EQ(stream->splice_end().kind, SpliceKind::none);
  EXPECT_FALSE(stream->keeps_boundaries());
  EXPECT_TRUE(stream->has_end());
}

TEST_F(FdStreamTest, StandardSocketsOfMessages) {
  const Ends packets = Ends::sockets(SOCK_SEQPACKET);
  const auto seqpacket = standard(reactor_, packets.first.get());
  EXPECT_TRUE(seqpacket->keeps_boundaries());
  EXPECT_TRUE(seqpacket->has_end());
  const Ends datagrams = Ends::sockets(SOCK_DGRAM);
  const auto datagram = standard(reactor_, datagrams.first.get());
  EXPECT_TRUE(datagram->keeps_boundaries());
  EXPECT_FALSE(datagram->has_end());
}

TEST_F(FdStreamTest, OwnSocket) {
  Ends sockets = Ends::sockets();
  const int number = sockets.first.get();
  {
    auto socket = Socket::adopt(std::move(sockets.first), AF_UNIX, SOCK_STREAM);
    ASSERT_TRUE(socket);
    FdStream stream(reactor_, std::move(*socket));
    EXPECT_EQ(stream.fd(), number);
    EXPECT_EQ(stream.splice_end().kind, SpliceKind::socket);
    EXPECT_EQ(read(stream), "(would block)");
    ASSERT_TRUE(write(stream, "hello"));
    EXPECT_FALSE(stream.finish());
    std::array<char, 16> text{};
    EXPECT_EQ(::read(sockets.second.get(), text.data(), text.size()), 5);
    EXPECT_EQ(::read(sockets.second.get(), text.data(), text.size()), 0);
    ASSERT_EQ(::write(sockets.second.get(), "back", 4), 4);
    EXPECT_EQ(read(stream), "back");
    EXPECT_FALSE(stream.take_error());
  }
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

Task<> wait_for(Event& event) {
  co_await event.wait();
}

TEST_F(FdStreamTest, SocketWhosePeerIsGone) {
  Ends sockets = Ends::sockets();
  FdStream stream(reactor_, std::move(*Socket::adopt(std::move(sockets.first), AF_UNIX, SOCK_STREAM)));
  sockets.second.close();
  reactor_.run(wait_for(stream.gone()));
  EXPECT_EQ(read(stream), "");
  EXPECT_EQ(write(stream, "x").error(), errno_code(EPIPE));
}

TEST_F(FdStreamTest, RegularFile) {
  const test::TempDir directory;
  const std::string path = directory / "file";
  test::write_file(path, "skipped content");
  const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  // From where the descriptor stands, as `{ read line; nettool; } < file` has it.
  ASSERT_EQ(::lseek(fd.get(), 8, SEEK_SET), 8);
  const auto stream = standard(reactor_, fd.get());
  EXPECT_EQ(stream->splice_end().kind, SpliceKind::file);
  EXPECT_TRUE(stream->in().is_set());
  EXPECT_EQ(read(*stream), "content");
  EXPECT_EQ(read(*stream), "");
  ASSERT_TRUE(write(*stream, "!"));
  EXPECT_EQ(test::read_file(path), "skipped content!");
}

TEST_F(FdStreamTest, NullDevice) {
  const Fd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto stream = standard(reactor_, fd.get());
  EXPECT_EQ(stream->splice_end().kind, SpliceKind::sink);
  EXPECT_EQ(read(*stream), "");
  EXPECT_EQ(write(*stream, "gone").value_or(0), 4U);
}

TEST_F(FdStreamTest, FullDevice) {
  const Fd fd(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto stream = standard(reactor_, fd.get());
  EXPECT_EQ(write(*stream, "x").error(), errno_code(ENOSPC));
}

TEST_F(FdStreamTest, ClosedDescriptor) {
  const auto stream = FdStream::standard(reactor_, -1);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().symbol(), "EBADF");
  EXPECT_EQ(stream.error().blame, Blame::local);
}

TEST_F(FdStreamTest, WriteOnlyDescriptorSaysSo) {
  const Fd fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const auto stream = standard(reactor_, fd.get());
  EXPECT_EQ(read(*stream), "EBADF");
}

TEST_F(FdStreamTest, TerminalIsReopened) {
  test::Pty pty;
  const auto stream = standard(reactor_, pty.slave());
  EXPECT_NE(stream->fd(), pty.slave());
  EXPECT_TRUE(is_blocking(pty.slave()));
  EXPECT_FALSE(is_blocking(stream->fd()));
  EXPECT_EQ(read(*stream), "(would block)");
  pty.write("typed\n");
  reactor_.run(wait_for(stream->in()));
  EXPECT_EQ(read(*stream), "typed\n");
  ASSERT_TRUE(write(*stream, "shown\n"));
  pty.read_until("shown\r\n");
}

TEST_F(FdStreamTest, TerminalsEndOfInput) {
  test::Pty pty;
  const auto stream = standard(reactor_, pty.slave());
  // ^D on an empty line.
  pty.write("\x04");
  reactor_.run(wait_for(stream->in()));
  EXPECT_EQ(read(*stream), "");
}

TEST_F(FdStreamTest, TerminalThatHangsUpHasEnded) {
  test::Pty pty;
  const auto stream = standard(reactor_, pty.slave());
  pty.hang_up();
  reactor_.run(wait_for(stream->gone()));
  EXPECT_EQ(read(*stream), "");
}

// The other end of a terminal, as a program that drives us by one may hand it on: opened anew it would be
// another terminal (ptmx(4)).
TEST_F(FdStreamTest, PtyMaster) {
  test::Pty pty;
  pty.raw();
  const auto stream = standard(reactor_, pty.master());
  ASSERT_EQ(::write(pty.slave(), "from the slave", 14), 14);
  ASSERT_EQ(read(*stream), "from the slave");
  ASSERT_TRUE(write(*stream, "to it"));
  std::array<char, 16> text{};
  const test::Deadline deadline(test::patience);
  ASSERT_TRUE(test::poll_one(pty.slave(), POLLIN, deadline));
  EXPECT_EQ(::read(pty.slave(), text.data(), text.size()), 5);
  // EIO is how the kernel says that the last slave is gone.
  pty.close_slave();
  EXPECT_EQ(read(*stream), "");
}

TEST_F(FdStreamTest, StalledTerminalNeverBlocks) {
  const test::Pty pty;
  const auto stream = standard(reactor_, pty.slave());
  EXPECT_GT(fill(*stream), 0U);
  EXPECT_FALSE(stream->out().is_set());
}

TEST_F(FdStreamTest, FifoOpenedForBoth) {
  const test::TempDir directory;
  const std::string path = directory / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const auto stream = standard(reactor_, fd.get());
  EXPECT_EQ(read(*stream), "(would block)");
  ASSERT_TRUE(write(*stream, "round"));
  EXPECT_EQ(read(*stream), "round");
}

// A pipe of ours: closing it is how its end is told.
TEST(FdStream, AnEndOfAPipeOfOurs) {
  Reactor reactor;
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK), 0);
  auto reader = FdStream::pipe_end(reactor, Fd(fds[0]));
  auto writer = FdStream::pipe_end(reactor, Fd(fds[1]));
  EXPECT_EQ(reader->splice_end().kind, SpliceKind::pipe);
  EXPECT_EQ(read(*reader), "(would block)");
  EXPECT_FALSE(reader->in().is_set());
  EXPECT_EQ(write(*writer, "bytes"), 5U);
  EXPECT_EQ(read(*reader), "bytes");
  EXPECT_FALSE(writer->finish());
  EXPECT_EQ(read(*reader), "(would block)") << "finish() does not close it";
  writer.reset();
  EXPECT_EQ(read(*reader), "");
}

}  // namespace
}  // namespace net
