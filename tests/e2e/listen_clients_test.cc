// One client after another: -k goes on whatever a client does, and nothing of one is mixed with another's.

#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"

namespace test {
namespace {

TEST(ListenClients, OneAndNoMore) {
  Listener listener = start_listener({"127.0.0.1", "0"}, {.in = Stdio::null()});
  Peer first = connect_tcp("127.0.0.1", listener.port);
  Peer second = connect_tcp("127.0.0.1", listener.port);
  second.send_all("not served");
  first.send_all("served");
  first.close();
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "served");
  EXPECT_TRUE(second.ends_by_reset());
}

// Its status is its client's: cut off is 1.
TEST(ListenClients, TheStatusOfTheOnlyOne) {
  Listener listener = start_listener({"127.0.0.1", "0"}, {.in = Stdio::null()});
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("half of it");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 10), "half of it");
  peer.reset();
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "reset");
}

/// Says something, hears the end, and returns: served from start to end.
void visit(const Listener& listener, const std::string& words) {
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all(words);
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
}

TEST(ListenClients, SurvivesEveryClient) {
  Listener listener = start_listener({"-k", "-d", "127.0.0.1", "0"});
  for (int round = 0; round < 5; ++round) {
    connect_tcp("127.0.0.1", listener.port).close();
    connect_tcp("127.0.0.1", listener.port).reset();
    Peer cut = connect_tcp("127.0.0.1", listener.port);
    cut.send_all("cut");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 3), "cut");
    cut.reset();
    Peer half = connect_tcp("127.0.0.1", listener.port);
    half.shutdown_write();
    EXPECT_EQ(half.recv_until_eof(), "");
    visit(listener, "whole");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "whole");
  }
  EXPECT_TRUE(listener.program.still_running());
  // Descriptors of clients that have gone: none is left but the standard three, the loop's and the listener.
  EXPECT_LE(open_fds(listener.program.pid()), 12);
}

// Gone again before their turn came.
TEST(ListenClients, SurvivesThoseWhoLeaveTheQueue) {
  Listener listener = start_listener({"-k", "-d", "127.0.0.1", "0"});
  Peer served = connect_tcp("127.0.0.1", listener.port);
  served.send_all("first");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "first");
  for (int i = 0; i < 20; ++i) {
    Peer impatient = connect_tcp("127.0.0.1", listener.port);
    if (i % 2 == 0) impatient.reset();
  }
  served.close();
  visit(listener, "last");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 4), "last");
}

TEST(ListenClients, AThousandOneAfterAnother) {
  Listener listener = start_listener({"-k", "-d", "--clients", "1000", "127.0.0.1", "0"});
  int fds = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string words = "client " + std::to_string(i) + "\n";
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    peer.send_all(words);
    peer.shutdown_write();
    EXPECT_EQ(listener.program.read_line(Stream::out), words);
    // Read as they come: a report that nobody reads is given up sooner or later.
    for (const char* event : {"accepted", "closed"}) {
      json::Value told = json::parse(listener.program.read_line(Stream::err));
      EXPECT_EQ(told["event"].string(), event);
      EXPECT_EQ(told["client"].integer(), i + 1);
    }
    if (i == 10) fds = open_fds(listener.program.pid());
    if (i == 990) EXPECT_LE(open_fds(listener.program.pid()), fds + 1);
  }
  EXPECT_EQ(listener.program.wait().status, 0);
}

TEST(ListenClients, TwoHundredAtOnce) {
  constexpr size_t count = 200;
  constexpr size_t size = 20000;
  Listener listener = start_listener({"-k", "-d", "--clients", std::to_string(count), "127.0.0.1", "0"});
  std::vector<Peer> peers;
  std::map<long long, std::string> said;
  for (size_t i = 0; i < count; ++i) {
    peers.push_back(connect_tcp("127.0.0.1", listener.port));
    said[peers.back().local_port()] = random_bytes(size, i);
  }
  // All of them before any is read: what does not fit waits with its sender in the kernel.
  for (Peer& peer : peers) {
    peer.send_all(said[peer.local_port()]);
    peer.shutdown_write();
  }
  Outcome outcome = listener.program.wait(60s);
  EXPECT_EQ(outcome.status, 0) << outcome.err.substr(0, 2000);
  std::string expected;
  for (const json::Value& event : json::events(outcome.err, "accepted")) {
    expected += said[event["peer"]["port"].integer()];
  }
  EXPECT_EQ(expected.size(), count * size);
  EXPECT_EQ(first_difference(outcome.out, expected), std::nullopt);
  for (const json::Value& event : json::events(outcome.err, "closed")) {
    EXPECT_EQ(event["received_bytes"].integer(), static_cast<long long>(size));
  }
  for (Peer& peer : peers) EXPECT_FALSE(peer.ends_by_reset());
}

