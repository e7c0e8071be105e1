// A listener whose stdin has nothing, and one whose stdout nobody reads.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

/// As with -d: the client hears no end until it ends itself, and then all of it has arrived.
void expect_write_side_stays_open(const std::vector<std::string>& arguments, const Options& options,
                                  bool close_stdin = false) {
  Listener listener = start_listener(arguments, options);
  if (close_stdin) listener.program.close_stdin();
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("first part, ");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 12), "first part, ");
  EXPECT_TRUE(peer.silent_for(50ms));
  peer.send_all("second part");
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "first part, second part");
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "peer_closed");
}

TEST(ListenStdin, DevNull) {
  expect_write_side_stays_open({"127.0.0.1", "0"}, {.in = Stdio::null()});
}

TEST(ListenStdin, Closed) {
  expect_write_side_stays_open({"127.0.0.1", "0"}, {.in = Stdio::closed()});
}

TEST(ListenStdin, AnEmptyPipe) {
  expect_write_side_stays_open({"127.0.0.1", "0"}, {}, true);
}

TEST(ListenStdin, AnEmptyFile) {
  TempDir dir;
  write_file(dir / "empty", "");
  expect_write_side_stays_open({"127.0.0.1", "0"}, {.in = Stdio::file(dir / "empty")});
}

TEST(ListenStdin, NoStdin) {
  expect_write_side_stays_open({"-d", "127.0.0.1", "0"}, {});
}

// -d leaves it alone: whoever reads it next finds every byte.
TEST(ListenStdin, NoStdinDoesNotTouchIt) {
  TempDir dir;
  write_file(dir / "in", "not yours");
  Fd in(open((dir / "in").c_str(), O_RDONLY | O_CLOEXEC));
  Listener listener = start_listener({"-d", "127.0.0.1", "0"}, {.in = Stdio::fd(in.get())});
  connect_tcp("127.0.0.1", listener.port).close();
  EXPECT_EQ(listener.program.wait().status, 0);
  EXPECT_EQ(lseek(in.get(), 0, SEEK_CUR), 0);
}

// One byte makes the difference: its end is told.
TEST(ListenStdin, OneByteAndTheEnd) {
  Listener listener = start_listener({"127.0.0.1", "0"});
  listener.program.write_stdin("x");
  listener.program.close_stdin();
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  EXPECT_EQ(peer.recv_until_eof(), "x");
  peer.send_all("answer");
  peer.close();
  EXPECT_EQ(listener.program.wait().out, "answer");
}

// The empty pipe that ends while a client is there.
TEST(ListenStdin, EndsBeforeTheFirstByte) {
  Listener listener = start_listener({"127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("one");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 3), "one");
  listener.program.close_stdin();
  EXPECT_TRUE(peer.silent_for(50ms));
  peer.send_all("two");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 3), "two");
}

// recv-only says so at once.
TEST(ListenStdin, RecvOnlyEndsItsSideAtOnce) {
  Listener listener = start_listener({"--recv-only", "127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  EXPECT_EQ(peer.recv_until_eof(), "");
  peer.send_all("still heard");
  peer.close();
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "still heard");
}

/// Nobody reads its stdout any more: status 4, soon, without a word.
void expect_ends_without_reader(Listener& listener) {
  Stopwatch clock;
  listener.program.close_reader(Stream::out);
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_LT(clock.seconds(), 5);
  EXPECT_TRUE(json::events(outcome.err, "error").empty()) << outcome.err;
}

TEST(ListenStdin, StdoutsReaderLeavesWhileNobodyIsThere) {
  TempDir dir;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"127.0.0.1", "0"},
                                                    {"-k", "127.0.0.1", "0"},
                                                    {"-u", "127.0.0.1", "0"},
                                                    {"-U", dir / "socket"}}) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    Listener listener = start_listener(arguments);
    expect_ends_without_reader(listener);
  }
  EXPECT_FALSE(exists(dir / "socket"));
}

TEST(ListenStdin, StdoutsReaderLeavesWhileAClientIsSilent) {
  for (const char* keep : {"-k", "-v"}) {
    Listener listener = start_listener({keep, "127.0.0.1", "0"});
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    peer.send_all("x");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "x");
    wait_idle(listener.program.pid());
    Stopwatch clock;
    listener.program.close_reader(Stream::out);
    Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_LT(clock.seconds(), 5);
    json::Value closed = json::only_event(outcome.err, "closed");
    EXPECT_EQ(closed["reason"].string(), "local_error");
    EXPECT_EQ(closed["received_bytes"].integer(), 1);
  }
}

// Writing nothing, it need not be read.
TEST(ListenStdin, SendOnlyNeedsNoReader) {
  Listener listener = start_listener({"--send-only", "127.0.0.1", "0"});
  listener.program.close_reader(Stream::out);
  listener.program.write_stdin("words");
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  EXPECT_EQ(peer.recv_exact(5), "words");
  peer.send_all("dropped");
  listener.program.close_stdin();
  EXPECT_EQ(peer.recv_until_eof(), "");
  peer.close();
  EXPECT_EQ(listener.program.wait().status, 0);
}

}  // namespace
}  // namespace test
