// What it takes to serve a client is not there for a while: the clients wait, nothing spins, and all are
// served once it has come back.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/e2e/serve_run.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

constexpr int clients = 8;
// A user whom nobody else here is: processes are counted by user.
constexpr uid_t lonely_user = 64'123;

struct Way {
  std::string name;
  std::vector<std::string> options;
  std::vector<std::string> command = {};
};
const std::vector<Way> ways = {
    {"epoll", {"--serve", "echo"}},
    {"thread", {"--serve", "echo", "--model", "thread"}},
    {"fork", {"--serve", "echo", "--model", "fork"}},
    {"shell", {"--shell", "cat"}},
    {"shell_thread", {"--shell", "cat", "--model", "thread"}},
};

class ServeShortage : public testing::TestWithParam<Way> {
 protected:
  static std::vector<Peer> come(const QuietServer& server) {
    std::vector<Peer> peers;
    for (int i = 0; i < clients; ++i) {
      peers.push_back(server.connect());
      peers.back().send_all("x");
    }
    return peers;
  }
  static void all_are_served(std::vector<Peer>& peers) {
    for (Peer& peer : peers) EXPECT_EQ(peer.recv_exact(1), "x");
    for (Peer& peer : peers) peer.shutdown_write();
    for (Peer& peer : peers) EXPECT_EQ(peer.recv_until_eof(), "");
  }
};
INSTANTIATE_TEST_SUITE_P(Ways, ServeShortage, testing::ValuesIn(ways),
                         [](const auto& info) { return info.param.name; });

void set_limit(pid_t pid, __rlimit_resource resource, rlim_t soft) {
  rlimit limit{};
  if (prlimit(pid, resource, nullptr, &limit) < 0) fail_errno("prlimit");
  limit.rlim_cur = soft;
  if (prlimit(pid, resource, &limit, nullptr) < 0) fail_errno("prlimit");
}

void be_lonely() {
  if (setgid(lonely_user) < 0 || setuid(lonely_user) < 0) fail_errno("setuid");
}

TEST_P(ServeShortage, OfDescriptors) {
  QuietServer server = start_quiet_server(GetParam().options);
  const pid_t pid = server.program.pid();
  wait_idle(pid);
  // One client's connection fits, and hardly more.
  set_limit(pid, RLIMIT_NOFILE, static_cast<rlim_t>(open_fds(pid)) + 1);
  std::vector<Peer> peers = come(server);
  EXPECT_TRUE(server.program.read_until(Stream::err, "\n").contains("(EMFILE)"));
  const long before = cpu_ticks(pid);
  EXPECT_TRUE(peers.back().silent_for(1s));
  EXPECT_LT(cpu_ticks(pid) - before, 30) << "it spins";
  set_limit(pid, RLIMIT_NOFILE, 1000);
  all_are_served(peers);
  stop_server(server.program);
}

// Those who wait do not hold what they wait for: whoever has gone meanwhile, service goes on.
TEST_P(ServeShortage, IsNotMadeByThoseWhoWait) {
  QuietServer server = start_quiet_server(GetParam().options);
  const pid_t pid = server.program.pid();
  wait_idle(pid);
  const int before = open_fds(pid);
  // Room for two or three clients of the hungriest kind.
  set_limit(pid, RLIMIT_NOFILE, static_cast<rlim_t>(before) + 20);
  std::vector<Peer> peers;
  for (int i = 0; i < 40; ++i) {
    peers.push_back(server.connect());
    peers.back().send_all("x");
  }
  if (GetParam().name == "shell_thread") {
    // All threads may be there before the first program: after a while some clients are sent away.
    peers.clear();
    wait_until("somebody is served again", [&] {
      Peer peer = server.connect();
      return message_of([&] {
               peer.send_all("x");
               static_cast<void>(peer.recv_exact(1, 2s));
             }) == "(nothing was thrown)";
    });
  }
  for (Peer& peer : peers) {
    EXPECT_EQ(peer.recv_exact(1), "x");
    peer.close();
  }
  wait_until("all descriptors are back", [&] { return open_fds(pid) <= before; });
  stop_server(server.program);
}

class ServeShortageOfProcesses : public ServeShortage {};
INSTANTIATE_TEST_SUITE_P(Ways, ServeShortageOfProcesses, testing::Values(ways[1], ways[2]),
                         [](const auto& info) { return info.param.name; });

TEST_P(ServeShortageOfProcesses, Waits) {
  REQUIRE_ROOT();
  Options options;
  options.before_exec = [] {
    set_limit(getpid(), RLIMIT_NPROC, 3);
    be_lonely();
  };
  QuietServer server = start_quiet_server(GetParam().options, std::move(options));
  std::vector<Peer> peers = come(server);
  const std::string line = server.program.read_until(Stream::err, "\n");
  EXPECT_TRUE(line.contains("(EAGAIN)")) << line;
  // Another user's limits are for those with CAP_SYS_RESOURCE; one's own are for everybody.
  run({"prlimit", "--pid", std::to_string(server.program.pid()), "--nproc=1000:"},
      {.before_exec = be_lonely});
  all_are_served(peers);
  stop_server(server.program);
}

// Ended meanwhile: those who wait are closed and reported like all others.
TEST(ServeShortageEnds, WithASignal) {
  Listener server = start_listener({"--serve", "echo", "--model", "thread", "127.0.0.1", "0"});
  const pid_t pid = server.program.pid();
  wait_idle(pid);
  set_limit(pid, RLIMIT_NOFILE, static_cast<rlim_t>(open_fds(pid)) + 1);
  Peer peer = connect_tcp("127.0.0.1", server.port);
  server.program.read_until(Stream::err, "EMFILE");
  const Outcome outcome = stop_server(server.program);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
}

}  // namespace
}  // namespace test
