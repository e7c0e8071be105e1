// UDP has no connection and no end: replies, refusals, and every way to stop waiting.

#include <gtest/gtest.h>

#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(UdpReplies, AfterTheEndOfStdin) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  program.close_stdin();
  Datagram question = server.recv();
  wait_idle(program.pid());
  for (const std::string reply : {"first", "second", "third"}) {
    server.reply(question, reply);
    EXPECT_EQ(program.read_exact(Stream::out, reply.size()), reply);
  }
  // It waits for more until it is told to stop.
  EXPECT_TRUE(program.still_running());
}

TEST(UdpReplies, QuitAfter) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "-q", "600ms", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  program.close_stdin();
  Datagram question = server.recv();
  server.reply(question, "answer");
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "answer");
  EXPECT_GE(outcome.seconds, 0.6);
  EXPECT_LT(outcome.seconds, 5);
  // Without an answer too: -q says how long one is interested.
  Outcome silent = run(nettool("connect", "-u", "-q", "0", "127.0.0.1", server.port_text()), "x");
  EXPECT_EQ(silent.status, 0) << silent.err;
}

TEST(UdpReplies, TheFirstReplyIsWaitedForByW) {
  UdpSocket server;
  Outcome silent = run(nettool("connect", "-u", "-w", "1", "127.0.0.1", server.port_text()), "question");
  EXPECT_EQ(silent.status, 3) << silent.err;
  EXPECT_EQ(server.recv().bytes, "question");
  EXPECT_GE(silent.seconds, 1);
  EXPECT_LT(silent.seconds, 5);
  EXPECT_TRUE(contains(silent.err, "ETIMEDOUT")) << silent.err;

  Program answered(nettool("connect", "-u", "-w", "1", "127.0.0.1", server.port_text()));
  answered.write_stdin("question");
  server.reply(server.recv(), "answer");
  EXPECT_EQ(answered.read_exact(Stream::out, 6), "answer");
  // The wait was for the first reply alone, and it goes on.
  Stopwatch clock;
  wait_until("the time of -w has passed", [&] { return clock.seconds() > 1.2; });
  EXPECT_TRUE(answered.still_running());
}

// An empty datagram is a reply as well.
TEST(UdpReplies, AnEmptyReplyCounts) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "-w", "1", "--deadline", "1.5", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  server.reply(server.recv(), "");
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "deadline")) << outcome.err;
}

// With -q given, -w is for the name alone.
TEST(UdpReplies, QuitAfterBeforeW) {
  UdpSocket server;
  Outcome outcome = run(
      nettool("connect", "-u", "-w", "100ms", "-q", "300ms", "127.0.0.1", server.port_text()), "question");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_GE(outcome.seconds, 0.3);
}

TEST(UdpReplies, Idle) {
  UdpSocket server;
  Outcome silent =
      run(nettool("connect", "--json", "-u", "-i", "400ms", "127.0.0.1", server.port_text()), "x");
  EXPECT_EQ(silent.status, 3) << silent.err;
  EXPECT_EQ(json::only_event(silent.err, "closed")["reason"].string(), "idle_timeout");
  (void)server.recv();

  Program answered(nettool("connect", "--json", "-u", "-i", "700ms", "127.0.0.1", server.port_text()));
  answered.write_stdin("question");
  server.reply(server.recv(), "answer");
  Outcome outcome = answered.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "idle_timeout");
  EXPECT_GE(outcome.seconds, 0.4);
}

TEST(UdpReplies, AClosedPortIsReported) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    std::string port = std::to_string(closed_port(SOCK_DGRAM, address));
    std::string subject = (address == "::1" ? "[::1]" : address) + ":" + port + "/udp";
    Outcome outcome = run(nettool("connect", "-u", address, port), "question");
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("nettool: ")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, subject)) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "(ECONNREFUSED)")) << outcome.err;
    EXPECT_LT(outcome.seconds, 2);
  }
}

