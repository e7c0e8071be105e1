// How a server ends: what signals say, and say twice.

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

// timeout(1) sends its signal to the process and to the process group: still every client is reported.
TEST(ServeSignal, TwiceAtOnceIsOnce) {
  for (int round = 0; round < 20; ++round) {
    Listener server = start_listener({"--serve", "echo", "--model", "thread", "127.0.0.1", "0"});
    Peer peer = connect_tcp("127.0.0.1", server.port);
    peer.send_all("x");
    EXPECT_EQ(peer.recv_exact(1), "x");
    for (int i = 0; i < 3; ++i) server.program.signal(SIGTERM);
    const Outcome outcome = server.program.wait();
    EXPECT_EQ(outcome.signal, SIGTERM);
    EXPECT_EQ(json::events(outcome.err, "closed").size(), 1U) << outcome.err;
  }
}

TEST(ServeSignal, TwiceAtOnceIsNoEndOfTheGrace) {
  Listener server = start_listener({"--serve", "echo", "--grace", "60s", "127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", server.port);
  peer.send_all("x");
  EXPECT_EQ(peer.recv_exact(1), "x");
  server.program.signal(SIGTERM);
  server.program.signal(SIGTERM);
  EXPECT_TRUE(peer.silent_for(300ms));
  peer.send_all("y");
  EXPECT_EQ(peer.recv_exact(1), "y");
  peer.shutdown_write();
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.signal, SIGTERM);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "peer_closed");
}

// Later on it is somebody's impatience.
TEST(ServeSignal, AnotherOneEndsTheGrace) {
  Listener server = start_listener({"--serve", "echo", "--grace", "60s", "127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", server.port);
  peer.send_all("x");
  EXPECT_EQ(peer.recv_exact(1), "x");
  server.program.signal(SIGTERM);
  EXPECT_TRUE(peer.silent_for(1500ms));
  server.program.signal(SIGTERM);
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.signal, SIGTERM);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
}

// Every signal that ends a process from a terminal leaves no file behind.
TEST(ServeSignal, UnixFilesGoWithEach) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    const TempDir folder;
    Listener server = start_listener({"--serve", "echo", "-U", folder / "socket"});
    EXPECT_TRUE(exists(folder / "socket"));
    stop_server(server.program, number);
    EXPECT_FALSE(exists(folder / "socket")) << number;
  }
}

}  // namespace
}  // namespace test
