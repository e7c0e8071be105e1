// The rule that `sockopt --explain SO_REUSEADDR` tells is this kernel's: an address in TIME_WAIT is free for
// a new socket with SO_REUSEADDR only if the old one had it.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

void set_reuse(int fd, bool on) {
  set_int(fd, SOL_SOCKET, SO_REUSEADDR, on ? 1 : 0);
}

/// Leaves nothing but TIME_WAIT on a server's address, which is returned: the server closes first.
Address time_wait(const char* host, bool old_has_it) {
  Address any = ip_address(host, 0);
  Fd listener(plain_socket(any.family(), SOCK_STREAM));
  set_reuse(listener.get(), old_has_it);
  if (bind(listener.get(), any.raw(), any.length) < 0 || listen(listener.get(), 8) < 0) fail_errno("listen");
  Address where = local_address(listener.get());
  Fd client(connected_socket(ip_address("127.0.0.1", where.port()), SOCK_STREAM));
  Fd accepted(accept_one(listener.get()));
  accepted.close();
  char byte = 0;
  if (recv(client.get(), &byte, 1, 0) != 0) fail("no end came");
  client.close();
  return where;
}

int bind_again(Address where, bool new_has_it) {
  Fd fd(plain_socket(where.family(), SOCK_STREAM));
  set_reuse(fd.get(), new_has_it);
  return bind(fd.get(), where.raw(), where.length) == 0 ? 0 : errno;
}

struct Case {
  bool old_has_it, new_has_it;
  int error;
};

constexpr Case cases[] = {
    {false, false, EADDRINUSE}, {false, true, EADDRINUSE}, {true, false, EADDRINUSE}, {true, true, 0}};

// In a network of its own, where nobody else takes the port meanwhile.
TEST(SockoptTimeWait, BothMustHaveHadIt) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
    for (const Case& c : cases) {
      SCOPED_TRACE(testing::Message() << host << ", old " << c.old_has_it << ", new " << c.new_has_it);
      const Address where = ns.in([&] { return time_wait(host, c.old_has_it); });
      // The last of the two closes is done by the kernel in its own time.
      const Words words = {"sockopt", "--local", at_port(where.port()), "--state", "time-wait"};
      wait_until("it is in TIME_WAIT", [&] { return ns.run(nettool_argv(words)).status == 0; });
      EXPECT_EQ(ns.in([&] { return bind_again(where, c.new_has_it); }), c.error);
    }
  }
}

// Setting it on the accepted socket just before its end is enough.
TEST(SockoptTimeWait, SettingItLiveBeforeTheEndIsEnough) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  SocketOwner owner(ns.enter_hook());
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  Outcome set = ns.run(nettool_argv(Words{"sockopt", "--set-live", "SO_REUSEADDR=on", "--state",
                                          "established", "--local", at_port(c.server_address.port())}));
  EXPECT_EQ(set.status, 0) << set.err;
  owner.in(
      [](OwnedConnection ended) {
        close(ended.listener);
        close(ended.accepted);
        char byte = 0;
        if (recv(ended.client, &byte, 1, 0) != 0) fail("no end came");
        close(ended.client);
      },
      c);
  EXPECT_EQ(ns.in([&] { return bind_again(c.server_address, true); }), 0);
  EXPECT_EQ(ns.in([&] { return bind_again(c.server_address, false); }), EADDRINUSE);
}

}  // namespace
}  // namespace test