TEST(UdpReplies, AClosedPortWhateverIsWaitedFor) {
  std::string port = std::to_string(closed_port(SOCK_DGRAM));
  for (const std::vector<std::string>& how : {std::vector<std::string>{"-w", "5"},
                                              {"-i", "5"},
                                              {"-q", "5"},
                                              {"-v"},
                                              {"--send-only"},
                                              {"--by-line"}}) {
    SCOPED_TRACE(testing::PrintToString(how));
    std::vector<std::string> words = {"connect", "-u", "127.0.0.1", port};
    words.insert(words.begin() + 1, how.begin(), how.end());
    Outcome outcome = run(nettool_argv(words), "question\n");
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "ECONNREFUSED")) << outcome.err;
  }
  Outcome as_json = run(nettool("connect", "--json", "-u", "127.0.0.1", port), "question");
  EXPECT_EQ(as_json.status, 1);
  EXPECT_EQ(json::only_event(as_json.err, "error")["error"]["code"].string(), "ECONNREFUSED");
  EXPECT_EQ(json::only_event(as_json.err, "closed")["reason"].string(), "reset");
}

// The refusal of the first may be told to whoever sends the second, or to whoever listens for an answer.
TEST(UdpReplies, ManyDatagramsToAClosedPort) {
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "line\n";
  for (int i = 0; i < 10; ++i) {
    std::string port = std::to_string(closed_port(SOCK_DGRAM));
    Outcome outcome = run(nettool("connect", "-u", "--by-line", "127.0.0.1", port), many);
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "ECONNREFUSED")) << outcome.err;
  }
}

// The server ends in the middle: the next datagram meets nobody.
TEST(UdpReplies, APortThatCloses) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "127.0.0.1", server.port_text()));
  program.write_stdin("one");
  server.reply(server.recv(), "reply");
  EXPECT_EQ(program.read_exact(Stream::out, 5), "reply");
  server.close();
  program.write_stdin("two");
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "reply");
}

TEST(UdpReplies, OnlyThePeerIsHeard) {
  UdpSocket server;
  UdpSocket stranger;
  Program program(nettool("connect", "-u", "-q", "200ms", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  Datagram question = server.recv();
  stranger.send_to("from a stranger", "127.0.0.1", question.port);
  server.reply(question, "answer");
  EXPECT_EQ(program.read_exact(Stream::out, 6), "answer");
  program.close_stdin();
  EXPECT_EQ(program.wait().out, "answer");
}

TEST(UdpReplies, UnconnectedHearsAnybody) {
  UdpSocket server;
  UdpSocket stranger;
  Program program(nettool("connect", "-v", "-u", "--unconnected", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  Datagram question = server.recv();
  stranger.send_to("stranger", "127.0.0.1", question.port);
  EXPECT_EQ(program.read_exact(Stream::out, 8), "stranger");
  server.reply(question, "answer");
  EXPECT_EQ(program.read_exact(Stream::out, 6), "answer");
  // -v names who it was.
  program.read_until(Stream::err, "127.0.0.1:" + stranger.port_text());
  program.read_until(Stream::err, "127.0.0.1:" + server.port_text());
}

TEST(UdpReplies, UnconnectedToAClosedPortHearsNothing) {
  std::string port = std::to_string(closed_port(SOCK_DGRAM));
  Outcome outcome =
      run(nettool("connect", "-u", "--unconnected", "-w", "300ms", "127.0.0.1", port), "question");
  EXPECT_EQ(outcome.status, 3) << outcome.err;
}

TEST(UdpReplies, SendOnlyDropsWhatComes) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "--send-only", "-q", "200ms", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  server.reply(server.recv(), "dropped");
  program.close_stdin();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(UdpReplies, JsonEvents) {
  UdpSocket server;
  Outcome outcome =
      run(nettool("connect", "--json", "-u", "-q", "0", "127.0.0.1", server.port_text()), "four");
  json::Value connected = json::only_event(outcome.err, "connected");
  EXPECT_EQ(connected["protocol"].string(), "udp");
  EXPECT_EQ(std::to_string(connected["peer"]["port"].integer()), server.port_text());
  Datagram got = server.recv();
  EXPECT_EQ(connected["local"]["port"].integer(), got.port);
  EXPECT_EQ(connected["local"]["address"].string(), "127.0.0.1");
  EXPECT_EQ(json::only_event(outcome.err, "closed")["sent_bytes"].integer(), 4);
}

TEST(UdpReplies, SourceAndSourcePort) {
  UdpSocket server;
  std::string port = std::to_string(closed_port(SOCK_DGRAM));
  Outcome outcome =
      run(nettool("connect", "-u", "-q", "0", "-s", "127.0.0.5", "-p", port, "127.0.0.1", server.port_text()),
          "x");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  Datagram got = server.recv();
  EXPECT_EQ(got.address, "127.0.0.5");
  EXPECT_EQ(std::to_string(got.port), port);
}

}  // namespace
}  // namespace test
