// A connection that is cut: status 1, said in words, with the bytes moved. Never 0, never silent.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <string>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

constexpr size_t much = 64 << 20;

enum class Family { tcp, unix_socket };

Link start(Role role, Family family, const TempDir& dir, Arguments arguments, const Options& options) {
  std::string path = dir / "socket";
  Arguments place = family == Family::tcp ? Arguments{"127.0.0.1", "0"} : Arguments{"-U", path};
  if (role == Role::listen) {
    arguments.insert(arguments.end(), place.begin(), place.end());
    Listener listener = start_listener(arguments, options);
    Peer peer = family == Family::tcp ? connect_tcp("127.0.0.1", listener.port) : connect_unix(path);
    return {std::move(listener.program), std::move(peer)};
  }
  arguments.insert(arguments.begin(), "connect");
  arguments.emplace_back("--json");
  if (family == Family::unix_socket) {
    UnixServer server(path);
    arguments.insert(arguments.end(), place.begin(), place.end());
    Program program(nettool_argv(arguments), options);
    return {std::move(program), server.accept()};
  }
  TcpServer server;
  place.back() = server.port_text();
  arguments.insert(arguments.end(), place.begin(), place.end());
  Program program(nettool_argv(arguments), options);
  return {std::move(program), server.accept()};
}

/// What every cut connection must show, in JSON; returns the `closed` event.
json::Value expect_reset(const Outcome& outcome) {
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  json::Value error = json::only_event(outcome.err, "error")["error"];
  EXPECT_NE(error["message"].string().find("reset"), std::string::npos) << error.text();
  json::Value closed = json::only_event(outcome.err, "closed");
  EXPECT_EQ(closed["reason"].string(), "reset") << outcome.err;
  return closed;
}

struct Case {
  const char* name;
  Role role;
  Family family;
  bool from_pipe;
};

class EndsReset : public testing::TestWithParam<Case> {
 protected:
  /// A file of many bytes, and stdin from it or from a pipe that cat(1) fills.
  Options sending() {
    random_file(dir_ / "in", much, 1);
    if (!GetParam().from_pipe) return {.in = Stdio::file(dir_ / "in")};
    int ends[2];
    if (pipe(ends) < 0) fail_errno("pipe");
    read_end_ = Fd(ends[0]);
    Fd write_end(ends[1]);
    cat_.emplace_back(Arguments{"cat", dir_ / "in"}, Options{.out = Stdio::fd(write_end.get())});
    return {.in = Stdio::fd(read_end_.get())};
  }

  TempDir dir_;
  Fd read_end_;
  std::vector<Program> cat_;
};

