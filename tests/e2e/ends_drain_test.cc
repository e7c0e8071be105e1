// The peer has ended and stdin is still open: the command ends once stdin is silent for the drain time, and
// says so.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"

namespace test {
namespace {

struct Idle {
  const char* name;
  Role role;
  bool terminal;
  bool half_close;
};

class EndsDrained : public testing::TestWithParam<Idle> {};

double seconds_to_drain(const Idle& c) {
  Link link = start_as_given(c.role, {"--json"}, {.in = c.terminal ? Stdio::pty() : Stdio::pipe()});
  link.peer.send_all("bye");
  EXPECT_EQ(link.program.read_exact(Stream::out, 3), "bye");
  Stopwatch since_end;
  if (c.half_close) {
    link.peer.shutdown_write();
  } else {
    link.peer.close();
  }
  Outcome outcome = link.program.wait();
  double seconds = since_end.seconds();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "drained");
  EXPECT_GE(seconds, 0.24);
  return seconds;
}

TEST_P(EndsDrained, WithinHalfASecondOfThePeersEnd) {
  // A busy machine may be late once or twice.
  double fastest = seconds_to_drain(GetParam());
  for (int i = 0; i < 2 && fastest >= 0.5; ++i) fastest = seconds_to_drain(GetParam());
  EXPECT_LT(fastest, 0.5);
}

INSTANTIATE_TEST_SUITE_P(All, EndsDrained,
                         testing::Values(Idle{"connect_pipe_half_closed", Role::connect, false, true},
                                         Idle{"connect_pipe_closed", Role::connect, false, false},
                                         Idle{"connect_pty_half_closed", Role::connect, true, true},
                                         Idle{"connect_pty_closed", Role::connect, true, false},
                                         Idle{"listen_pipe_half_closed", Role::listen, false, true},
                                         Idle{"listen_pipe_closed", Role::listen, false, false},
                                         Idle{"listen_pty_half_closed", Role::listen, true, true},
                                         Idle{"listen_pty_closed", Role::listen, true, false}),
                         [](const auto& info) { return std::string(info.param.name); });

class EndsDrain : public testing::TestWithParam<Role> {};

INSTANTIATE_TEST_SUITE_P(Roles, EndsDrain, testing::Values(Role::connect, Role::listen),
                         [](const auto& info) { return info.param == Role::connect ? "connect" : "listen"; });

TEST_P(EndsDrain, IsNeverSilent) {
  Link link = start_as_given(GetParam(), {});
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("note: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("--drain"), std::string::npos) << outcome.err;
}

TEST_P(EndsDrain, NoNoteWhereQuietOrNothingToDrain) {
  Link quiet = start_as_given(GetParam(), {"--quiet"});
  quiet.peer.close();
  Outcome outcome = quiet.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err.find("note: "), std::string::npos) << outcome.err;

  Link ended = start_as_given(GetParam(), {});
  ended.program.write_stdin("x");
  ended.program.close_stdin();
  EXPECT_EQ(ended.peer.recv_until_eof(), "x");
  ended.peer.close();
  outcome = ended.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err.find("note: "), std::string::npos) << outcome.err;
}

TEST_P(EndsDrain, TimeIsChosen) {
  Link link = start_as_given(GetParam(), {"--json", "--drain", "1s"});
  Stopwatch since_end;
  link.peer.shutdown_write();
  Outcome outcome = link.program.wait();
  double seconds = since_end.seconds();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "drained");
  EXPECT_GE(seconds, 0.99);
  EXPECT_LT(seconds, 1.5);
}

TEST_P(EndsDrain, ForeverWaitsForTheEndOfStdin) {
  Link link = start_as_given(GetParam(), {"--json", "--drain", "forever"});
  link.peer.shutdown_write();
  EXPECT_TRUE(link.peer.silent_for(1s));
  EXPECT_TRUE(link.program.still_running());
  link.program.write_stdin("late");
  EXPECT_EQ(link.peer.recv_exact(4), "late");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "peer_closed");
}

TEST_P(EndsDrain, RunsFromTheLastByteOfStdin) {
  Link link = start_as_given(GetParam(), {"--json", "--drain", "600ms"});
  link.peer.shutdown_write();
  std::this_thread::sleep_for(300ms);
  link.program.write_stdin("more");
  Stopwatch since_byte;
  EXPECT_EQ(link.peer.recv_until_eof(), "more");
  Outcome outcome = link.program.wait();
  double seconds = since_byte.seconds();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "drained");
  EXPECT_GE(seconds, 0.59);
  EXPECT_LT(seconds, 1.1);
}

TEST_P(EndsDrain, RunsFromThePeersEndWhenStdinWasSilentBefore) {
  Link link = start_as_given(GetParam(), {"--json", "--drain", "500ms"});
  link.program.write_stdin("first");
  EXPECT_EQ(link.peer.recv_exact(5), "first");
  std::this_thread::sleep_for(1s);
  Stopwatch since_end;
  link.peer.shutdown_write();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_GE(since_end.seconds(), 0.49);
}

TEST_P(EndsDrain, WaitsWhileStdoutHasNotTakenAllThatThePeerSent) {
  const std::string bytes = random_bytes(512 << 10, 1);
  Link link = start_as_given(GetParam(), {"--json"});
  link.peer.send_all(bytes);  // more than a pipe holds
  link.peer.close();
  std::this_thread::sleep_for(1s);
  EXPECT_TRUE(link.program.still_running());
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(first_difference(outcome.out, bytes), std::nullopt);
}

TEST_P(EndsDrain, EndOfATerminalIsAnEndOfStdin) {
  Link link = start_as_given(GetParam(), {"--json"}, {.in = Stdio::pty()});
  link.program.pty().write("typed\n\x04");
  EXPECT_EQ(link.peer.recv_until_eof(), "typed\n");
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "eof");
}

}  // namespace
}  // namespace test
