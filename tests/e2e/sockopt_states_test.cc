// Connections that are not simply established: on their way, refused, reset, half closed. Nobody set anything
// on them, and they are told with both of their addresses.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "tests/e2e/sockopt_run.hh"

namespace test {
namespace {

class SockoptStates : public OwnNetwork {};

int start_connect(Address to) {
  int fd = plain_socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK);
  if (connect(fd, to.raw(), to.length) == 0 || errno != EINPROGRESS) fail_errno("connect");
  return fd;
}

int refused() {
  Address closed = loopback();
  int held = bound_socket(closed, SOCK_STREAM);
  closed = local_address(held);
  close(held);
  int fd = plain_socket(AF_INET, SOCK_STREAM);
  if (connect(fd, closed.raw(), closed.length) == 0 || errno != ECONNREFUSED) fail_errno("connect");
  return fd;
}

int reset_by_peer() {
  OwnedConnection c = make_connection(loopback());
  const linger now = {1, 0};
  if (setsockopt(c.accepted, SOL_SOCKET, SO_LINGER, &now, sizeof now) < 0) fail_errno("SO_LINGER");
  close(c.accepted);
  if (!poll_one(c.client, POLLHUP, Deadline(patience))) fail("no reset came");
  return c.client;
}

/// The end that shut down (FIN_WAIT2) or, with `other`, the one that was told so (CLOSE_WAIT).
int half_closed(bool other) {
  OwnedConnection c = make_connection(loopback());
  if (shutdown(c.client, SHUT_WR) < 0) fail_errno("shutdown");
  char byte = 0;
  if (recv(c.accepted, &byte, 1, 0) != 0) fail("no end came");
  return other ? c.accepted : c.client;
}

struct State {
  const char* name;
  int (*make)();
};

const std::vector<State> states = {
    {"SYN_SENT", [] { return start_connect(ip_address("192.0.2.1", 80)); }},
    {"refused", refused},
    {"reset", reset_by_peer},
    {"CLOSE_WAIT", [] { return half_closed(true); }},
    {"FIN_WAIT_2", [] { return half_closed(false); }},
};

TEST_F(SockoptStates, NothingIsChangedInAnyOfThem) {
  ns().blackhole("192.0.2.1");
  SocketOwner owner(ns().enter_hook());
  for (const State& state : states) {
    SCOPED_TRACE(state.name);
    int fd = owner.in(state.make);
    EXPECT_EQ(values_of(sockopt_rows(at_fd(owner, fd) + Words{"--changed"})), Words{});
    EXPECT_EQ(sockopt(at_fd(owner, fd)).status, 0);
  }
}

TEST_F(SockoptStates, ItsNameAndBothAddresses) {
  ns().blackhole("192.0.2.1");
  SocketOwner owner(ns().enter_hook());
  for (const State& state : states) {
    if (!isupper(static_cast<unsigned char>(state.name[0]))) continue;
    SCOPED_TRACE(state.name);
    int fd = owner.in(state.make);
    // Of the half-closed ones the other ends are there as well.
    const auto rows = sockopt_rows({"--pid", owner.pid_text(), "--state", state.name, "SO_TYPE"});
    const auto found = std::ranges::find_if(
        rows, [fd](const json::Value& row) { return row["socket"]["fd"].integer() == fd; });
    ASSERT_NE(found, rows.end());
    const json::Value& row = *found;
    EXPECT_EQ(row["socket"]["state"].string(), state.name);
    EXPECT_GT(row["socket"]["local"]["port"].integer(), 0);
    EXPECT_GT(row["socket"]["peer"]["port"].integer(), 0);
  }
  const json::Value waiting = sockopt_row({"--peer", "192.0.2.1:80", "SO_TYPE"})["socket"];
  EXPECT_EQ(waiting["peer"]["address"].string(), "192.0.2.1");
  EXPECT_EQ(waiting["state"].string(), "SYN_SENT");
  EXPECT_TRUE(contains(sockopt({"--peer", "192.0.2.1:80", "SO_TYPE"}).out, " to 192.0.2.1:80  SYN_SENT"));
}

// Set where there is no process to set it for: nothing was done, and the status says so.
TEST_F(SockoptStates, TimeWaitCannotBeSet) {
  SocketOwner owner(ns().enter_hook());
  const std::uint16_t port = owner.in([] {
    OwnedConnection c = make_connection(loopback());
    close(c.client);
    char byte = 0;
    if (recv(c.accepted, &byte, 1, 0) != 0) fail("no end came");
    close(c.accepted);
    return c.client_address.port();
  });
  const Words where = {"--local", at_port(port), "--state", "time-wait"};
  wait_until("it is in TIME_WAIT", [&] { return sockopt(where).status == 0; });
  Outcome outcome = sockopt(where + Words{"--set-live", "SO_KEEPALIVE=on"});
  EXPECT_EQ(outcome.status, 4) << outcome.out << outcome.err;
}

}  // namespace
}  // namespace test
