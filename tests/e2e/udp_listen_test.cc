// listen -u: who is a client and who is not, where replies come from, and when clients are forgotten.

#include <gtest/gtest.h>

#include <poll.h>

#include <algorithm>
#include <csignal>

#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Sends and waits until the listener has written it out: then it knows the sender.
void say(UdpSocket& client, Listener& listener, const std::string& words) {
  client.send_to(words, "127.0.0.1", listener.port);
  EXPECT_EQ(listener.program.read_exact(Stream::out, words.size()), words);
}

TEST(UdpListen, TheFirstSenderIsTheClient) {
  Listener listener = start_listener({"-u", "127.0.0.1", "0"});
  UdpSocket first;
  UdpSocket second;
  say(first, listener, "first");
  json::Value accepted = json::parse(listener.program.read_line(Stream::err));
  EXPECT_EQ(accepted["event"].string(), "accepted");
  EXPECT_EQ(accepted["client"].integer(), 1);
  EXPECT_EQ(accepted["peer"]["port"].integer(), first.port());

  second.send_to("not wanted", "127.0.0.1", listener.port);
  json::Value rejected = json::parse(listener.program.read_line(Stream::err));
  EXPECT_EQ(rejected["event"].string(), "rejected");
  EXPECT_EQ(rejected["peer"]["port"].integer(), second.port());
  EXPECT_EQ(rejected["reason"].string(), "not_the_client");

  listener.program.write_stdin("answer");
  EXPECT_EQ(first.recv().bytes, "answer");
  say(first, listener, "again");
  EXPECT_TRUE(second.silent_for(0ms));
  listener.program.signal(SIGTERM);
  EXPECT_EQ(listener.program.wait().out, "firstagain");
}

// One line of report for each stranger, not for each of its datagrams.
TEST(UdpListen, AStrangerIsReportedOnce) {
  Listener listener = start_listener({"-u", "127.0.0.1", "0"});
  UdpSocket client;
  UdpSocket stranger;
  say(client, listener, "x");
  for (int i = 0; i < 20; ++i) stranger.send_to("knock", "127.0.0.1", listener.port);
  say(client, listener, "y");
  listener.program.signal(SIGTERM);
  EXPECT_EQ(json::events(listener.program.wait().err, "rejected").size(), 1U);
}

TEST(UdpListen, AsText) {
  Program program(nettool("listen", "-u", "127.0.0.1", "0"));
  std::string line = program.read_line(Stream::err);
  ASSERT_TRUE(line.starts_with("listening on 127.0.0.1:")) << line;
  EXPECT_TRUE(line.ends_with("/udp\n")) << line;
  auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.find(':') + 1)));
  UdpSocket client;
  UdpSocket stranger;
  client.send_to("x", "127.0.0.1", port);
  program.read_exact(Stream::out, 1);
  stranger.send_to("y", "127.0.0.1", port);
  // Not only with -v: the user would wonder why nothing arrives.
  EXPECT_TRUE(contains(program.read_line(Stream::err), "127.0.0.1:" + stranger.port_text()));
}

TEST(UdpListen, KeepOpenServesAllAndStdinGoesToTheLatest) {
  Listener listener = start_listener({"-u", "-k", "127.0.0.1", "0"});
  std::vector<UdpSocket> clients(5);
  for (size_t i = 0; i < clients.size(); ++i) {
    std::string words = "words of client " + std::to_string(i);
    say(clients[i], listener, words);
    std::string answer = "to " + std::to_string(i);
    listener.program.write_stdin(answer);
    EXPECT_EQ(clients[i].recv().bytes, answer);
  }
  // The latest is who spoke last, not who came last.
  say(clients[1], listener, "me again");
  listener.program.write_stdin("only you");
  EXPECT_EQ(clients[1].recv().bytes, "only you");
  for (UdpSocket& client : clients) EXPECT_TRUE(client.silent_for(0ms));

  listener.program.signal(SIGTERM);
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(json::events(outcome.err, "accepted").size(), 5U);
  std::vector<json::Value> closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 5U);
  for (const json::Value& event : closed) {
    bool twice = event["client"].integer() == 2;
    EXPECT_EQ(event["received_bytes"].integer(), twice ? 25 : 17) << event.text();
    EXPECT_EQ(event["sent_bytes"].integer(), twice ? 12 : 4) << event.text();
  }
}

