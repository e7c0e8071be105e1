// SIGINT, SIGTERM and SIGHUP: the report is printed, then the signal ends the program itself, so that a shell
// sees it ($? is 130, 143, 129).

#include <gtest/gtest.h>

#include <csignal>

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

const std::vector<int> signals = {SIGINT, SIGTERM, SIGHUP};

void expect_ended_by(const Outcome& outcome, int number) {
  EXPECT_EQ(outcome.signal, number) << outcome.err;
  EXPECT_EQ(outcome.status, 128 + number);
}

TEST(StatusSignal, InAConversation) {
  for (int number : signals) {
    TcpServer server;
    Program program(nettool("connect", "--json", "127.0.0.1", server.port_text()));
    Peer peer = server.accept();
    program.write_stdin("four");
    EXPECT_EQ(peer.recv_exact(4), "four");
    peer.send_all("sixsix");
    EXPECT_EQ(program.read_exact(Stream::out, 6), "sixsix");
    program.signal(number);
    Outcome outcome = program.wait();
    expect_ended_by(outcome, number);
    json::Value closed = json::only_event(outcome.err, "closed");
    EXPECT_EQ(closed["reason"].string(), "signal");
    EXPECT_EQ(closed["sent_bytes"].integer(), 4);
    EXPECT_EQ(closed["received_bytes"].integer(), 6);
    EXPECT_EQ(closed["tcp_info"].kind(), json::Kind::object);
    EXPECT_EQ(json::parse_lines(outcome.err).back()["event"].string(), "closed");
  }
}

TEST(StatusSignal, TheReportAsText) {
  TcpServer server;
  Program program(nettool("connect", "-v", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  program.read_until(Stream::err, "open ");
  program.signal(SIGINT);
  Outcome outcome = program.wait();
  expect_ended_by(outcome, SIGINT);
  size_t at = outcome.err.find("close ");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("signal", at), std::string::npos) << outcome.err;
}

TEST(StatusSignal, WithoutAReportNothingIsSaid) {
  TcpServer server;
  Program program(nettool("connect", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  wait_idle(program.pid());
  program.signal(SIGTERM);
  Outcome outcome = program.wait();
  expect_ended_by(outcome, SIGTERM);
  EXPECT_EQ(outcome.err, "");
}

// Typed at a terminal, with stdin from it.
TEST(StatusSignal, CtrlC) {
  TcpServer server;
  Options options;
  options.in = options.out = options.err = Stdio::pty();
  Program program(nettool("connect", "-v", "127.0.0.1", server.port_text()), options);
  Peer peer = server.accept();
  program.write_stdin("hello\n");
  EXPECT_EQ(peer.recv_exact(6), "hello\n");
  program.write_stdin("\x03");
  Outcome outcome = program.wait();
  expect_ended_by(outcome, SIGINT);
  EXPECT_NE(outcome.out.find("close"), std::string::npos) << outcome.out;
}

TEST(StatusSignal, WhileItConnects) {
  SilentPort silent;
  for (int number : signals) {
    Program program(nettool("connect", "--json", "127.0.0.1", silent.port_text()));
    program.read_until(Stream::err, "resolved");
    wait_idle(program.pid());
    program.signal(number);
    Outcome outcome = program.wait();
    expect_ended_by(outcome, number);
    EXPECT_TRUE(json::events(outcome.err, "closed").empty()) << outcome.err;
    EXPECT_TRUE(json::events(outcome.err, "error").empty()) << outcome.err;
  }
}

TEST(StatusSignal, WhileItAsksForTheName) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.resolv_conf("nameserver 127.0.0.1\n");
  auto dns = ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
  dns->behave("*", {.silent = true});
  Options options;
  options.before_exec = ns.enter_hook();
  for (const char* command : {"connect", "listen"}) {
    Program program(nettool(command, "silent.test", "80"), options);
    dns->wait_asked("silent.test");
    program.signal(SIGINT);
    expect_ended_by(program.wait(), SIGINT);
  }
}

TEST(StatusSignal, AListenerThatWaits) {
  for (int number : signals) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"127.0.0.1", "0"}, {"-k", "127.0.0.1", "0"}, {"-u", "127.0.0.1", "0"}}) {
      Listener listener = start_listener(arguments);
      listener.program.signal(number);
      Outcome outcome = listener.program.wait();
      expect_ended_by(outcome, number);
      EXPECT_EQ(json::parse_lines(outcome.err).back()["event"].string(), "listening") << outcome.err;
    }
  }
}

