// The options that change how a conversation ends. Each test fails where its option does nothing.

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/program.hh"

namespace test {
namespace {

std::string reason(const Outcome& outcome) {
  return json::only_event(outcome.err, "closed")["reason"].string();
}

/// How much lies unread in the program's stdin.
int unread_stdin(const Program& program) {
  int bytes = 0;
  if (ioctl(program.stdin_fd(), FIONREAD, &bytes) < 0) fail_errno("FIONREAD");
  return bytes;
}

class EndsFlags : public testing::TestWithParam<Role> {};

INSTANTIATE_TEST_SUITE_P(Roles, EndsFlags, testing::Values(Role::connect, Role::listen),
                         [](const auto& info) { return info.param == Role::connect ? "connect" : "listen"; });

TEST_P(EndsFlags, NoShutdownKeepsTheWriteSideOpen) {
  Link link = start(GetParam(), {"--no-shutdown"});
  link.program.write_stdin("request");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_exact(7), "request");
  EXPECT_TRUE(link.peer.silent_for(500ms));
  link.peer.send_all("reply");
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "reply");
  EXPECT_EQ(reason(outcome), "eof");
}

TEST_P(EndsFlags, QuitAfterEndsWithoutThePeer) {
  const std::string bytes = random_bytes(1 << 20, 1);
  Link link = start(GetParam(), {"-q", "500ms"});
  std::this_thread::sleep_for(700ms);  // the time runs from the end of stdin only
  EXPECT_TRUE(link.program.still_running());
  auto received = std::async(std::launch::async, [&] { return link.peer.recv_until_eof(); });
  link.program.write_stdin(bytes);
  Stopwatch since_end;
  link.program.close_stdin();
  Outcome outcome = link.program.wait();
  EXPECT_GE(since_end.seconds(), 0.49);
  EXPECT_LT(since_end.seconds(), 1.0);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(reason(outcome), "quit");
  EXPECT_EQ(first_difference(received.get(), bytes), std::nullopt);
}

TEST_P(EndsFlags, QuitAfterNothingStillSendsAll) {
  TempDir dir;
  random_file(dir / "in", 16 << 20, 2);
  Link link = start(GetParam(), {"--quit-after", "0"}, {.in = Stdio::file(dir / "in")});
  std::string received = link.peer.recv_until_eof();
  EXPECT_EQ(first_difference(received, read_file(dir / "in")), std::nullopt);
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(reason(outcome), "quit");
}

TEST_P(EndsFlags, QuitAfterIsNoLimitForAPeerThatEndsBefore) {
  Link link = start(GetParam(), {"-q", "20s"});
  link.program.write_stdin("x");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "x");
  link.peer.send_all("y");
  link.peer.close();
  Outcome outcome = link.program.wait(10s);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "y");
  EXPECT_EQ(reason(outcome), "eof");
}

TEST_P(EndsFlags, NoStdinLeavesStdinAloneAndTheWriteSideOpen) {
  for (bool ended : {false, true}) {
    Link link = start(GetParam(), {"-d"});
    link.program.write_stdin("for the next program");
    if (ended) link.program.close_stdin();
    EXPECT_TRUE(link.peer.silent_for(500ms)) << "a byte, or the end";
    if (!ended) EXPECT_EQ(unread_stdin(link.program), 20);
    link.peer.send_all("data");
    link.peer.close();
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "data");
    EXPECT_EQ(reason(outcome), "peer_closed");
  }
}

TEST_P(EndsFlags, RecvOnlyEndsTheWriteSideAtOnce) {
  Link link = start(GetParam(), {"--recv-only"});
  link.program.write_stdin("for the next program");
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  EXPECT_EQ(unread_stdin(link.program), 20);
  link.peer.send_all("data");
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "data");
}

TEST_P(EndsFlags, SendOnlyDropsWhatArrives) {
  // Were it left unread, the close would be a reset and cut what was sent.
  const std::string theirs = random_bytes(8 << 20, 3);
  TempDir dir;
  random_file(dir / "in", 8 << 20, 4);
  Link link = start(GetParam(), {"--send-only"}, {.in = Stdio::file(dir / "in")});
  auto sent = std::async(std::launch::async, [&] { link.peer.send_all(theirs); });
  std::string received = link.peer.recv_until_eof();
  sent.get();
  EXPECT_EQ(first_difference(received, read_file(dir / "in")), std::nullopt);
  std::this_thread::sleep_for(300ms);
  EXPECT_TRUE(link.program.still_running()) << "it ends when the peer ends";
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.size(), 0U);
  EXPECT_EQ(reason(outcome), "eof");
  EXPECT_EQ(json::only_event(outcome.err, "closed")["received_bytes"].integer(), 8 << 20);
}

TEST_P(EndsFlags, IdleTimeoutAfterThePeerSentSomething) {
  Link link = start(GetParam(), {"-i", "500ms"});
  link.peer.send_all("hello");
  EXPECT_EQ(link.program.read_exact(Stream::out, 5), "hello");
  Stopwatch since_byte;
  Outcome outcome = link.program.wait();
  EXPECT_GE(since_byte.seconds(), 0.48);
  // Generous: a busy machine takes its time to end a program. That it is not the next larger unit is the
  // point.
  EXPECT_LT(since_byte.seconds(), 3.0);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(reason(outcome), "idle_timeout");
}

