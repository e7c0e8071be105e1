// Reading a socket of another process leaves no trace in it: what its owner sees before is what it sees
// after.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

/// All that an owner can see of its descriptor without changing it.
struct Seen {
  short events;
  int status_flags;
  int descriptor_flags;
  int receive_buffer;
  int reuse_address;

  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen look(int fd) {
  pollfd entry = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  if (poll(&entry, 1, 0) < 0) fail_errno("poll");
  return {entry.revents, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD), get_int(fd, SOL_SOCKET, SO_RCVBUF),
          get_int(fd, SOL_SOCKET, SO_REUSEADDR)};
}

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "events " << seen.events << ", flags " << seen.status_flags << " " << seen.descriptor_flags;
}

/// A UDP socket whose datagram was refused: the error waits for who asks first.
int refused_socket() {
  Address nobody_there = loopback();
  int held = bound_socket(nobody_there, SOCK_DGRAM);
  nobody_there = local_address(held);
  close(held);
  int fd = connected_socket(nobody_there, SOCK_DGRAM);
  if (send(fd, "x", 1, 0) != 1) fail_errno("send");
  if (!poll_one(fd, POLLERR, Deadline(patience))) fail("no refusal came");
  return fd;
}

int pending_error(int fd) {
  return get_int(fd, SOL_SOCKET, SO_ERROR);
}

TEST(SockoptUndisturbed, APendingErrorStays) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in(refused_socket);
  const Seen before = owner.in(look, fd);
  ASSERT_NE(before.events & POLLERR, 0);
  const Rows rows = sockopt_rows(at_fd(owner, fd));
  EXPECT_GT(rows.size(), 40U);
  EXPECT_TRUE(row_of(rows, "SO_ERROR")["value"].is_null());
  EXPECT_EQ(sockopt(at_fd(owner, fd)).status, 0);
  EXPECT_EQ(sockopt(at_fd(owner, fd) + Words{"--changed"}).status, 0);
  EXPECT_EQ(sockopt(at_fd(owner, fd) + Words{"SO_ERROR"}).status, 0);
  EXPECT_EQ(owner.in(look, fd), before);
  EXPECT_EQ(owner.in(pending_error, fd), ECONNREFUSED);
}

// Asked for by name it is still not taken; the text says what to do for it.
TEST(SockoptUndisturbed, ASkippedOptionSaysSo) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in(refused_socket);
  Outcome outcome = sockopt(at_fd(owner, fd) + Words{"so_error"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "--destructive")) << outcome.out;
}

TEST(SockoptUndisturbed, DestructiveTakesTheError) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in(refused_socket);
  const json::Value row = sockopt_row(at_fd(owner, fd) + Words{"--destructive", "SO_ERROR"});
  EXPECT_TRUE(contains(row["value"].text(), "ECONNREFUSED") || row["value"].text() == "111") << row.text();
  EXPECT_EQ(owner.in(pending_error, fd), 0);
  EXPECT_EQ(owner.in(look, fd).events & POLLERR, 0);
}

/// The accepted end of a connection whose SYN was saved for it.
int with_saved_syn() {
  int listener = listening_socket(loopback(), SOCK_STREAM);
  set_int(listener, IPPROTO_TCP, TCP_SAVE_SYN, 1);
  int client = connected_socket(local_address(listener), SOCK_STREAM);
  if (client < 0) fail("no client");
  return accept_one(listener);
}

int saved_syn_size(int fd) {
  return static_cast<int>(get_bytes(fd, IPPROTO_TCP, TCP_SAVED_SYN, 256).size());
}

TEST(SockoptUndisturbed, TheSavedSynStays) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in(with_saved_syn);
  EXPECT_TRUE(row_of(sockopt_rows(at_fd(owner, fd)), "TCP_SAVED_SYN")["value"].is_null());
  EXPECT_GE(owner.in(saved_syn_size, fd), 40);

  int taken = owner.in(with_saved_syn);
  const json::Value row = sockopt_row(at_fd(owner, taken) + Words{"--destructive", "TCP_SAVED_SYN"});
  EXPECT_FALSE(row["value"].is_null()) << row.text();
  EXPECT_EQ(owner.in(saved_syn_size, taken), 0);
}

