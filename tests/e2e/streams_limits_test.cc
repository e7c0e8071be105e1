// No descriptors left, interrupted calls, one byte at a time: nothing is lost and nothing spins.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <string>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"

namespace test {
namespace {

/// A peer that takes little at a time.
Link start_small(Role role, Arguments arguments, const Options& options = {}) {
  return start(role, std::move(arguments), options, TcpServer("127.0.0.1", {.receive_buffer = 4096}));
}

// --- no descriptors -------------------------------------------------------------------------------------

/// Allows a running program only the descriptors it has; returns what it was allowed.
rlimit take_descriptors_away(const Program& program) {
  rlimit before, now;
  if (prlimit(program.pid(), RLIMIT_NOFILE, nullptr, &before) < 0) fail_errno("prlimit");
  now = before;
  // The first free number: there may be gaps.
  now.rlim_cur = 0;
  std::string folder = "/proc/" + std::to_string(program.pid()) + "/fd/";
  while (exists(folder + std::to_string(now.rlim_cur))) ++now.rlim_cur;
  if (prlimit(program.pid(), RLIMIT_NOFILE, &now, nullptr) < 0) fail_errno("prlimit");
  return before;
}

void give_back(const Program& program, const rlimit& limit) {
  if (prlimit(program.pid(), RLIMIT_NOFILE, &limit, nullptr) < 0) fail_errno("prlimit");
}

/// A listener that has served, and has reported an error, before. A sanitizer's first look at any type takes
/// descriptors too (it calls an object invalid when it gets none), so none must be left for later.
Listener experienced_listener() {
  Listener listener = start_listener({"-k", "127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("x");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "x");
  peer.reset();
  listener.program.read_until(Stream::err, "\"closed\"");
  wait_idle(listener.program.pid());
  return listener;
}

TEST(StreamsLimits, ListenerWithoutDescriptorsLetsClientsWait) {
  Listener listener = experienced_listener();
  Program& program = listener.program;
  for (int round = 0; round < 2; ++round) {
    const rlimit before = take_descriptors_away(program);
    Peer first = connect_tcp("127.0.0.1", listener.port);
    Peer second = connect_tcp("127.0.0.1", listener.port);
    first.send_all("first");
    program.read_until(Stream::err, "EMFILE");
    const long ticks = cpu_ticks(program.pid());
    const long switches = voluntary_switches(program.pid());
    EXPECT_TRUE(first.silent_for(1s)) << "it waits, and is not sent away";
    EXPECT_LE(cpu_ticks(program.pid()) - ticks, 5);
    EXPECT_LE(voluntary_switches(program.pid()) - switches, 20) << "tries again, but does not spin";
    give_back(program, before);
    EXPECT_EQ(program.read_exact(Stream::out, 5), "first");
    first.close();
    second.send_all("second");
    EXPECT_EQ(program.read_exact(Stream::out, 6), "second");
    second.close();
    program.read_until(Stream::err, "\"closed\"");
    program.read_until(Stream::err, "\"closed\"");
  }
  program.signal(SIGINT);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(json::events(outcome.err, "error").size(), 1U + 2) << "said once each time: " << outcome.err;
}

TEST(StreamsLimits, SignalEndsAListenerWithoutDescriptors) {
  Listener listener = experienced_listener();
  take_descriptors_away(listener.program);
  Peer client = connect_tcp("127.0.0.1", listener.port);
  listener.program.read_until(Stream::err, "EMFILE");
  listener.program.signal(SIGINT);
  Stopwatch clock;
  EXPECT_EQ(listener.program.wait().status, 130);
  EXPECT_LT(clock.seconds(), 1.0);
}

TEST(StreamsLimits, WithoutAPipeForSpliceItIsCopied) {
  // Socket to file goes through a pipe of its own, made when there is much to move.
  const std::string bytes = random_bytes(16 << 20, 1);
  for (Role role : {Role::connect, Role::listen}) {
    TempDir dir;
    Link link = start_small(role, {}, {.in = Stdio::null(), .out = Stdio::file(dir / "out")});
    wait_idle(link.program.pid());
    take_descriptors_away(link.program);
    link.peer.send_all(bytes);
    link.peer.close();
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(first_difference(read_file(dir / "out"), bytes), std::nullopt);
  }
}

TEST(StreamsLimits, TooFewDescriptorsToBeginIsStatus4) {
  TcpServer server;
  // 0-2 and those that the dynamic linker needs: enough to start the program, not to connect.
  for (rlim_t few : {rlim_t{4}, rlim_t{5}}) {
    Options options{.in = Stdio::null()};
    options.before_exec = [few] {
      const rlimit limit = {few, few};
      if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail_errno("setrlimit");
    };
    Outcome outcome = run(nettool("connect", "127.0.0.1", server.port_text()), options);
    // A sanitizer that gets no descriptors calls any object invalid: such a build proves nothing here.
    if (outcome.err.find("object has invalid vptr") != std::string::npos) continue;
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_EQ(outcome.err.find("nettool: "), 0U) << outcome.err;
  }
}

// --- interrupted ----------------------------------------------------------------------------------------

/// Stops and continues them, and tells of a new window size, until `program` ends. Calls that wait are
/// interrupted by that (EINTR), though no handler runs.
void pester(const Program& program, const Program& other) {
  while (program.still_running()) {
    for (int number : {SIGSTOP, SIGWINCH, SIGCONT}) {
      for (const Program* one : {&program, &other}) {
        if (one->still_running()) one->signal(number);
      }
      (void)poll_one(-1, 0, Deadline(1ms));
    }
  }
}

TEST(StreamsInterrupted, NothingIsLost) {
  TempDir dir;
  random_file(dir / "in", 64 << 20, 2);
  for (const Arguments& filter : {Arguments{}, Arguments{"-x", "/dev/null"}}) {
    Arguments listen = filter;
    listen.insert(listen.end(), {"127.0.0.1", "0"});
    Listener listener = start_listener(listen, {.in = Stdio::null(), .out = Stdio::file(dir / "out")});
    std::string file = filter.empty() ? dir / "in" : dir / "small";
    if (!filter.empty()) random_file(file, 2 << 20, 3);
    Arguments connect = {"connect", "127.0.0.1", listener.port_text()};
    connect.insert(connect.end(), filter.begin(), filter.end());
    Program client(nettool_argv(connect), {.in = Stdio::file(file)});
    pester(client, listener.program);
    EXPECT_EQ(client.wait().status, 0);
    if (listener.program.still_running()) listener.program.signal(SIGCONT);
    Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(sha256_of_file(dir / "out"), sha256_of_file(file));
  }
}

TEST(StreamsInterrupted, WaitingGoesOnWaiting) {
  for (Role role : {Role::connect, Role::listen}) {
    Link link = start_small(role, {});
    for (int i = 0; i < 20; ++i) {
      link.program.signal(SIGSTOP);
      wait_until("it is stopped", [&] { return state(link.program.pid()) == 'T'; });
      link.program.signal(SIGCONT);
      wait_idle(link.program.pid());
    }
    link.program.write_stdin("up");
    EXPECT_EQ(link.peer.recv_exact(2), "up");
    link.peer.send_all("down");
    EXPECT_EQ(link.program.read_exact(Stream::out, 4), "down");
  }
}

// --- little by little -----------------------------------------------------------------------------------

struct Little {
  const char* name;
  Role role;
  Arguments arguments;
};

class StreamsLittle : public testing::TestWithParam<Little> {};

/// One byte at a time, from a descriptor that may be non-blocking.
std::string read_bytewise(int fd, size_t bytes) {
  std::string result;
  char byte = 0;
  while (result.size() < bytes) {
    if (!poll_one(fd, POLLIN, Deadline(patience)))
      fail("only " + std::to_string(result.size()) + " bytes came");
    if (read(fd, &byte, 1) != 1) fail_errno("read one byte");
    result.push_back(byte);
  }
  return result;
}

TEST_P(StreamsLittle, OneByteAtATimeBothWays) {
  const std::string up = random_bytes(5000, 4);
  const std::string down = random_bytes(5000, 5);
  Link link = start_small(GetParam().role, GetParam().arguments);
  int on = 1;
  ASSERT_EQ(setsockopt(link.peer.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
  auto got_down = std::async(std::launch::async, read_bytewise, link.program.stdout_fd(), down.size());
  auto got_up = std::async(std::launch::async, read_bytewise, link.peer.fd(), up.size());
  for (size_t i = 0; i < up.size(); ++i) {
    link.program.write_stdin(up.substr(i, 1));
    link.peer.send_all(down.substr(i, 1));
  }
  EXPECT_EQ(first_difference(got_up.get(), up), std::nullopt);
  EXPECT_EQ(first_difference(got_down.get(), down), std::nullopt);
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  link.peer.close();
  EXPECT_EQ(link.program.wait().status, 0);
}

TEST_P(StreamsLittle, ReadersOfOneByteAndAPipeOfOnePage) {
  // Everything between is full most of the time, so that nearly every write is a partial one.
  const std::string up = random_bytes(300'000, 6);
  const std::string down = random_bytes(300'000, 7);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  ASSERT_EQ(fcntl(write_end.get(), F_SETPIPE_SZ, 4096), 4096);
  Link link = start_small(GetParam().role, GetParam().arguments, {.out = Stdio::fd(write_end.get())});
  write_end.close();
  auto sent = std::async(std::launch::async, [&] { link.peer.send_all(down); });
  auto got_down = std::async(std::launch::async, read_bytewise, read_end.get(), down.size());
  auto got_up = std::async(std::launch::async, read_bytewise, link.peer.fd(), up.size());
  link.program.write_stdin(up);
  EXPECT_EQ(first_difference(got_up.get(), up), std::nullopt);
  EXPECT_EQ(first_difference(got_down.get(), down), std::nullopt);
  sent.get();
  link.program.close_stdin();
  link.peer.close();
  EXPECT_EQ(link.program.wait().status, 0);
}

INSTANTIATE_TEST_SUITE_P(All, StreamsLittle,
                         testing::Values(Little{"connect", Role::connect, {}},
                                         Little{"listen", Role::listen, {}},
                                         Little{"connect_filtered", Role::connect, {"-x", "/dev/null"}},
                                         Little{"listen_filtered", Role::listen, {"-x", "/dev/null"}}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace test
