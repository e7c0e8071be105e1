// --watch: the whole selection once, then what changed, until the socket goes or somebody interrupts.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

Program watch(const std::string& tick, const Words& words) {
  return Program(nettool_argv(Words{"sockopt", "--watch", tick} + words));
}

json::Value next_row(Program& program) {
  return json::parse(program.read_line(Stream::out));
}

/// Changes an option of the owner's and reads until that is told.
void expect_told(SocketOwner& owner, int fd, Program& program, int value) {
  owner.in(set_int, fd, SOL_SOCKET, SO_KEEPALIVE, value);
  const json::Value row = next_row(program);
  EXPECT_EQ(row["name"].string(), "SO_KEEPALIVE");
  EXPECT_EQ(row["value"].boolean(), value == 1);
  EXPECT_EQ(row["previous"].boolean(), value == 0);
  EXPECT_EQ(row["socket"]["fd"].integer(), fd);
}

TEST(SockoptWatch, TellsEachChangeAndNothingElse) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"--json", "SO_KEEPALIVE", "TCP_NODELAY"});
  EXPECT_EQ(names_of({next_row(program), next_row(program)}), (Words{"SO_KEEPALIVE", "TCP_NODELAY"}));
  for (int value : {1, 0, 1}) expect_told(owner, fd, program, value);
  program.signal(SIGINT);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(json::parse_lines(outcome.out).size(), 5U) << outcome.out;
}

TEST(SockoptWatch, InTextBeforeAndAfter) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"TCP_KEEPIDLE"});
  program.read_until(Stream::out, "TCP_KEEPIDLE");
  program.read_line(Stream::out);
  owner.in(set_int, fd, IPPROTO_TCP, TCP_KEEPIDLE, 77);
  const std::string line = folded_spaces(program.read_line(Stream::out));
  EXPECT_TRUE(contains(line, "TCP_KEEPIDLE ")) << line;
  EXPECT_TRUE(contains(line, " -> 77 s")) << line;
}

// TCP_INFO: the fields that changed, not all of them.
TEST(SockoptWatch, FieldsOfTcpInfo) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  Program program = watch("10ms", at_fd(owner, c.client) + Words{"TCP_INFO"});
  program.read_until(Stream::out, "TCP_INFO");
  owner.in(
      [](int fd) {
        if (send(fd, "hello", 5, MSG_NOSIGNAL) != 5) fail_errno("send");
      },
      c.client);
  const std::string line = program.read_until(Stream::out, " -> ");
  EXPECT_TRUE(contains(line, "TCP_INFO")) << line;
  EXPECT_TRUE(program.still_running());
}

TEST(SockoptWatch, EndsWhenTheSocketGoes) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"SO_KEEPALIVE"});
  program.read_until(Stream::out, "SO_KEEPALIVE");
  owner.in([](int done) { close(done); }, fd);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "gone")) << outcome.err;
}

// Its number is at once another socket's: that is not the one that was asked for.
TEST(SockoptWatch, AnotherSocketWithItsNumberIsNotIt) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"SO_KEEPALIVE"});
  program.read_until(Stream::out, "SO_KEEPALIVE");
  owner.in(
      [](int old) {
        int next = bound_socket(loopback(), SOCK_DGRAM);
        set_int(next, SOL_SOCKET, SO_KEEPALIVE, 1);
        if (dup2(next, old) < 0) fail_errno("dup2");
      },
      fd);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_FALSE(contains(outcome.out, "->")) << outcome.out;
}

TEST(SockoptWatch, EndsWithTheProcess) {
  REQUIRE_ROOT();
  Program program = [] {
    SocketOwner owner;
    int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
    Program watching = watch("10ms", at_fd(owner, fd) + Words{"SO_KEEPALIVE"});
    watching.read_until(Stream::out, "SO_KEEPALIVE");
    return watching;
  }();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "gone")) << outcome.err;
}

TEST(SockoptWatch, OneOfSeveralGoes) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  Program program =
      watch("10ms", {"--tcp", "--local", "127.0.0.1" + at_port(c.server_address.port()), "SO_KEEPALIVE"});
  program.read_until(Stream::out, "SO_KEEPALIVE");
  program.read_until(Stream::out, "SO_KEEPALIVE");
  owner.in([](int done) { close(done); }, c.listener);
  EXPECT_TRUE(contains(program.read_line(Stream::err), "fd " + std::to_string(c.listener)));
  owner.in(set_int, c.accepted, SOL_SOCKET, SO_KEEPALIVE, 1);
  program.read_until(Stream::out, "off -> on");
  owner.in([](int done) { close(done); }, c.accepted);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(outcome.err, "fd " + std::to_string(c.accepted))) << outcome.err;
}