/// Segments that the connection sent and received so far.
struct Traffic {
  unsigned sent, received;
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

Traffic traffic(int fd) {
  tcp_info info = {};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) fail_errno("TCP_INFO");
  return {info.tcpi_segs_out, info.tcpi_segs_in};
}

/// What waits to be read, without reading it.
int waiting_bytes(int fd) {
  char bytes[256];
  return static_cast<int>(recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT));
}

// Nothing is sent, taken out of a queue or accepted; blocking stays blocking and non-blocking non-blocking.
TEST(SockoptUndisturbed, AConnectionItsListenerAndTheQueue) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] {
    OwnedConnection made = make_connection(loopback());
    if (connected_socket(local_address(made.listener), SOCK_STREAM) < 0) fail("not queued");
    if (send(made.client, "unread", 6, 0) != 6) fail_errno("send");
    if (!poll_one(made.accepted, POLLIN, Deadline(patience))) fail("nothing came");
    if (fcntl(made.client, F_SETFL, fcntl(made.client, F_GETFL) | O_NONBLOCK) < 0) fail_errno("fcntl");
    return made;
  });
  const int fds = open_fds(owner.pid());
  const Traffic traffic_before = owner.in(traffic, c.client);
  std::vector<Seen> before;
  for (int fd : {c.listener, c.client, c.accepted}) before.push_back(owner.in(look, fd));
  EXPECT_NE(before[1].status_flags & O_NONBLOCK, before[2].status_flags & O_NONBLOCK);

  EXPECT_EQ(sockopt({"--pid", owner.pid_text()}).status, 0);
  EXPECT_EQ(sockopt({"--local", at_port(c.server_address.port())}).status, 0);

  std::vector<Seen> after;
  for (int fd : {c.listener, c.client, c.accepted}) after.push_back(owner.in(look, fd));
  EXPECT_EQ(after, before);
  EXPECT_EQ(owner.in(traffic, c.client), traffic_before);
  EXPECT_EQ(owner.in(waiting_bytes, c.accepted), 6);
  EXPECT_EQ(open_fds(owner.pid()), fds);
  EXPECT_GE(
      owner.in([](int listener) { return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK); }, c.listener),
      0);
}

// Not even those reads that take something away, where there is nothing to take.
TEST(SockoptUndisturbed, UnreadBytesSurviveADestructiveRead) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  owner.in(
      [](int fd) {
        if (send(fd, "unread", 6, 0) != 6) fail_errno("send");
      },
      c.client);
  owner.in(
      [](int fd) {
        if (!poll_one(fd, POLLIN, Deadline(patience))) fail("nothing came");
      },
      c.accepted);
  EXPECT_EQ(sockopt(at_fd(owner, c.accepted) + Words{"--destructive"}).status, 0);
  EXPECT_EQ(owner.in(waiting_bytes, c.accepted), 6);
  EXPECT_EQ(open_fds(owner.pid()), 7);  // 0-2, the channel, the three of the connection
}

// The copy is gone with nettool: the owner's close is the last one and says so to the peer.
TEST(SockoptUndisturbed, ACloseIsAnEndAtOnce) {
  REQUIRE_ROOT();
  SocketOwner owner;
  TcpServer server;
  int fd = owner.in([](Address to) { return connected_socket(to, SOCK_STREAM); }, local_address(server.fd()));
  Peer peer = server.accept();
  EXPECT_EQ(sockopt(at_fd(owner, fd)).status, 0);
  EXPECT_TRUE(peer.silent_for(50ms));
  owner.in([](int done) { close(done); }, fd);
  EXPECT_FALSE(peer.ends_by_reset());
}

// A process that is stopped is read just the same.
TEST(SockoptUndisturbed, AStoppedProcess) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  kill(owner.pid(), SIGSTOP);
  wait_until("it is stopped", [&] { return state(owner.pid()) == 'T'; });
  EXPECT_TRUE(sockopt_row(at_fd(owner, fd) + Words{"SO_ACCEPTCONN"})["value"].boolean());
  EXPECT_EQ(state(owner.pid()), 'T');
  kill(owner.pid(), SIGCONT);
  EXPECT_EQ(owner.in(look, fd).events, 0);
}

}  // namespace
}  // namespace test