TEST_P(EndsFlags, IdleTimeoutWithoutAWordFromThePeer) {
  Link link = start(GetParam(), {"--idle-timeout", "500ms"});
  link.program.write_stdin("anybody?");
  EXPECT_EQ(link.peer.recv_exact(8), "anybody?");
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(reason(outcome), "idle_timeout");
  EXPECT_EQ(json::only_event(outcome.err, "error")["error"]["code"].string(), "ETIMEDOUT") << outcome.err;
}

TEST_P(EndsFlags, IdleTimeoutIsHeldOffByEitherDirection) {
  Link link = start(GetParam(), {"-i", "600ms"});
  Stopwatch clock;
  for (int i = 0; i < 6; ++i) {
    link.program.write_stdin("up");
    EXPECT_EQ(link.peer.recv_exact(2), "up");
    std::this_thread::sleep_for(150ms);
  }
  for (int i = 0; i < 6; ++i) {
    link.peer.send_all("down");
    EXPECT_EQ(link.program.read_exact(Stream::out, 4), "down");
    std::this_thread::sleep_for(150ms);
  }
  EXPECT_TRUE(link.program.still_running());
  Outcome outcome = link.program.wait();
  EXPECT_GE(clock.seconds(), 1.65 + 0.6);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(reason(outcome), "idle_timeout");
}

TEST_P(EndsFlags, DeadlineEndsABusyConversation) {
  Link link = start(GetParam(), {"--deadline", "1s"});
  Stopwatch clock;
  while (clock.seconds() < 0.7) {
    link.peer.send_all("tick");
    EXPECT_EQ(link.program.read_exact(Stream::out, 4), "tick");
    std::this_thread::sleep_for(50ms);
  }
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_GE(outcome.seconds, 0.99);
  EXPECT_LT(outcome.seconds, 1.5);
  EXPECT_EQ(reason(outcome), "deadline");
  EXPECT_EQ(json::events(outcome.err, "error").size(), 1U) << outcome.err;
}

TEST_P(EndsFlags, DeadlineThatIsNotReachedChangesNothing) {
  Link link = start(GetParam(), {"--deadline", "30s"});
  link.peer.send_all("x");
  link.peer.close();
  link.program.close_stdin();
  Outcome outcome = link.program.wait(10s);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(EndsDeadline, WhileConnecting) {
  SilentPort silent;
  Outcome outcome = run(nettool("connect", "--deadline", "700ms", "127.0.0.1", silent.port_text()));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_GE(outcome.seconds, 0.69);
  EXPECT_LT(outcome.seconds, 1.2);
  EXPECT_NE(outcome.err.find("deadline"), std::string::npos) << outcome.err;
}

TEST(EndsDeadline, WhileNobodyCalls) {
  Outcome outcome = run(nettool("listen", "--deadline", "700ms", "127.0.0.1", "0"));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_GE(outcome.seconds, 0.69);
  EXPECT_LT(outcome.seconds, 1.2);
  EXPECT_NE(outcome.err.find("deadline"), std::string::npos) << outcome.err;
}

TEST(EndsShutdown, WriteSideRightAfterConnecting) {
  Link link = start(Role::connect, {"--shutdown", "wr"});
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  link.peer.send_all("data");
  EXPECT_EQ(link.program.read_exact(Stream::out, 4), "data");
  EXPECT_TRUE(link.program.still_running());
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(EndsShutdown, ReadSideRightAfterConnecting) {
  // Reading ends at once; what stdin has is sent on, and no end of the peer is waited for.
  Link link = start(Role::connect, {"--shutdown", "rd"});
  link.program.write_stdin("hello");
  EXPECT_EQ(link.peer.recv_exact(5), "hello");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(EndsShutdown, BothSidesRightAfterConnecting) {
  Link link = start(Role::connect, {"--shutdown", "rdwr"});
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

struct NoInput {
  const char* name;
  Stdio in;
};

class EndsSilentStdin : public testing::TestWithParam<NoInput> {};

TEST_P(EndsSilentStdin, AListenerWithNothingToSayOnlyListens) {
  Link link = start(Role::listen, {}, {.in = GetParam().in});
  link.program.close_stdin();  // of a pipe: the end before the first byte
  link.peer.send_all("one");
  EXPECT_EQ(link.program.read_exact(Stream::out, 3), "one");
  EXPECT_TRUE(link.peer.silent_for(500ms)) << "the write side stays open, as with -d";
  link.peer.send_all("two");
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "onetwo");
}

INSTANTIATE_TEST_SUITE_P(All, EndsSilentStdin,
                         testing::Values(NoInput{"null", Stdio::null()}, NoInput{"closed", Stdio::closed()},
                                         NoInput{"ended_pipe", Stdio::pipe()}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace test
