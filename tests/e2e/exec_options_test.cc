// --exec and --shell on the command line, beside other options, and with clients that others wrote.

#include "tests/e2e/exec_run.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

class ExecOptions : public ExecTest {};

TEST_P(ExecOptions, CrlfAndHexdump) {
  TempDir dir;
  Listener listener = exec({"cat"}, {"-C", "-x", dir / "dump"});
  Peer peer = connect(listener);
  peer.send_all("one\n");
  EXPECT_EQ(peer.recv_exact(5), "one\r\n");
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
  const Told end = told(listener);
  EXPECT_EQ(end.closed["received_bytes"].integer(), 4);
  EXPECT_EQ(end.closed["sent_bytes"].integer(), 5);
  const std::string dump = read_file(dir / "dump");
  EXPECT_NE(dump.find("< 00000000  6f 6e 65 0a "), std::string::npos) << dump;
  EXPECT_NE(dump.find("> 00000000  6f 6e 65 0d 0a "), std::string::npos) << dump;
}

// What the program no longer reads is still in the dump.
TEST_P(ExecOptions, TheDumpHasWhatIsDropped) {
  TempDir dir;
  Listener listener = shell("exec <&-; echo ready; exec >&-; exec sleep 1000", {"-x", dir / "dump"});
  Peer peer = connect(listener);
  EXPECT_EQ(peer.recv_until_eof(), "ready\n");
  peer.send_all("dropped");
  wait_until("the dump", [&dir] { return read_file(dir / "dump").find("dropped") != std::string::npos; });
}

// Whoever may not come in starts nothing.
TEST_P(ExecOptions, NoProgramForWhomTheGateRefuses) {
  TempDir dir;
  Listener listener = shell("echo $NETTOOL_PEER_ADDRESS >>'" + (dir / "started") + "'; echo in",
                            {"--deny", "127.0.0.2", "--deny", "127.0.0.3"});
  for (const std::string address : {"127.0.0.2", "127.0.0.3", "127.0.0.1"}) {
    const Outcome client = run(nettool("connect", "-s", address, "127.0.0.1", listener.port_text()),
                               Options{.in = Stdio::null()});
    EXPECT_EQ(client.out, address == "127.0.0.1" ? "in\n" : "");
  }
  EXPECT_EQ(told(listener).status(), 0);
  EXPECT_EQ(read_file(dir / "started"), "127.0.0.1\n");
}

// Half-close both ways, with each client's own idea of it.
TEST_P(ExecOptions, RealClients) {
  const std::vector<std::vector<std::string>> clients = {{"nc", "-N", "127.0.0.1"},
                                                         {"ncat", "127.0.0.1"},
                                                         {"socat", "-t5", "-"},
                                                         {NETTOOL_BINARY, "connect", "127.0.0.1"}};
  std::string input;
  std::string sorted;
  for (int i = 1000; i < 9000; ++i) {
    sorted += "line " + std::to_string(i) + "\n";
    input.insert(0, "line " + std::to_string(i) + "\n");
  }
  Listener listener = exec({"sort"});
  for (std::vector<std::string> client : clients) {
    if (client[0] != NETTOOL_BINARY) REQUIRE_PROGRAM(client[0]);
    if (client[0] == "socat") {
      client.push_back("TCP:127.0.0.1:" + listener.port_text());
    } else {
      client.push_back(listener.port_text());
    }
    const Outcome outcome = run(client, input);
    EXPECT_EQ(outcome.status, 0) << client[0] << outcome.err;
    EXPECT_EQ(first_difference(outcome.out, sorted), std::nullopt) << client[0];
    EXPECT_EQ(told(listener).status(), 0);
  }
}

TEST_P(ExecOptions, RealClientsOfUnixSockets) {
  REQUIRE_PROGRAM("nc");
  REQUIRE_PROGRAM("socat");
  TempDir dir;
  Listener stream = exec_unix(dir / "stream", "stream", {"tac"});
  EXPECT_EQ(run({"nc", "-N", "-U", dir / "stream"}, "1\n2\n").out, "2\n1\n");
  EXPECT_EQ(run({"socat", "-t5", "-", "UNIX:" + (dir / "stream")}, "1\n2\n").out, "2\n1\n");
  Listener packets = exec_unix(dir / "packets", "seqpacket", {"tac"});
  EXPECT_EQ(run({"socat", "-t5", "-", "UNIX:" + (dir / "packets") + ",type=5"}, "1\n2\n").out, "2\n1\n");
}