// What the client asked is where the answer comes from, or its firewall and its connect() drop it.
TEST(UdpListen, RepliesLeaveFromTheAddressAsked) {
  struct Where {
    std::vector<std::string> listen;
    std::vector<std::string> asked;
  };
  for (const Where& where : {Where{{"-u", "-k", "0"}, {"127.0.0.9", "127.0.0.1", "127.3.2.1", "::1"}},
                             Where{{"-u", "-k", "-4", "0"}, {"127.0.0.9", "127.0.0.1", "127.3.2.1"}},
                             Where{{"-u", "-k", "-6", "0"}, {"::1"}}}) {
    Listener listener = start_listener(where.listen);
    for (const std::string& address : where.asked) {
      SCOPED_TRACE(address);
      UdpSocket client(address == "::1" ? "::1" : "127.0.0.1");
      client.connect(address, listener.port);
      client.send("hello");
      EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
      listener.program.write_stdin("answer");
      EXPECT_EQ(client.recv().bytes, "answer");
    }
    listener.program.signal(SIGTERM);
    for (const json::Value& event : json::events(listener.program.wait().err, "accepted")) {
      EXPECT_EQ(event["local"]["address"].string(),
                where.asked.at(static_cast<size_t>(event["client"].integer()) - 1));
    }
  }
}

// A client that asks two addresses gets each answer from the one it asked last.
TEST(UdpListen, AClientOfTwoAddresses) {
  Listener listener = start_listener({"-u", "0"});
  UdpSocket client("127.0.0.1");
  for (const std::string address : {"127.0.0.9", "127.0.0.10", "127.0.0.9"}) {
    client.send_to("x", address, listener.port);
    listener.program.read_exact(Stream::out, 1);
    listener.program.write_stdin("answer");
    EXPECT_EQ(client.recv().address, address);
  }
}

TEST(UdpListen, IdleEndsTheConversation) {
  Listener listener = start_listener({"-u", "-i", "300ms", "127.0.0.1", "0"});
  UdpSocket client;
  say(client, listener, "hello");
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  json::Value closed = json::only_event(outcome.err, "closed");
  EXPECT_EQ(closed["reason"].string(), "idle_timeout");
  EXPECT_EQ(closed["client"].integer(), 1);
  EXPECT_EQ(closed["received_bytes"].integer(), 5);
  EXPECT_GE(closed["duration_ms"].number(), 300);
  EXPECT_TRUE(closed["tcp_info"].is_null());
}

// Before the first datagram there is nobody who could be idle.
TEST(UdpListen, WaitingForTheFirstIsNotIdle) {
  Listener listener = start_listener({"-u", "-i", "50ms", "127.0.0.1", "0"});
  Stopwatch clock;
  wait_until("the time of -i has passed", [&] { return clock.seconds() > 0.3; });
  EXPECT_TRUE(listener.program.still_running());
  UdpSocket client;
  say(client, listener, "hello");
  EXPECT_EQ(listener.program.wait().status, 0);
}

TEST(UdpListen, WithKeepOpenEachClientGrowsIdleByItself) {
  Listener listener = start_listener({"-u", "-k", "-i", "1", "127.0.0.1", "0"});
  UdpSocket silent;
  UdpSocket busy;
  say(silent, listener, "once");
  std::string err;
  Stopwatch clock;
  while (err.find("idle_timeout") == std::string::npos && clock.seconds() < 5) {
    say(busy, listener, "more");
    // One event a line; those that are there are read without waiting for others.
    if (poll_one(listener.program.stderr_fd(), POLLIN, Deadline(50ms))) {
      err += listener.program.read_line(Stream::err);
    }
  }
  json::Value closed = json::only_event(err, "closed");
  EXPECT_EQ(closed["client"].integer(), 1);
  EXPECT_GE(closed["duration_ms"].number(), 1000);
  // Whoever comes back is a new client.
  say(silent, listener, "again");
  EXPECT_TRUE(contains(listener.program.read_until(Stream::err, "\"client\":3"), "accepted"));
}

TEST(UdpListen, TheTableOfClientsIsBounded) {
  Listener listener = start_listener({"-u", "-k", "--max-clients", "3", "127.0.0.1", "0"});
  std::vector<UdpSocket> clients(5);
  for (UdpSocket& client : clients) say(client, listener, "x");
  listener.program.signal(SIGTERM);
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(json::events(outcome.err, "accepted").size(), 5U);
  std::vector<json::Value> closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 5U) << outcome.err;
  // Those who were silent longest make room, in that order, before the end.
  EXPECT_EQ(closed[0]["client"].integer(), 1);
  EXPECT_EQ(closed[1]["client"].integer(), 2);
  EXPECT_NE(closed[0]["reason"].string(), "signal");
  EXPECT_EQ(closed[4]["reason"].string(), "signal");
}

