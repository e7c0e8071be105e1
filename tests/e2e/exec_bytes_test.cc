// What a program and its client send each other arrives, whole and to its end.

#include "tests/e2e/exec_run.hh"

namespace test {
namespace {

class ExecBytes : public ExecTest {};

constexpr std::size_t ten_megabytes = 10'000'000;

// To a client that has sent what the program does not read, too: a plain close would reset the connection.
TEST_P(ExecBytes, TheWholeOutput) {
  TempDir dir;
  random_file(dir / "output", ten_megabytes, 1);
  const std::string output = read_file(dir / "output");
  const std::string unread = random_bytes(200'000, 2);
  Listener listener = exec({"cat", dir / "output"});
  for (const bool sends : {false, true}) {
    Peer peer = connect(listener);
    if (sends) peer.send_all(unread);
    EXPECT_EQ(first_difference(peer.recv_until_eof(), output), std::nullopt);
    const Told end = told(listener);
    EXPECT_EQ(end.closed["sent_bytes"].integer(), static_cast<long long>(output.size()));
    EXPECT_EQ(end.closed["unsent_bytes"].integer(), 0);
    EXPECT_EQ(end.status(), 0);
  }
}

TEST_P(ExecBytes, OverUnixSockets) {
  TempDir dir;
  random_file(dir / "output", ten_megabytes, 3);
  const std::string output = read_file(dir / "output");
  Listener listener = exec_unix(dir / "socket", "stream", {"cat", dir / "output"});
  Peer peer = connect_unix(dir / "socket");
  peer.send_all("unread");
  EXPECT_EQ(first_difference(peer.recv_until_eof(), output), std::nullopt);
  EXPECT_EQ(told(listener).reason(), "eof");
}

// Both ways at once, more than all the buffers between hold.
TEST_P(ExecBytes, ThereAndBack) {
  const std::string bytes = random_bytes(3'000'000, 4);
  Listener listener = exec({"cat"});
  Program client({"nc", "-N", "127.0.0.1", listener.port_text()});
  client.queue_stdin(bytes);
  EXPECT_EQ(first_difference(client.wait().out, bytes), std::nullopt);
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "peer_closed");
  EXPECT_EQ(end.closed["received_bytes"].integer(), static_cast<long long>(bytes.size()));
}

// The end of the client's input is the end of the program's.
TEST_P(ExecBytes, AFilterThatWaitsForTheEnd) {
  for (const std::string name : {"sort", "tac"}) {
    Listener listener = exec({name}, {"--clients", "1"});
    Peer peer = connect(listener);
    peer.send_all("b\na\nc\n");
    EXPECT_TRUE(peer.silent_for(20ms));
    peer.shutdown_write();
    EXPECT_EQ(peer.recv_until_eof(), name == "sort" ? "a\nb\nc\n" : "c\na\nb\n");
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json::events(outcome.err, "exited").back()["status"].integer(), 0);
  }
}

// The end of its output is told, and what the client sends after that still arrives.
TEST_P(ExecBytes, AProgramThatClosesItsOutput) {
  TempDir dir;
  Listener listener = shell("echo ready; exec >&-; cat >'" + (dir / "input") + "'");
  Peer peer = connect(listener);
  EXPECT_EQ(peer.recv_until_eof(), "ready\n");
  const std::string bytes = random_bytes(1'000'000, 5);
  peer.send_all(bytes);
  peer.shutdown_write();
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "eof");
  EXPECT_EQ(end.status(), 0);
  EXPECT_EQ(first_difference(read_file(dir / "input"), bytes), std::nullopt);
}

// Both ends have said all, and the program does something else: it may finish that.
TEST_P(ExecBytes, AProgramThatWorksOnWhenAllIsSaid) {
  TempDir dir;
  run_ok({"mkfifo", dir / "go"});
  Listener listener = shell("exec >&- <&-; read line <'" + (dir / "go") + "'; exit 5");
  Peer peer = connect(listener);
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
  run_ok({"sh", "-c", "echo go >'" + (dir / "go") + "'"});
  EXPECT_EQ(told(listener).status(), 5);
}

// It reads nothing, and the client is not stopped by that.
TEST_P(ExecBytes, AProgramThatReadsNothing) {
  Listener listener = shell("exec <&-; echo ready; read line <'/dev/null'; exec sleep 1000");
  Peer peer = connect(listener);
  EXPECT_EQ(peer.recv_exact(6), "ready\n");
  const std::string bytes = random_bytes(ten_megabytes, 6);
  peer.send_all(bytes);
  peer.reset();
  const Told end = told(listener);
  EXPECT_EQ(end.status(), 128 + SIGTERM);
}

TEST_P(ExecBytes, AProgramThatExitsWhileTheClientSends) {
  TempDir dir;
  random_file(dir / "input", ten_megabytes, 7);
  Listener listener = shell("head -c 10; exit 3");
  Program client({"nc", "-N", "127.0.0.1", listener.port_text()}, {.in = Stdio::file(dir / "input")});
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "eof");
  EXPECT_EQ(end.status(), 3);
  EXPECT_TRUE(end.errors.empty());
  EXPECT_EQ(client.wait().out, read_file(dir / "input").substr(0, 10));
}

// It does not wait for the end of a client that has nothing to say.
TEST_P(ExecBytes, TheEndIsTheProgramsEnd) {
  Listener listener = exec({"echo", "all"});
  Peer peer = connect(listener);
  EXPECT_EQ(told(listener).reason(), "eof");
  EXPECT_EQ(peer.recv_until_eof(), "all\n");
}

// Each datagram or packet goes in as it is, and what comes out is cut as asked.
TEST_P(ExecBytes, Packets) {
  TempDir dir;
  Listener listener = exec_unix(dir / "socket", "seqpacket", {"sed", "-u", "s/^/got /"}, {"--by-line"});
  Peer peer = connect_unix(dir / "socket", SOCK_SEQPACKET);
  peer.send_all("one\ntw");
  EXPECT_EQ(peer.recv_some(), "got one");
  peer.send_all("o\n");
  EXPECT_EQ(peer.recv_some(), "got two");
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
  EXPECT_EQ(told(listener).status(), 0);
}

TEST_P(ExecBytes, PacketsOfASize) {
  TempDir dir;
  Listener listener = exec_unix(dir / "socket", "seqpacket", {"printf", "abcdefg"}, {"--datagram-size", "3"});
  Peer peer = connect_unix(dir / "socket", SOCK_SEQPACKET);
  for (const char* packet : {"abc", "def", "g", ""}) EXPECT_EQ(peer.recv_some(), packet);
}

IN_EACH_MODEL(ExecBytes);

}  // namespace
}  // namespace test
