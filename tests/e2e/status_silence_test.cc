// Status 3: nobody answered, and the time that -w says is kept (10 %), over all addresses together.

#include <gtest/gtest.h>

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

/// Starting and ending the (sanitized) program is no part of the time that -w bounds, and takes long on a busy machine:
/// what a run that does nothing costs right now is taken off.
void expect_took(const Outcome& outcome, double seconds) {
  const double nothing = run(nettool("--version")).seconds;
  EXPECT_GE(outcome.seconds, seconds * 0.9);
  EXPECT_LE(outcome.seconds - nothing, seconds * 1.1);
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
    Outcome outcome = run(nettool("connect", "-w", spelling.text, "127.0.0.1", silent.port_text()));
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(outcome.err, "127.0.0.1:" + silent.port_text() + "/tcp")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "(ETIMEDOUT)")) << outcome.err;
    // What the kernel did meanwhile.
    EXPECT_TRUE(contains(outcome.err, " sent, nothing came back")) << outcome.err;
    expect_took(outcome, spelling.seconds);
  }
}

TEST(StatusSilence, AsJson) {
  SilentPort silent("::1");
  Outcome outcome = run(nettool("connect", "--json", "-w", "1", "::1", silent.port_text()));
  EXPECT_EQ(outcome.status, 3);
  json::Value attempt = json::only_event(outcome.err, "attempt");
  EXPECT_EQ(attempt["error"]["code"].string(), "ETIMEDOUT");
  EXPECT_GE(attempt["time_ms"].number(), 900);
  EXPECT_LE(attempt["time_ms"].number(), 1100);
  EXPECT_EQ(json::parse_lines(outcome.err).back()["error"]["code"].string(), "ETIMEDOUT");
}

// A time of nothing is over before any answer, but the argument is a good one.
TEST(StatusSilence, NoTimeAtAll) {
  SilentPort silent;
  Outcome outcome = run(nettool("connect", "-w", "0", "127.0.0.1", silent.port_text()));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
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
  Outcome raced = ns.run(nettool("connect", "--json", "-w", "2", "silent.test", "80"));
  EXPECT_EQ(raced.status, 3) << raced.err;
  expect_took(raced, 2);
  EXPECT_EQ(json::events(raced.err, "attempt").size(), 6U) << raced.err;

  // One by one the first has all the time there is.
  Outcome in_turn = ns.run(nettool("connect", "--json", "-w", "1", "--no-race", "silent.test", "80"));
  EXPECT_EQ(in_turn.status, 3) << in_turn.err;
  expect_took(in_turn, 1);
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
  Outcome outcome = ns.run(nettool("connect", "--json", "-w", "1500ms", "late.test", "80"));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  expect_took(outcome, 1.5);
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
  Outcome outcome = run(nettool("connect", "--deadline", "1", "127.0.0.1", silent.port_text()));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "deadline")) << outcome.err;
  expect_took(outcome, 1);
  // The shorter of the two is kept.
  Outcome sooner = run(nettool("connect", "-w", "1", "--deadline", "5", "127.0.0.1", silent.port_text()));
  EXPECT_EQ(sooner.status, 3);
  expect_took(sooner, 1);
  Outcome listening = run(nettool("listen", "--deadline", "1", "127.0.0.1", "0"));
  EXPECT_EQ(listening.status, 3) << listening.err;
  expect_took(listening, 1);
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
  Outcome outcome = run(nettool("connect", "-U", "-w", "1", server.path()));
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "backlog")) << outcome.err;
  expect_took(outcome, 1);
}

TEST(StatusSilence, NothingReceived) {
  TcpServer server;
  Program program(nettool("connect", "-i", "1", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "nothing received")) << outcome.err;
  expect_took(outcome, 1);
}

TEST(StatusSilence, IdleAfterSomethingCameIsNoFailure) {
  TcpServer server;
  Program program(nettool("connect", "--json", "-i", "300ms", "127.0.0.1", server.port_text()));
  server.accept().send_all("words");
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace
}  // namespace test
