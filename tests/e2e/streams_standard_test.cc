// Descriptors 0, 1 and 2: never made non-blocking, and what is wrong with them is said and is status 4.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

/// What was said after the line with the address.
std::string said(Role role, const Outcome& outcome) {
  return role == Role::listen ? outcome.err.substr(outcome.err.find('\n') + 1) : outcome.err;
}

class StreamsStandard : public testing::TestWithParam<Role> {};

INSTANTIATE_TEST_SUITE_P(Roles, StreamsStandard, testing::Values(Role::connect, Role::listen),
                         [](const auto& info) { return info.param == Role::connect ? "connect" : "listen"; });

// --- flags ---------------------------------------------------------------------------------------------

/// Descriptors as a shell would hand them over, and the test's own ends of them.
struct Streams {
  Fd in, out, err;
  Fd ours_in, ours_out, ours_err;
  Pty pty = {};
};

Streams pipes() {
  Streams streams;
  for (auto [read_end, write_end] : {std::pair(&streams.in, &streams.ours_in),
                                     {&streams.ours_out, &streams.out},
                                     {&streams.ours_err, &streams.err}}) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) fail_errno("pipe");
    *read_end = Fd(ends[0]);
    *write_end = Fd(ends[1]);
  }
  return streams;
}

Streams terminal() {
  Streams streams;
  streams.pty.raw();
  for (Fd* fd : {&streams.in, &streams.out, &streams.err}) {
    *fd = Fd(fcntl(streams.pty.slave(), F_DUPFD_CLOEXEC, 3));
  }
  return streams;
}

Streams sockets() {
  Streams streams;
  for (auto [theirs, ours] : {std::pair(&streams.in, &streams.ours_in),
                              {&streams.out, &streams.ours_out},
                              {&streams.err, &streams.ours_err}}) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
    *theirs = Fd(ends[0]);
    *ours = Fd(ends[1]);
  }
  return streams;
}

struct FlagCase {
  const char* name;
  Streams (*make)();
  bool non_blocking;  ///< made so by whoever started us: to be endured, and left as it is
};

class StreamsFlags : public testing::TestWithParam<FlagCase> {};

TEST_P(StreamsFlags, AreNeverChanged) {
  Streams streams = GetParam().make();
  const int fds[] = {streams.in.get(), streams.out.get(), streams.err.get()};
  int before[3];
  for (int i = 0; i < 3; ++i) {
    const int flags = fcntl(fds[i], F_GETFL);
    fcntl(fds[i], F_SETFL, GetParam().non_blocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
    before[i] = fcntl(fds[i], F_GETFL);
  }
  auto expect_unchanged = [&](const char* when) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(fcntl(fds[i], F_GETFL), before[i]) << when << ", descriptor " << i;
  };
  TcpServer server;
  Program program(nettool("connect", "127.0.0.1", server.port_text()),
                  {.in = Stdio::fd(fds[0]), .out = Stdio::fd(fds[1]), .err = Stdio::fd(fds[2])});
  Peer peer = server.accept();
  const int typed = streams.ours_in.valid() ? streams.ours_in.get() : streams.pty.master();
  ASSERT_EQ(write(typed, "up", 2), 2);
  EXPECT_EQ(peer.recv_exact(2), "up");
  wait_idle(program.pid());
  expect_unchanged("waiting");
  EXPECT_TRUE(program.still_running());
  peer.send_all(std::string(512 << 10, 'x'));  // more than stdout takes
  wait_idle(program.pid());
  expect_unchanged("stalled");
  EXPECT_TRUE(program.still_running());
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 128 + SIGTERM);
  expect_unchanged("at the end");
}

INSTANTIATE_TEST_SUITE_P(All, StreamsFlags,
                         testing::Values(FlagCase{"pipes", pipes, false},
                                         FlagCase{"terminal", terminal, false},
                                         FlagCase{"sockets", sockets, false},
                                         FlagCase{"non_blocking_pipes", pipes, true},
                                         FlagCase{"non_blocking_terminal", terminal, true},
                                         FlagCase{"non_blocking_sockets", sockets, true}),
                         [](const auto& info) { return std::string(info.param.name); });

// --- a stdout that cannot be written --------------------------------------------------------------------

TEST_P(StreamsStandard, ClosedStdoutIsStatus4WithoutAWord) {
  // As in `nettool ... | head -c 10`.
  for (size_t more : {size_t{1}, size_t{1} << 20}) {
    Link link = start_as_given(GetParam(), {});
    link.peer.send_all("0123456789");
    EXPECT_EQ(link.program.read_exact(Stream::out, 10), "0123456789");
    link.program.close_reader(Stream::out);
    (void)message_of([&] { link.peer.send_all(std::string(more, 'x')); });  // may meet the end already
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 4);
    EXPECT_EQ(said(GetParam(), outcome), "");
  }
}

TEST(StreamsStandardConnect, HeadEndsThePipeline) {
  TempDir dir;
  random_file(dir / "in", 16 << 20, 1);
  Listener listener = start_listener({"127.0.0.1", "0"}, {.in = Stdio::file(dir / "in")});
  Outcome outcome = run({"sh", "-c", "{ \"$0\" connect 127.0.0.1 $1; echo \"status $?\" >&2; } | head -c 10",
                         NETTOOL_BINARY, listener.port_text()});
  EXPECT_EQ(outcome.out, read_file(dir / "in").substr(0, 10));
  EXPECT_EQ(outcome.err, "status 4\n");
}

