// Status 3: nobody answered, and the time that -w says is kept (10 %), over all addresses together.

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/dns_server.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Runs until it took no more than a tenth too long, or several times did: a busy machine may be late once, a
/// wrong span is late each time. Too early is wrong at once. Starting and ending the (sanitized) program is
/// no part of the time that -w bounds: what a run that does nothing costs right now is taken off.
Outcome in_time(double seconds, const std::function<Outcome()>& work) {
  Outcome outcome;
  double taken = 0;
  for (int round = 0; round < 5; ++round) {
    outcome = work();
    EXPECT_GE(outcome.seconds, seconds * 0.9);
    taken = outcome.seconds - run(nettool("--version")).seconds;
    if (taken <= seconds * 1.1) return outcome;
  }
  EXPECT_LE(taken, seconds * 1.1);
  return outcome;
}

struct Spelling {
  const char* text;
  double seconds;
};

TEST(StatusSilence, TcpEndsWhenItsTimeIsUp) {
  SilentPort silent;
  for (const Spelling& spelling : {Spelling{"1200ms", 1.2}, Spelling{"1", 1}, Spelling{"1.5", 1.5},
                                   Spelling{"1500000us", 1.5}, Spelling{"0.02m", 1.2}}) {
    SCOPED_TRACE(spelling.text);
    Outcome outcome = in_time(spelling.seconds, [&] {
      return run(nettool("connect", "-w", spelling.text, "127.0.0.1", silent.port_text()));
    });
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(outcome.err, "127.0.0.1:" + silent.port_text() + "/tcp")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "(ETIMEDOUT)")) << outcome.err;
    // What the kernel did meanwhile.
    EXPECT_TRUE(contains(outcome.err, " sent in 1") && contains(outcome.err, ", nothing came back"))
        << outcome.err;
  }
}

TEST(StatusSilence, AsJson) {
  SilentPort silent("::1");
  Outcome outcome =
      in_time(1.2, [&] { return run(nettool("connect", "--json", "-w", "1.2", "::1", silent.port_text())); });
  EXPECT_EQ(outcome.status, 3);
  json::Value attempt = json::only_event(outcome.err, "attempt");
  EXPECT_EQ(attempt["error"]["code"].string(), "ETIMEDOUT");
  EXPECT_GE(attempt["time_ms"].number(), 1080);
  EXPECT_LE(attempt["time_ms"].number(), 1320);
  EXPECT_EQ(json::parse_lines(outcome.err).back()["error"]["code"].string(), "ETIMEDOUT");
}

// A time of nothing is over before any answer, but the argument is a good one.
// A limit of nothing is none that anybody means, as for resolve.
TEST(StatusSilence, NoTimeAtAll) {
  Outcome outcome = run(nettool("connect", "-w", "0", "127.0.0.1", "1"));
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "--timeout '0': no time at all")) << outcome.err;
}

TEST(StatusSilence, OverAllAddressesTogether) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  std::string hosts;
  for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8:ffff::11", "2001:db8:ffff::12",
                              "2001:db8:ffff::13"}) {
    ns.blackhole(address);
    hosts += std::string(address) + " silent.test\n";
  }
  ns.hosts(hosts);
  Outcome raced =
      in_time(2, [&] { return ns.run(nettool("connect", "--json", "-w", "2", "silent.test", "80")); });
  EXPECT_EQ(raced.status, 3) << raced.err;
  EXPECT_EQ(json::events(raced.err, "attempt").size(), 6U) << raced.err;

  // One by one the first has all the time there is.
  Outcome in_turn = in_time(1.2, [&] {
    return ns.run(nettool("connect", "--json", "-w", "1.2", "--no-race", "silent.test", "80"));
  });
  EXPECT_EQ(in_turn.status, 3) << in_turn.err;
  EXPECT_EQ(json::events(in_turn.err, "attempt").size(), 1U) << in_turn.err;
}

// Looking the name up is part of the way: two addresses that come late leave less for the connection.
TEST(StatusSilence, TheTimeCoversTheNameToo) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.resolv_conf("nameserver 127.0.0.1\n");
  ns.blackhole("192.0.2.1");
  auto dns = ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
  dns->add_addresses("late.test", {"192.0.2.1"});
  dns->behave("late.test", {.delay = 700ms});
  Outcome outcome =
      in_time(1.5, [&] { return ns.run(nettool("connect", "--json", "-w", "1500ms", "late.test", "80")); });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  json::Value attempt = json::only_event(outcome.err, "attempt");
  EXPECT_NEAR(attempt["time_ms"].number(), 800, 150);
}

// Without -w the kernel gives up by its own count, which an option shortens here.
TEST(StatusSilence, TheKernelsOwnEnd) {
  SilentPort silent;
  Outcome outcome = run(nettool("connect", "-o", "TCP_USER_TIMEOUT=700ms", "127.0.0.1", silent.port_text()));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "(ETIMEDOUT)")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "sent")) << outcome.err;
}

TEST(StatusSilence, TheDeadlineOfTheWholeRun) {
  SilentPort silent;
  const std::string port = silent.port_text();
  Outcome outcome =
      in_time(1.2, [&] { return run(nettool("connect", "--deadline", "1200ms", "127.0.0.1", port)); });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "deadline")) << outcome.err;
  // The shorter of the two is kept.
  Outcome sooner = in_time(
      1.2, [&] { return run(nettool("connect", "-w", "1.2", "--deadline", "5", "127.0.0.1", port)); });
  EXPECT_EQ(sooner.status, 3);
  Outcome listening =
      in_time(1.2, [] { return run(nettool("listen", "--deadline", "1.2", "127.0.0.1", "0")); });
  EXPECT_EQ(listening.status, 3) << listening.err;
}

TEST(StatusSilence, ATimeThatWasLongEnough) {
  SilentPort silent;
  Program program(nettool("connect", "-w", "10", "--shutdown", "rdwr", "127.0.0.1", silent.port_text()));
  wait_idle(program.pid());
  // The kernel asks again after a second, and now there is room.
  silent.open();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(StatusSilence, AUnixSocketWhoseQueueIsFull) {
  TempDir dir;
  UnixServer server(dir / "full", SOCK_STREAM, 0);
  Peer first = connect_unix(server.path());
  Outcome outcome = in_time(1.2, [&] { return run(nettool("connect", "-U", "-w", "1.2", server.path())); });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "backlog")) << outcome.err;
}

TEST(StatusSilence, NothingReceived) {
  Outcome outcome = in_time(1.2, [] {
    TcpServer server;
    Program program(nettool("connect", "-i", "1.2", "127.0.0.1", server.port_text()));
    Peer peer = server.accept();
    return program.wait();
  });
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "nothing received")) << outcome.err;
}

TEST(StatusSilence, IdleAfterSomethingCameIsNoFailure) {
  TcpServer server;
  Program program(nettool("connect", "--json", "-i", "300ms", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  peer.send_all("words");
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "idle_timeout");
}

}  // namespace
}  // namespace test
