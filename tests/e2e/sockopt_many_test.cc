// Ten thousand sockets on the machine: one is found among them, and all of one process can be read.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

constexpr int many = 10000;

/// Bound UDP sockets, and at the end one that listens; its port.
std::uint16_t hold_many() {
  const rlimit limit = {many + 100, many + 100};
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail_errno("RLIMIT_NOFILE");
  for (int i = 0; i < many; ++i) (void)bound_socket(loopback(), SOCK_DGRAM);
  int listener = listening_socket(loopback(), SOCK_STREAM);
  set_int(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
  return local_address(listener).port();
}

double median_seconds(const std::vector<std::string>& argv, const Options& options) {
  std::vector<double> seconds;
  for (int round = 0; round < 9; ++round) seconds.push_back(run(argv, options).seconds);
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

// In a network of its own, so that other tests keep their ports.
TEST(SockoptMany, OneIsFoundAmongTenThousand) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  SocketOwner owner(ns.enter_hook());
  const std::uint16_t port = owner.in(hold_many);
  // With few descriptors: those of others are borrowed one at a time.
  Options options;
  options.before_exec = [enter = ns.enter_hook()] {
    enter();
    const rlimit few = {32, 32};
    if (setrlimit(RLIMIT_NOFILE, &few) < 0) fail_errno("RLIMIT_NOFILE");
  };
  const Words one = nettool_argv({"sockopt", "--json", "--tcp", "--local", at_port(port), "SO_KEEPALIVE"});
  Outcome found = run(one, options);
  EXPECT_EQ(found.status, 0) << found.err;
  const json::Value row = json::parse(found.out);
  EXPECT_TRUE(row["value"].boolean());
  EXPECT_EQ(row["socket"]["pid"].integer(), owner.pid());
  // For who reads the log; a busy machine makes no verdict of it.
  RecordProperty("ms_found", std::to_string(1000 * median_seconds(one, options)));
  RecordProperty("ms_nothing", std::to_string(1000 * median_seconds(nettool("--version"), options)));

  Outcome all = run(nettool("sockopt", "--json", "--pid", owner.pid_text(), "SO_TYPE"), options);
  EXPECT_EQ(all.status, 0) << all.err;
  // The channel to this test is one of its sockets too.
  EXPECT_EQ(std::ranges::count(all.out, '\n'), many + 2);
}

}  // namespace
}  // namespace test