TEST(ListenClients, StdinGoesToTheOneBeingServed) {
  Listener listener = start_listener({"-k", "127.0.0.1", "0"});
  for (int i = 0; i < 3; ++i) {
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    peer.send_all("x");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "x");
    std::string words = "to client " + std::to_string(i);
    listener.program.write_stdin(words);
    EXPECT_EQ(peer.recv_exact(words.size()), words);
    peer.close();
  }
}

// What was typed while nobody was there is for the next client.
TEST(ListenClients, StdinWaitsForAClient) {
  Listener listener = start_listener({"-k", "127.0.0.1", "0"});
  listener.program.write_stdin("prepared");
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  EXPECT_EQ(peer.recv_exact(8), "prepared");
}

// At the end of stdin the client being served hears it; those to come are served without.
TEST(ListenClients, AfterTheEndOfStdin) {
  Listener listener = start_listener({"-k", "127.0.0.1", "0"});
  Peer first = connect_tcp("127.0.0.1", listener.port);
  listener.program.write_stdin("all there is");
  listener.program.close_stdin();
  EXPECT_EQ(first.recv_until_eof(), "all there is");
  first.send_all("one");
  first.close();
  EXPECT_EQ(listener.program.read_exact(Stream::out, 3), "one");
  Peer second = connect_tcp("127.0.0.1", listener.port);
  second.send_all("two");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 3), "two");
  EXPECT_TRUE(second.silent_for(50ms));
  second.shutdown_write();
  EXPECT_EQ(second.recv_until_eof(), "");
}

TEST(ListenClients, CountsThemAndEnds) {
  Listener listener = start_listener({"-k", "--clients", "3", "-d", "127.0.0.1", "0"});
  visit(listener, "1");
  connect_tcp("127.0.0.1", listener.port).reset();
  EXPECT_TRUE(listener.program.still_running());
  visit(listener, "3");
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  std::vector<json::Value> closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(closed[i]["client"].integer(), static_cast<long long>(i) + 1);
  EXPECT_EQ(start_listener({"--clients", "1", "127.0.0.1", "0"}).program.still_running(), true);
}

TEST(ListenClients, AnIdleClientIsClosedAndTheNextServed) {
  Listener listener = start_listener({"-k", "-d", "-i", "200ms", "127.0.0.1", "0"});
  Peer idle = connect_tcp("127.0.0.1", listener.port);
  Peer next = connect_tcp("127.0.0.1", listener.port);
  next.send_all("next");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 4), "next");
  EXPECT_EQ(idle.recv_until_eof(), "");
  EXPECT_TRUE(listener.program.still_running());
}

// Without -k the status is as in connect: 3 if nothing ever came, else 0.
TEST(ListenClients, TheStatusOfAnIdleClient) {
  for (bool speaks : {false, true}) {
    Listener listener = start_listener({"-d", "-i", "300ms", "127.0.0.1", "0"});
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    if (speaks) peer.send_all("x");
    Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, speaks ? 0 : 3) << outcome.err;
    EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "idle_timeout");
  }
}

TEST(ListenClients, TheDeadlineOfTheWholeRun) {
  Listener listener = start_listener({"-k", "--deadline", "700ms", "127.0.0.1", "0"});
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("x");
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "deadline");
  EXPECT_GE(outcome.seconds, 0.7);
}

// -v as text: who came and how it ended.
TEST(ListenClients, Verbose) {
  Program program(nettool("-v", "listen", "-k", "-d", "127.0.0.1", "0"));
  std::string line = program.read_line(Stream::err);
  auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.find(':') + 1)));
  Peer peer = connect_tcp("127.0.0.1", port);
  std::string accepted = program.read_line(Stream::err);
  EXPECT_TRUE(accepted.starts_with("accept ")) << accepted;
  EXPECT_NE(accepted.find(":" + std::to_string(peer.local_port()) + "/tcp"), std::string::npos) << accepted;
  peer.send_all("12345");
  peer.close();
  std::string closed = program.read_line(Stream::err);
  EXPECT_TRUE(closed.starts_with("close ")) << closed;
  EXPECT_NE(closed.find("received 5 B"), std::string::npos) << closed;
  EXPECT_NE(closed.find("rtt"), std::string::npos) << closed;
}

}  // namespace
}  // namespace test