IN_EACH_MODEL(ExecOptions);

TEST(ExecWords, WhatIsRefused) {
  struct Case {
    std::vector<std::string> arguments;
    const char* words;
  };
  const Case cases[] = {
      {{"9000", "--exec"}, "the command is missing"},
      {{"9000", "--exec", "--"}, "the command is missing"},
      {{"--exec", "/bin/cat", "9000"}, "the command is missing"},
      {{"9000", "--exec=/bin/cat"}, "--exec takes no value"},
      {{"9000", "--shell"}, "--shell"},
      {{"9000", "--shell="}, "empty value: --shell="},
      {{"--exec", "--", "cat"}, "missing"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> arguments = c.arguments;
    arguments.insert(arguments.begin(), "listen");
    const Outcome outcome = run(nettool_argv(arguments));
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_NE(outcome.err.find(c.words), std::string::npos) << outcome.err;
  }
}

// Without --exec the words behind "--" are ADDRESS and PORT, as ever.
TEST(ExecWords, DashesWithoutExec) {
  Listener listener = start_listener({"-d", "--", "127.0.0.1", "0"});
  EXPECT_EQ(listener.listening["address"].string(), "127.0.0.1");
}

// It goes on without -k, and touches neither stdin nor stdout.
TEST(ExecWords, StdinAndStdoutAreNotTouched) {
  Listener listener = start_listener({"127.0.0.1", "0", "--clients", "2", "--exec", "--", "cat"});
  listener.program.write_stdin("for nobody");
  for (int i = 0; i < 2; ++i) {
    Peer peer = connect_tcp("127.0.0.1", listener.port);
    peer.send_all("x");
    peer.shutdown_write();
    EXPECT_EQ(peer.recv_until_eof(), "x");
  }
  const Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
}

TEST(ExecWords, Verbose) {
  Program program(nettool("-v", "listen", "127.0.0.1", "0", "--clients", "1", "--shell", "exit 3"));
  const std::string line = program.read_line(Stream::err);
  const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.find(':') + 1)));
  Peer peer = connect_tcp("127.0.0.1", port);
  EXPECT_EQ(peer.recv_until_eof(), "");
  const Outcome outcome = program.wait();
  const std::size_t exit = outcome.err.find("\nexit     program ");
  ASSERT_NE(exit, std::string::npos) << outcome.err;
  const std::string line_of_exit = outcome.err.substr(exit + 1, outcome.err.find('\n', exit + 1) - exit);
  EXPECT_NE(line_of_exit.find(", client 1 "), std::string::npos) << line_of_exit;
  EXPECT_TRUE(line_of_exit.ends_with(" status 3\n")) << line_of_exit;
}

// Many at once, each with a program of its own.
TEST(ExecMany, AllAtOnce) {
  for (const char* model : {"epoll", "thread", "fork"}) {
    Listener listener = start_listener({"127.0.0.1", "0", "--model", model, "--exec", "--", "cat"});
    std::vector<Peer> peers;
    for (int i = 0; i < 40; ++i) peers.push_back(connect_tcp("127.0.0.1", listener.port));
    for (size_t i = 0; i < peers.size(); ++i) peers[i].send_all("client " + std::to_string(i));
    for (size_t i = 0; i < peers.size(); ++i) {
      const std::string words = "client " + std::to_string(i);
      EXPECT_EQ(peers[i].recv_exact(words.size()), words);
    }
    // All of them are alive at this point.
    EXPECT_EQ(children(listener.program.pid()), 40);
    for (Peer& peer : peers) {
      peer.shutdown_write();
      EXPECT_EQ(peer.recv_until_eof(), "");
    }
    wait_until("no children", [&listener] { return children(listener.program.pid()) == 0; });
  }
}

}  // namespace
}  // namespace test