TEST(StatusSignal, AListenerWithAClient) {
  for (int number : signals) {
    Listener listener = start_listener({"-k", "127.0.0.1", "0"});
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    peer.send_all("words");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "words");
    listener.program.signal(number);
    Outcome outcome = listener.program.wait();
    expect_ended_by(outcome, number);
    json::Value closed = json::only_event(outcome.err, "closed");
    EXPECT_EQ(closed["client"].integer(), 1);
    EXPECT_EQ(closed["reason"].string(), "signal");
    EXPECT_EQ(closed["received_bytes"].integer(), 5);
  }
}

TEST(StatusSignal, AListenerWithDatagramClients) {
  Listener listener = start_listener({"-u", "-k", "127.0.0.1", "0"});
  UdpSocket first;
  UdpSocket second;
  first.send_to("one", "127.0.0.1", listener.port);
  second.send_to("second", "127.0.0.1", listener.port);
  listener.program.read_exact(Stream::out, 9);
  listener.program.signal(SIGTERM);
  Outcome outcome = listener.program.wait();
  expect_ended_by(outcome, SIGTERM);
  std::vector<json::Value> closed = json::events(outcome.err, "closed");
  ASSERT_EQ(closed.size(), 2U) << outcome.err;
  for (const json::Value& event : closed) EXPECT_EQ(event["reason"].string(), "signal");
}

TEST(StatusSignal, UnixFilesAreRemovedFirst) {
  TempDir dir;
  for (int number : signals) {
    for (const char* type : {"stream", "seqpacket", "dgram"}) {
      Listener listener = start_listener({"-U", "--type", type, dir / "socket"});
      ASSERT_TRUE(exists(dir / "socket"));
      listener.program.signal(number);
      expect_ended_by(listener.program.wait(), number);
      EXPECT_FALSE(exists(dir / "socket"));
    }
  }
  UnixServer server(dir / "server", SOCK_DGRAM);
  Program client(nettool("connect", "-U", "-u", "-s", dir / "client", server.path()));
  wait_until("the client is bound", [&] { return exists(dir / "client"); });
  wait_idle(client.pid());
  client.signal(SIGINT);
  expect_ended_by(client.wait(), SIGINT);
  EXPECT_FALSE(exists(dir / "client"));
}

TEST(StatusSignal, TwoInARow) {
  TcpServer server;
  Program program(nettool("connect", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  wait_idle(program.pid());
  program.signal(SIGTERM);
  program.signal(SIGTERM);
  expect_ended_by(program.wait(), SIGTERM);
}

// nohup's SIGHUP, and a shell's SIGINT for what it runs in the background, are ignored from the beginning.
TEST(StatusSignal, IgnoredOnesStayIgnored) {
  for (int number : {SIGHUP, SIGINT}) {
    TcpServer server;
    Options options;
    options.before_exec = [number] { ::signal(number, SIG_IGN); };
    Program program(nettool("connect", "127.0.0.1", server.port_text()), options);
    Peer peer = server.accept();
    wait_idle(program.pid());
    program.signal(number);
    program.write_stdin("still here");
    EXPECT_EQ(peer.recv_exact(10), "still here");
    program.close_stdin();
    peer.close();
    EXPECT_EQ(program.wait().status, 0) << number;
  }
}

}  // namespace
}  // namespace test