TEST(UdpListen, EndsAfterSoManyClients) {
  Listener listener = start_listener({"-u", "-k", "--clients", "2", "-i", "200ms", "127.0.0.1", "0"});
  UdpSocket first;
  UdpSocket second;
  say(first, listener, "1");
  say(second, listener, "2");
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::events(outcome.err, "closed").size(), 2U);
}

TEST(UdpListen, AClientThatIsGoneDoesNotEndIt) {
  Listener listener = start_listener({"-u", "-k", "127.0.0.1", "0"});
  {
    UdpSocket gone;
    say(gone, listener, "hello");
  }
  // Nobody hears this; the ICMP answer concerns nobody else.
  listener.program.write_stdin("lost");
  wait_idle(listener.program.pid());
  UdpSocket next;
  say(next, listener, "next");
  listener.program.write_stdin("answer");
  EXPECT_EQ(next.recv().bytes, "answer");
}

// No route back: the kernel refuses the answer, and the others are served on.
TEST(UdpListen, AClientThatCannotBeAnswered) {
  REQUIRE_NAMESPACES();
  Namespace here;
  Namespace there;
  here.veth(there, "c0", "c1");
  here.run_ip({"addr", "add", "10.8.0.1/24", "dev", "c0"});
  there.run_ip({"addr", "add", "10.8.0.2/24", "dev", "c1"});
  there.run_ip({"addr", "add", "10.77.0.1/32", "dev", "c1"});
  for (const char* name : {"net.ipv4.conf.all.rp_filter", "net.ipv4.conf.c0.rp_filter"})
    here.sysctl(name, "0");
  Options options;
  options.before_exec = here.enter_hook();
  Listener listener = start_listener({"-u", "-k", "0"}, options);
  UdpSocket lost = there.in([] { return UdpSocket("10.77.0.1"); });
  UdpSocket good = there.in([] { return UdpSocket("10.8.0.2"); });
  lost.send_to("a", "10.8.0.1", listener.port);
  listener.program.read_exact(Stream::out, 1);
  listener.program.write_stdin("unroutable");
  wait_idle(listener.program.pid());
  good.send_to("b", "10.8.0.1", listener.port);
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "b");
  listener.program.write_stdin("answer");
  // What could not be sent to the first is not sent to the second.
  EXPECT_EQ(good.recv().bytes, "answer");
}

TEST(UdpListen, StdinWaitsForTheFirstClient) {
  Listener listener = start_listener({"-u", "127.0.0.1", "0"});
  listener.program.write_stdin("prepared");
  listener.program.close_stdin();
  UdpSocket client;
  say(client, listener, "hello");
  EXPECT_EQ(client.recv().bytes, "prepared");
  EXPECT_TRUE(client.silent_for(0ms));
  EXPECT_TRUE(listener.program.still_running());
}

TEST(UdpListen, AnEmptyDatagramMakesAClientToo) {
  Listener listener = start_listener({"-u", "127.0.0.1", "0"});
  UdpSocket client;
  client.send_to("", "127.0.0.1", listener.port);
  EXPECT_TRUE(contains(listener.program.read_line(Stream::err), "\"accepted\""));
  listener.program.write_stdin("answer");
  EXPECT_EQ(client.recv().bytes, "answer");
}

// Without SO_REUSEADDR: a second socket would silently take the traffic.
TEST(UdpListen, ThePortIsItsOwn) {
  Listener listener = start_listener({"-u", "0"});
  for (const std::vector<std::string>& where :
       {std::vector<std::string>{"-u", listener.port_text()}, {"-u", "127.0.0.1", listener.port_text()}}) {
    std::vector<std::string> words = {"listen"};
    words.insert(words.end(), where.begin(), where.end());
    EXPECT_EQ(run(nettool_argv(words)).status, 4);
  }
}

TEST(UdpListen, QuitAfterTheEndOfStdin) {
  Listener listener = start_listener({"-u", "-q", "200ms", "127.0.0.1", "0"});
  UdpSocket client;
  say(client, listener, "hello");
  listener.program.write_stdin("bye");
  listener.program.close_stdin();
  EXPECT_EQ(client.recv().bytes, "bye");
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "quit");
}

}  // namespace
}  // namespace test
