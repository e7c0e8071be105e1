// Many clients at the same time: none is lost, all bytes come back, nothing is left behind.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"

namespace test {
namespace {

struct Crowd {
  std::string model;
  int clients;
};

class ServeRaceOfMany : public testing::TestWithParam<Crowd> {};
INSTANTIATE_TEST_SUITE_P(Models, ServeRaceOfMany,
                         testing::Values(Crowd{"epoll", 1000}, Crowd{"thread", 1000}, Crowd{"fork", 200}),
                         [](const auto& info) { return info.param.model; });

void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_P(ServeRaceOfMany, NoneIsLost) {
  allow_many_descriptors();
  const auto [model, clients] = GetParam();
  QuietServer server =
      start_quiet_server({"--serve", "echo", "--model", model, "--max-clients", std::to_string(clients)});
  const pid_t pid = server.program.pid();
  wait_idle(pid);
  const int before = open_fds(pid);
  std::vector<Peer> peers;
  std::vector<std::string> sent;
  for (int i = 0; i < clients; ++i) {
    peers.push_back(server.connect());
    sent.push_back(random_bytes(20'000, static_cast<std::uint64_t>(i)));
  }
  // All are there before the first is answered: each waits for a byte of its own.
  for (Peer& peer : peers) peer.send_all("?");
  for (Peer& peer : peers) EXPECT_EQ(peer.recv_exact(1), "?");
  if (model == "thread") EXPECT_EQ(threads(pid), clients + 1);
  if (model == "fork") EXPECT_EQ(children(pid), clients);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    peers[i].send_all(sent[i]);
    peers[i].shutdown_write();
  }
  int wrong = 0;
  for (std::size_t i = 0; i < peers.size(); ++i) wrong += peers[i].recv_until_eof() == sent[i] ? 0 : 1;
  EXPECT_EQ(wrong, 0);
  peers.clear();
  wait_until("all descriptors are back", [&] { return open_fds(pid) <= before; });
  EXPECT_EQ(open_fds(pid), before);
  EXPECT_EQ(threads(pid), 1);
  EXPECT_EQ(children(pid), 0) << "zombies";
  stop_server(server.program);
}

// Reaped as they end, and not only when the next client comes.
TEST(ServeFork, NoZombieEver) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", "fork"});
  const pid_t pid = server.program.pid();
  for (int i = 0; i < 50; ++i) {
    Peer peer = server.connect();
    peer.send_all("x");
    EXPECT_EQ(peer.recv_exact(1), "x");
    peer.close();
    wait_until("it is reaped", [&] { return children(pid) == 0; });
  }
  stop_server(server.program);
}

// Started by somebody who ignores SIGCHLD: the kernel would reap the children, and nobody know how they
// ended.
TEST(ServeFork, WhereSigchldIsIgnored) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--model", "fork", "-v", "--clients", "1"},
                                          {.before_exec = [] { std::signal(SIGCHLD, SIG_IGN); }});
  Peer peer = server.connect();
  peer.send_all("x");
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "x");
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.err.contains("status 0")) << outcome.err;
}

}  // namespace
}  // namespace test
