// Who is said to hold a live socket, where it is and in which state, in JSON and in text.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

class SockoptLabel : public OwnNetwork {};

TEST_F(SockoptLabel, WhoHoldsItAndWhereItIs) {
  SocketOwner owner(ns().enter_hook());
  owner.in([] { prctl(PR_SET_NAME, "webserver"); });
  OwnedConnection c = owner.in([] { return make_connection(loopback(AF_INET6)); });
  const json::Value row = sockopt_row(at_fd(owner, c.accepted) + Words{"SO_KEEPALIVE"});
  EXPECT_EQ(row.keys(), (Words{"level", "name", "number", "type", "kind", "value", "default", "changed",
                               "settable", "unit", "error", "socket"}));
  const json::Value& socket = row["socket"];
  EXPECT_EQ(socket.keys(), (Words{"pid", "program", "fd", "protocol", "local", "peer", "state"}));
  EXPECT_EQ(socket["pid"].integer(), owner.pid());
  EXPECT_EQ(socket["program"].string(), "webserver");
  EXPECT_EQ(socket["fd"].integer(), c.accepted);
  EXPECT_EQ(socket["protocol"].string(), "tcp");
  EXPECT_EQ(socket["local"]["address"].string(), "::1");
  EXPECT_EQ(socket["local"]["port"].integer(), c.server_address.port());
  EXPECT_EQ(socket["peer"]["address"].string(), "::1");
  EXPECT_EQ(socket["peer"]["port"].integer(), c.client_address.port());
  EXPECT_EQ(socket["state"].string(), "ESTABLISHED");

  const json::Value listener = sockopt_row(at_fd(owner, c.listener) + Words{"SO_KEEPALIVE"})["socket"];
  EXPECT_EQ(listener["state"].string(), "LISTEN");
  EXPECT_TRUE(listener["peer"].is_null()) << listener.text();
}

TEST_F(SockoptLabel, ALineForEachSocketAndItsRowsBelow) {
  SocketOwner owner(ns().enter_hook());
  owner.in([] { prctl(PR_SET_NAME, "webserver"); });
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  const std::string server = "127.0.0.1" + at_port(c.server_address.port());
  Outcome outcome = sockopt({"--local", at_port(c.server_address.port()), "keepalive", "nodelay"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto who = [&](int fd) {
    return "webserver (pid " + owner.pid_text() + ", fd " + std::to_string(fd) + ")  ";
  };
  const Words lines = lines_of(outcome.out);
  EXPECT_EQ(std::ranges::count(lines, who(c.listener) + server + "/tcp  LISTEN"), 1) << outcome.out;
  EXPECT_EQ(std::ranges::count(lines, who(c.accepted) + server + "/tcp to 127.0.0.1" +
                                          at_port(c.client_address.port()) + "  ESTABLISHED"),
            1)
      << outcome.out;
  int rows = 0;
  for (const std::string& line : lines) {
    if (!line.starts_with("  ")) continue;
    ++rows;
    const std::string words = folded_spaces(line.substr(2));
    EXPECT_TRUE(words.starts_with("SOL_SOCKET SO_KEEPALIVE off") ||
                words.starts_with("IPPROTO_TCP TCP_NODELAY off"))
        << line;
  }
  EXPECT_EQ(rows, 4) << outcome.out;
}

// Bound, and neither listening nor connected: in none of /proc's lists.
TEST_F(SockoptLabel, BoundAndNothingElse) {
  SocketOwner owner(ns().enter_hook());
  int fd = owner.in([] { return bound_socket(loopback(), SOCK_STREAM); });
  const json::Value by_fd = sockopt_row(at_fd(owner, fd) + Words{"SO_ACCEPTCONN"});
  EXPECT_FALSE(by_fd["value"].boolean());
  EXPECT_EQ(by_fd["socket"]["state"].string(), "BOUND");
  EXPECT_EQ(by_fd["socket"]["local"]["port"].integer(), port_of(owner, fd));
  Outcome by_port = sockopt({"--json", "--local", at_port(port_of(owner, fd)), "SO_TYPE"});
  // Kernels before 6.8 show it to nobody.
  if (by_port.status == 4) GTEST_SKIP() << "this kernel does not list bound sockets";
  EXPECT_EQ(json::parse(by_port.out)["socket"]["fd"].integer(), fd);
}

// Not bound, not connected: a socket like any other for who knows its number.
TEST_F(SockoptLabel, NeitherBoundNorConnected) {
  SocketOwner owner(ns().enter_hook());
  for (int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
    for (int type : {SOCK_STREAM, SOCK_DGRAM}) {
      if (family == AF_NETLINK && type == SOCK_STREAM) continue;
      SCOPED_TRACE(std::to_string(family) + " " + std::to_string(type));
      int fd = owner.in([](int f, int t) { return plain_socket(f, t); }, family, type);
      const json::Value row = sockopt_row(at_fd(owner, fd) + Words{"SO_RCVBUF"});
      EXPECT_EQ(row["value"].integer(),
                owner.in([](int s) { return get_int(s, SOL_SOCKET, SO_RCVBUF); }, fd));
      EXPECT_TRUE(row["socket"]["peer"].is_null()) << row.text();
    }
  }
}

// The connection is over, the kernel keeps its address for a minute: a line of its own, and no error.
TEST_F(SockoptLabel, TimeWaitHasNoProcess) {
  SocketOwner owner(ns().enter_hook());
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  owner.in(
      [](OwnedConnection ended) {
        close(ended.client);
        char byte = 0;
        if (recv(ended.accepted, &byte, 1, 0) != 0) fail("no end came");
        close(ended.accepted);
      },
      c);
  const Words words = {"--local", at_port(c.client_address.port()), "--state", "time-wait"};
  wait_until("the client is in TIME_WAIT", [&] { return sockopt(words).status == 0; });
  const json::Value socket = sockopt_row(words)["socket"];
  for (const char* key : {"pid", "program", "fd"}) EXPECT_TRUE(socket[key].is_null()) << socket.text();
  EXPECT_EQ(socket["state"].string(), "TIME_WAIT");
  EXPECT_EQ(socket["local"]["port"].integer(), c.client_address.port());
  EXPECT_EQ(socket["peer"]["port"].integer(), c.server_address.port());
  Outcome text = sockopt(words);
  EXPECT_EQ(lines_of(text.out).size(), 1U) << text.out;
  EXPECT_TRUE(contains(text.out, "TIME_WAIT")) << text.out;
}

}  // namespace
}  // namespace test
