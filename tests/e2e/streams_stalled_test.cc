// A stdout that nobody reads stops neither signals nor the deadline nor the other direction, and what is
// read at last is whole.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"

namespace test {
namespace {

/// Sends until nothing more is taken for a while.
void fill(const Peer& peer) {
  const std::string bytes(1 << 16, 'x');
  do {
    while (send(peer.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
  } while (poll_one(peer.fd(), POLLOUT, Deadline(200ms)));
}

/// What stdout is, and for which it is full.
enum class Out { pipe, nearly_full_pipe, terminal, socket };

struct Case {
  const char* name;
  Role role;
  Out out;
};

class StreamsStalled : public testing::TestWithParam<Case> {
 protected:
  /// A program whose peer has sent more than stdout takes.
  Link stalled(const Arguments& arguments) {
    Link link = start(GetParam().role, arguments, options());
    fill(link.peer);
    return link;
  }

  Options options() {
    if (GetParam().out == Out::terminal) {
      terminal_.raw();
      return {.out = Stdio::fd(terminal_.slave())};
    }
    int ends[2];
    if (GetParam().out == Out::socket) {
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
    } else if (pipe2(ends, O_CLOEXEC) < 0) {
      fail_errno("pipe");
    }
    read_end_ = Fd(ends[0]);
    write_end_ = Fd(ends[1]);
    // poll(2) calls a pipe with one free page writable, and a write of more than that blocks.
    const std::string most(size_t{15} * 4096, '-');
    if (GetParam().out == Out::nearly_full_pipe &&
        write(write_end_.get(), most.data(), most.size()) != static_cast<ssize_t>(most.size())) {
      fail_errno("fill the pipe");
    }
    return {.out = Stdio::fd(write_end_.get())};
  }

  /// Waits for the program's end without reading its stdout; returns the time that it took.
  static double seconds_to_end(const Program& program) {
    Stopwatch clock;
    wait_until("it ends while nobody reads its stdout", [&] { return !program.still_running(); }, 5s);
    return clock.seconds();
  }

  Pty terminal_;
  Fd read_end_, write_end_;
};

INSTANTIATE_TEST_SUITE_P(All, StreamsStalled,
                         testing::Values(Case{"connect_pipe", Role::connect, Out::pipe},
                                         Case{"connect_nearly_full_pipe", Role::connect,
                                              Out::nearly_full_pipe},
                                         Case{"connect_terminal", Role::connect, Out::terminal},
                                         Case{"connect_socket", Role::connect, Out::socket},
                                         Case{"listen_pipe", Role::listen, Out::pipe},
                                         Case{"listen_terminal", Role::listen, Out::terminal}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(StreamsStalled, SignalsEndItWithTheReport) {
  for (int number : {SIGINT, SIGTERM}) {
    Link link = stalled({});
    link.program.signal(number);
    EXPECT_LT(seconds_to_end(link.program), 1.0);
    Outcome outcome = link.program.wait();
    EXPECT_EQ(outcome.status, 128 + number);
    EXPECT_EQ(outcome.signal, number);
    json::Value closed = json::only_event(outcome.err, "closed");
    EXPECT_EQ(closed["reason"].string(), "signal");
    EXPECT_GT(closed["received_bytes"].integer(), 0);
  }
}

TEST_P(StreamsStalled, DeadlineEndsIt) {
  Link link = stalled({"--deadline", "1500ms"});
  seconds_to_end(link.program);
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_GE(outcome.seconds, 1.49);
  EXPECT_LT(outcome.seconds, 2.2);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "deadline");
}

TEST_P(StreamsStalled, OtherDirectionGoesOn) {
  const std::string bytes = random_bytes(8 << 20, 1);
  Link link = stalled({});
  auto received = std::async(std::launch::async, [&] { return link.peer.recv_until_eof(); });
  link.program.write_stdin(bytes);
  link.program.close_stdin();
  EXPECT_EQ(first_difference(received.get(), bytes), std::nullopt);
  EXPECT_TRUE(link.program.still_running());
}

TEST_P(StreamsStalled, ResetOfThePeerIsSeen) {
  // Which bytes are lost is known when stdout takes them at last; the other direction fails meanwhile.
  Link link = stalled({});
  link.peer.reset();
  write_end_.close();
  if (GetParam().out == Out::terminal) {
    std::jthread reader([&] {
      while (link.program.still_running()) {
        if (poll_one(terminal_.master(), POLLIN, Deadline(10ms))) (void)terminal_.read_some();
      }
    });
    EXPECT_EQ(link.program.wait().status, 1);
  } else {
    Program reader({"cat"}, {.in = Stdio::fd(read_end_.get()), .out = Stdio::null()});
    EXPECT_EQ(link.program.wait().status, 1);
  }
}

/// Nothing is lost by a stall, nor by a reader that takes a little at a time.
TEST_P(StreamsStalled, AllArrivesWhenItIsReadAtLast) {
  const std::string bytes = random_bytes(4 << 20, 2);
  Link link = start(GetParam().role, {}, options());
  const bool terminal = GetParam().out == Out::terminal;
  if (terminal) {
    terminal_.close_slave();
  } else {
    write_end_.close();
  }
  auto sent = std::async(std::launch::async, [&] {
    link.peer.send_all(bytes);
    link.peer.close();
  });
  wait_idle(link.program.pid());  // stalled
  link.program.close_stdin();
  std::string seen;
  const size_t before = GetParam().out == Out::nearly_full_pipe ? size_t{15} * 4096 : 0;
  const int fd = terminal ? terminal_.master() : read_end_.get();
  char buffer[1000];
  while (seen.size() < before + bytes.size()) {
    ASSERT_TRUE(poll_one(fd, POLLIN, Deadline(patience))) << "nothing more after " << seen.size();
    const ssize_t n = read(fd, buffer, sizeof buffer);
    ASSERT_GT(n, 0);
    seen.append(buffer, static_cast<size_t>(n));
  }
  EXPECT_EQ(first_difference(std::string_view(seen).substr(before), bytes), std::nullopt);
  sent.get();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(StreamsStalledTerminal, ControlCEndsIt) {
  // One terminal for both streams, in line mode, as a person has it.
  TcpServer server;
  Program program(nettool("connect", "--json", "127.0.0.1", server.port_text()),
                  {.in = Stdio::pty(), .out = Stdio::pty()});
  Peer peer = server.accept();
  fill(peer);
  program.pty().write("\x03");
  wait_until("it ends while nobody reads the terminal", [&] { return !program.still_running(); }, 5s);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
}

TEST(StreamsStalledSocket, PeerThatDoesNotReadStopsNeitherOutputNorSignals) {
  TempDir dir;
  random_file(dir / "in", 64 << 20, 3);
  const std::string bytes = random_bytes(8 << 20, 4);
  for (bool from_file : {true, false}) {
    for (Role role : {Role::connect, Role::listen}) {
      Link link = start(role, {}, {.in = from_file ? Stdio::file(dir / "in") : Stdio::pipe()});
      if (!from_file) EXPECT_GT(link.program.offer_stdin(std::string(64 << 20, 'x'), 300ms), 0U);
      wait_idle(link.program.pid());
      auto sent = std::async(std::launch::async, [&] { link.peer.send_all(bytes); });
      EXPECT_EQ(first_difference(link.program.read_exact(Stream::out, bytes.size()), bytes), std::nullopt);
      sent.get();
      link.program.signal(SIGINT);
      Stopwatch clock;
      EXPECT_EQ(link.program.wait().status, 130);
      EXPECT_LT(clock.seconds(), 1.0);
    }
  }
}

TEST(StreamsStalledDatagrams, SignalEndsAListenerWhoseStdoutIsFull) {
  Listener listener = start_listener({"-u", "127.0.0.1", "0"});
  UdpSocket client;
  for (int i = 0; i < 1000; ++i) client.send_to(std::string(1000, 'x'), "127.0.0.1", listener.port);
  wait_idle(listener.program.pid());
  listener.program.signal(SIGINT);
  wait_until("it ends", [&] { return !listener.program.still_running(); }, 5s);
  EXPECT_EQ(listener.program.wait().status, 130);
}

}  // namespace
}  // namespace test