// Between two looks nothing of the owner's is held: its close is an end for the peer at once, though the next
// look is an hour away.
TEST(SockoptWatch, NothingIsHeldBetweenTheLooks) {
  REQUIRE_ROOT();
  SocketOwner owner;
  TcpServer server;
  int fd = owner.in([](Address to) { return connected_socket(to, SOCK_STREAM); }, local_address(server.fd()));
  Peer peer = server.accept();
  Program program = watch("1h", at_fd(owner, fd));
  program.read_until(Stream::out, "TCP_INFO");
  wait_idle(program.pid());
  owner.in([](int done) { close(done); }, fd);
  EXPECT_FALSE(peer.ends_by_reset());
  EXPECT_TRUE(program.still_running());
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 143);
}

TEST(SockoptWatch, APendingErrorIsLeftAlone) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] {
    Address nobody_there = loopback();
    int held = bound_socket(nobody_there, SOCK_DGRAM);
    nobody_there = local_address(held);
    close(held);
    int s = connected_socket(nobody_there, SOCK_DGRAM);
    if (send(s, "x", 1, 0) != 1) fail_errno("send");
    return s;
  });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"--json"});
  const auto read_until_changed = [&] {
    while (!next_row(program).has("previous")) {
    }
  };
  next_row(program);
  // At least three looks at all of it.
  for (int value : {1, 0}) {
    owner.in(set_int, fd, SOL_SOCKET, SO_KEEPALIVE, value);
    read_until_changed();
  }
  EXPECT_EQ(owner.in([](int s) { return get_int(s, SOL_SOCKET, SO_ERROR); }, fd), ECONNREFUSED);
}

TEST(SockoptWatch, OfAConnectionOfItsOwn) {
  TcpServer server;
  Program program = watch("10ms", {"--json", "--connect", "127.0.0.1:" + server.port_text(), "TCP_INFO"});
  Peer peer = server.accept();
  next_row(program);
  peer.send_all("hello");
  EXPECT_EQ(next_row(program)["name"].string(), "TCP_INFO");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

// A quiet socket costs one look a tick and no line.
TEST(SockoptWatch, NothingChangesNothingIsTold) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  for (int fd : {c.listener, c.client, c.accepted}) {
    Program program = watch("50ms", at_fd(owner, fd) + Words{"--json"});
    wait_until("it looks again and again", [&] { return voluntary_switches(program.pid()) > 20; });
    program.signal(SIGINT);
    Outcome outcome = program.wait();
    for (const json::Value& row : json::parse_lines(outcome.out))
      EXPECT_FALSE(row.has("previous")) << row.text();
    EXPECT_EQ(outcome.err, "");
  }
}

// Ticks that are shorter than a look leave time for a signal.
TEST(SockoptWatch, SignalsAreSeenBetweenLooksWithoutAPause) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("1ms", at_fd(owner, fd));
  program.read_until(Stream::out, "TCP_INFO");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

// As in `| head -1`: it ends, though nothing is to be told.
TEST(SockoptWatch, AReaderThatLeavesAQuietSocket) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("100ms", at_fd(owner, fd) + Words{"SO_KEEPALIVE"});
  program.read_until(Stream::out, "SO_KEEPALIVE");
  program.close_reader(Stream::out);
  EXPECT_EQ(program.wait().status, 4);
}

// What was set is what is watched.
TEST(SockoptWatch, AfterASet) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"--json", "--set-live", "SO_KEEPALIVE=on"});
  EXPECT_TRUE(next_row(program)["effective"].boolean());
  owner.in(set_int, fd, SOL_SOCKET, SO_REUSEADDR, 1);
  expect_told(owner, fd, program, 0);
}

TEST(SockoptWatch, AReaderThatLeaves) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Program program = watch("10ms", at_fd(owner, fd) + Words{"SO_KEEPALIVE"});
  program.read_until(Stream::out, "SO_KEEPALIVE");
  program.close_reader(Stream::out);
  owner.in(set_int, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  EXPECT_EQ(program.wait().status, 4);
}

}  // namespace
}  // namespace test