TEST_P(StreamsStandard, ClosedStdoutHasAReasonInTheReport) {
  Link link = start_as_given(GetParam(), {"--json"});
  link.program.close_reader(Stream::out);
  (void)message_of([&] { link.peer.send_all("x"); });
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "local_error");
  EXPECT_EQ(json::events(outcome.err, "error").size(), 0U) << outcome.err;
}

TEST(StreamsStandardListen, ReaderOfStdoutGoneEndsItAtOnce) {
  for (bool with_client : {false, true}) {
    Listener listener = start_listener({"-k", "127.0.0.1", "0"});
    Peer peer;
    if (with_client) {
      peer = connect_tcp("127.0.0.1", listener.port);
      listener.program.read_until(Stream::err, "\"accepted\"");
    }
    Stopwatch clock;
    listener.program.close_reader(Stream::out);
    EXPECT_EQ(listener.program.wait().status, 4);
    EXPECT_LT(clock.seconds(), 1.0);
  }
}

TEST_P(StreamsStandard, FullDeviceIsStatus4AndSaid) {
  Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (size_t bytes : {size_t{1}, size_t{1} << 20}) {
    Link link = start_as_given(GetParam(), {}, {.out = Stdio::fd(full.get())});
    (void)message_of([&] { link.peer.send_all(std::string(bytes, 'x')); });
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 4);
    EXPECT_EQ(said(GetParam(), outcome), "nettool: write stdout: no space left on device (ENOSPC)\n");
  }
}

/// For Options::before_exec: descriptor 1 becomes a file on a file system of 1 MiB that nobody else sees.
void stdout_on_a_small_disk() {
  if (unshare(CLONE_NEWNS) < 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0 ||
      mount("tmpfs", "/mnt", "tmpfs", 0, "size=1m") < 0) {
    fail_errno("mount a small file system");
  }
  Fd file(open("/mnt/out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid() || dup2(file.get(), 1) < 0) fail_errno("open a file there");
}

TEST_P(StreamsStandard, FullDiskInTheMiddleIsStatus4AndSaid) {
  REQUIRE_NAMESPACES();
  Link link = start_as_given(GetParam(), {}, {.out = Stdio::null(), .before_exec = stdout_on_a_small_disk});
  (void)message_of([&] { link.peer.send_all(std::string(16 << 20, 'x')); });
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(said(GetParam(), outcome), "nettool: write stdout: no space left on device (ENOSPC)\n");
}

TEST_P(StreamsStandard, TerminalThatHungUpIsStatus4AndSaid) {
  Pty pty;
  Link link = start_as_given(GetParam(), {}, {.out = Stdio::fd(pty.slave())});
  pty.close_slave();
  wait_idle(link.program.pid());
  pty.hang_up();
  (void)message_of([&] { link.peer.send_all("data"); });  // a listener has ended before
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  if (GetParam() == Role::connect) {
    EXPECT_NE(outcome.err.find("write stdout: "), std::string::npos) << outcome.err;
  }
}

TEST_P(StreamsStandard, StdoutThatIsNotForWritingIsStatus4AndSaid) {
  Fd read_only(open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (const Stdio& out : {Stdio::closed(), Stdio::fd(read_only.get())}) {
    Link link = start_as_given(GetParam(), {}, {.out = out});
    link.peer.send_all("data");
    // Had the socket become descriptor 1, it would all come back.
    EXPECT_EQ(message_of([&] { EXPECT_EQ(link.peer.recv_until_eof(), ""); }).find("data"), std::string::npos);
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 4);
    EXPECT_NE(outcome.err.find("write stdout: "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("EBADF"), std::string::npos) << outcome.err;
  }
}

// --- a stdin that cannot be read ------------------------------------------------------------------------

TEST_P(StreamsStandard, StdinThatCannotBeReadIsStatus4AndSaid) {
  Fd directory(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Fd write_only(open("/dev/null", O_WRONLY | O_CLOEXEC));
  struct {
    int fd;
    const char* symbol;
  } cases[] = {{directory.get(), "EISDIR"}, {write_only.get(), "EBADF"}};
  for (const auto& [fd, symbol] : cases) {
    Link link = start_as_given(GetParam(), {}, {.in = Stdio::fd(fd)});
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 4);
    EXPECT_NE(outcome.err.find("read stdin: "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(symbol), std::string::npos) << outcome.err;
  }
}

TEST(StreamsStandardConnect, ClosedStdinIsAnEnd) {
  Link link = start_as_given(Role::connect, {"--json"}, {.in = Stdio::closed()});
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  link.peer.send_all("reply");
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "reply");
}

TEST(StreamsStandardConnect, ClosedStderrIsNoConnection) {
  // The socket must not become descriptor 2, or the report goes to the peer.
  Link link = start_as_given(Role::connect, {"-v"}, {.err = Stdio::closed()});
  link.program.write_stdin("request");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "request");
  link.peer.send_all("reply");
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "reply");
}

TEST(StreamsStandardConnect, AllThreeClosed) {
  Link link = start_as_given(Role::connect, {"-v"},
                             {.in = Stdio::closed(), .out = Stdio::closed(), .err = Stdio::closed()});
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  link.peer.send_all("data");
  EXPECT_EQ(link.program.wait().status, 4);
}

TEST_P(StreamsStandard, WhatIsNotUsedNeedsNothing) {
  Fd directory(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const char* flag : {"-d", "--recv-only"}) {
    Link link = start_as_given(GetParam(), {flag}, {.in = Stdio::fd(directory.get())});
    link.peer.send_all("data");
    link.peer.close();
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "data");
  }
  Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  Link link = start_as_given(GetParam(), {"--send-only"}, {.out = Stdio::fd(full.get())});
  link.peer.send_all("data");
  link.peer.close();
  link.program.close_stdin();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace
}  // namespace test