INSTANTIATE_TEST_SUITE_P(All, EndsReset,
                         testing::Values(Case{"connect_tcp_file", Role::connect, Family::tcp, false},
                                         Case{"connect_tcp_pipe", Role::connect, Family::tcp, true},
                                         Case{"listen_tcp_file", Role::listen, Family::tcp, false},
                                         Case{"listen_tcp_pipe", Role::listen, Family::tcp, true},
                                         Case{"connect_unix_file", Role::connect, Family::unix_socket, false},
                                         Case{"connect_unix_pipe", Role::connect, Family::unix_socket, true},
                                         Case{"listen_unix_file", Role::listen, Family::unix_socket, false},
                                         Case{"listen_unix_pipe", Role::listen, Family::unix_socket, true}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EndsReset, WhileSending) {
  const Case& c = GetParam();
  Link link = start(c.role, c.family, dir_, {}, sending());
  EXPECT_EQ(link.peer.recv_exact(1 << 20).size(), 1U << 20);
  wait_idle(link.program.pid());  // the peer's window and our queue are full
  link.peer.reset();              // over Unix: closed with unread data, which is the same
  Outcome outcome = link.program.wait();
  json::Value closed = expect_reset(outcome);
  EXPECT_GE(closed["sent_bytes"].integer(), 1 << 20);
  EXPECT_LT(closed["sent_bytes"].integer(), static_cast<long long>(much));
  // A Unix socket cannot tell afterwards how much of its queue was thrown away.
  if (c.family == Family::tcp) EXPECT_GT(closed["unsent_bytes"].integer(), 0);
}

TEST_P(EndsReset, WhileSendingAfterThePeersEnd) {
  // The peer ends its side, takes a while what we send, and then goes: bytes are cut all the same.
  const Case& c = GetParam();
  Link link = start(c.role, c.family, dir_, {}, sending());
  link.peer.shutdown_write();
  EXPECT_EQ(link.peer.recv_exact(1 << 20).size(), 1U << 20);
  wait_idle(link.program.pid());
  link.peer.close();
  json::Value closed = expect_reset(link.program.wait());
  if (c.family == Family::tcp) EXPECT_GT(closed["unsent_bytes"].integer(), 0);
}

TEST_P(EndsReset, WhileReceiving) {
  const Case& c = GetParam();
  const std::string bytes = random_bytes(1 << 20, 2);
  Link link = start(c.role, c.family, dir_, {}, {});
  link.program.write_stdin("never read");
  auto sent = std::async(std::launch::async, [&] { link.peer.send_all(bytes); });
  EXPECT_EQ(link.program.read_exact(Stream::out, 1 << 20), bytes);
  sent.get();
  link.peer.reset();
  json::Value closed = expect_reset(link.program.wait());
  EXPECT_EQ(closed["received_bytes"].integer(), 1 << 20);
}

TEST_P(EndsReset, WhileWaitingForTheReply) {
  // All was sent, but the server left with the request unread.
  const Case& c = GetParam();
  Link link = start(c.role, c.family, dir_, {}, {});
  link.program.write_stdin("request");
  link.program.close_stdin();
  ASSERT_TRUE(poll_one(link.peer.fd(), POLLIN, Deadline(patience)));
  link.peer.close();
  json::Value closed = expect_reset(link.program.wait());
  EXPECT_EQ(closed["sent_bytes"].integer(), 7);
}

TEST(EndsResetOfAll, WhatTheKernelHadTakenCountsAsUnsent) {
  // stdin has ended and every byte of it was written, but most of them never left: the window was small.
  TcpServer server("127.0.0.1", {.receive_buffer = 4096});
  Program program(nettool("connect", "--json", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  program.write_stdin(random_bytes(200'000, 3));
  program.close_stdin();
  wait_idle(program.pid());
  peer.reset();
  json::Value closed = expect_reset(program.wait());
  EXPECT_EQ(closed["sent_bytes"].integer(), 200'000);
  EXPECT_GT(closed["unsent_bytes"].integer(), 100'000);
  EXPECT_LT(closed["unsent_bytes"].integer(), 200'000);
}

class EndsResetLate : public testing::TestWithParam<Role> {};

INSTANTIATE_TEST_SUITE_P(Roles, EndsResetLate, testing::Values(Role::connect, Role::listen),
                         [](const auto& info) { return info.param == Role::connect ? "connect" : "listen"; });

TEST_P(EndsResetLate, BeforeAByteWasMoved) {
  TempDir dir;
  Link link = start(GetParam(), Family::tcp, dir, {}, {});
  wait_idle(link.program.pid());  // else it is connect(2) that fails
  link.peer.reset();
  json::Value closed = expect_reset(link.program.wait());
  EXPECT_EQ(closed["sent_bytes"].integer(), 0);
  EXPECT_EQ(closed["received_bytes"].integer(), 0);
}

TEST_P(EndsResetLate, OfAPeerThatHadLeftBeforeTheLineWasTyped) {
  // It looked like an end of its side alone. What is sent now is answered by a RST, and lost.
  TempDir dir;
  Link link = start(GetParam(), Family::tcp, dir, {"--drain", "forever"}, {});
  link.peer.close();
  EXPECT_FALSE(poll_one(link.program.stdout_fd(), POLLIN, Deadline(300ms)));
  EXPECT_TRUE(link.program.still_running());
  link.program.write_stdin("is anybody there?\n");
  json::Value closed = expect_reset(link.program.wait());
  EXPECT_EQ(closed["unsent_bytes"].integer(), 18);
}

TEST_P(EndsResetLate, OfAPeerThatHadLeftBeforeTheLastLineWasTyped) {
  // The end of stdin comes right behind the line, so that both sides have ended before the RST is looked at.
  TempDir dir;
  Link link = start(GetParam(), Family::tcp, dir, {"--drain", "forever"}, {});
  link.peer.close();
  wait_idle(link.program.pid());
  link.program.queue_stdin("is anybody there?\n");
  json::Value closed = expect_reset(link.program.wait());
  EXPECT_EQ(closed["unsent_bytes"].integer(), 18);
}

TEST_P(EndsResetLate, OfAUnixPeerThatHadLeft) {
  // Here the kernel says at once that nobody is left to take anything: there is nothing to wait for.
  TempDir dir;
  Link link = start(GetParam(), Family::unix_socket, dir, {}, {});
  Stopwatch since_close;
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_LT(since_close.seconds(), 0.5);
}

TEST(EndsResetText, SaysSoWithTheBytesMoved) {
  TempDir dir;
  random_file(dir / "in", much, 1);
  for (bool quiet : {false, true}) {
    TcpServer server;
    Arguments arguments = {"connect", "127.0.0.1", server.port_text()};
    if (quiet) arguments.emplace_back("--quiet");
    Program program(nettool_argv(arguments), {.in = Stdio::file(dir / "in")});
    Peer peer = server.accept();
    peer.send_all(std::string(3 << 10, 'x'));
    program.read_exact(Stream::out, 3 << 10);
    EXPECT_EQ(peer.recv_exact(2 << 20).size(), 2U << 20);
    wait_idle(program.pid());
    peer.reset();
    Outcome outcome = program.wait();
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(outcome.err.starts_with("nettool: connection 127.0.0.1:" + server.port_text() + "/tcp: "))
        << outcome.err;
    for (const char* part : {"reset", "MiB sent", "3 KiB received", "unsent"}) {
      EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " is not in: " << outcome.err;
    }
  }
}

TEST(EndsResetText, ListenerThatKeepsOpenGoesOn) {
  Listener listener = start_listener({"-k", "127.0.0.1", "0"});
  Peer rude = connect_tcp("127.0.0.1", listener.port);
  rude.send_all("a");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "a");
  rude.reset();
  Peer polite = connect_tcp("127.0.0.1", listener.port);
  polite.send_all("b");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "b");
  listener.program.signal(SIGINT);
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 130);
  std::vector<json::Value> closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 2U);
  EXPECT_EQ(closed[0]["reason"].string(), "reset");
  EXPECT_EQ(closed[1]["reason"].string(), "signal");
  EXPECT_EQ(json::events(outcome.err, "error").size(), 1U) << outcome.err;
}

// A peer that is killed never says goodbye: its kernel does, and finds unread data.
TEST(EndsKilledPeer, WhileSending) {
  TempDir dir;
  random_file(dir / "in", much, 1);
  for (Role role : {Role::connect, Role::listen}) {
    // The other one's stdout is a pipe that nobody reads, so that it cannot keep up.
    Listener listener = start_listener(
        {"127.0.0.1", "0"}, {.in = role == Role::listen ? Stdio::file(dir / "in") : Stdio::pipe()});
    Program client(nettool("connect", "--json", "127.0.0.1", listener.port_text()),
                   {.in = role == Role::connect ? Stdio::file(dir / "in") : Stdio::pipe()});
    Program& sender = role == Role::connect ? client : listener.program;
    Program& receiver = role == Role::connect ? listener.program : client;
    EXPECT_EQ(receiver.read_exact(Stream::out, 1 << 20).size(), 1U << 20);
    receiver.signal(SIGKILL);
    json::Value closed = expect_reset(sender.wait());
    EXPECT_GT(closed["unsent_bytes"].integer(), 0);
  }
}

TEST(EndsKilledPeer, Netcat) {
  REQUIRE_PROGRAM("nc");
  TempDir dir;
  random_file(dir / "in", much, 1);
  Listener listener = start_listener({"127.0.0.1", "0"}, {.in = Stdio::file(dir / "in")});
  Program nc({"nc", "127.0.0.1", listener.port_text()});
  EXPECT_EQ(nc.read_exact(Stream::out, 1 << 20).size(), 1U << 20);
  nc.signal(SIGKILL);
  expect_reset(listener.program.wait());
}

}  // namespace
}  // namespace test
