// Programs for peers that have no connection: one for each, for as long as it is heard.

#include "tests/e2e/exec_run.hh"

namespace test {
namespace {

class ExecDatagram : public ExecTest {
 protected:
  static Listener udp(const std::string& line, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"-u"});
    return shell(line, std::move(arguments));
  }
};

TEST_P(ExecDatagram, EachGoesInAsItIsAndComesOutByLine) {
  Listener listener = udp("sed -u 's/^/got /'", {"--by-line"});
  UdpSocket peer;
  peer.connect("127.0.0.1", listener.port);
  peer.send("one\ntw");
  EXPECT_EQ(peer.recv().bytes, "got one");
  peer.send("o\nthree\n");
  EXPECT_EQ(peer.recv().bytes, "got two");
  EXPECT_EQ(peer.recv().bytes, "got three");
}

TEST_P(ExecDatagram, OutputIsCutToSize) {
  Listener listener = udp("head -c 2500 /dev/zero; exec sleep 1000", {"--datagram-size", "1000"});
  UdpSocket peer;
  peer.connect("127.0.0.1", listener.port);
  peer.send("go");
  for (const std::size_t size : {1000U, 1000U, 500U}) EXPECT_EQ(peer.recv().bytes, std::string(size, '\0'));
}

TEST_P(ExecDatagram, WhoAsked) {
  Listener listener =
      udp("echo $NETTOOL_PEER_ADDRESS $NETTOOL_PEER_PORT $NETTOOL_LOCAL_ADDRESS $NETTOOL_LOCAL_PORT");
  UdpSocket peer;
  peer.connect("127.0.0.1", listener.port);
  peer.send("?");
  EXPECT_EQ(peer.recv().bytes, "127.0.0.1 " + peer.port_text() + " 127.0.0.1 " + listener.port_text() + "\n");
  const Told end = told(listener);
  EXPECT_EQ(end.status(), 0);
  EXPECT_EQ(end.reason(), "eof");
}

// It is the peer's silence that counts: who sent one datagram under a false name is not flooded for ever.
TEST_P(ExecDatagram, AProgramThatNeverStopsIsEnded) {
  Listener listener = udp("exec yes", {"-i", "500ms"});
  UdpSocket peer;
  peer.connect("127.0.0.1", listener.port);
  peer.send("go");
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "idle_timeout");
  EXPECT_EQ(end.status(), 128 + SIGTERM);
}

// There is no end of input: silence is.
TEST_P(ExecDatagram, ASilentPeersProgramIsEnded) {
  Listener listener = udp("echo $$; exec cat", {"-i", "300ms"});
  UdpSocket peer;
  peer.connect("127.0.0.1", listener.port);
  peer.send("go");
  const pid_t program = std::stoi(peer.recv().bytes);
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "idle_timeout");
  EXPECT_EQ(end.status(), 128 + SIGTERM);
  EXPECT_FALSE(is_alive(program));
  EXPECT_EQ(children(listener.program.pid()), 0);
}

TEST_P(ExecDatagram, EachPeerHasItsOwn) {
  // That one serves one client at a time.
  if (std::string(GetParam()) == "iterative") return;
  Listener listener = udp("exec cat");
  std::vector<UdpSocket> peers(5);
  for (UdpSocket& peer : peers) {
    peer.connect("127.0.0.1", listener.port);
    peer.send("I am " + peer.port_text());
  }
  for (UdpSocket& peer : peers) EXPECT_EQ(peer.recv().bytes, "I am " + peer.port_text());
  EXPECT_EQ(children(listener.program.pid()), 5);
  listener.program.signal(SIGTERM);
  const Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 128 + SIGTERM) << outcome.err;
  EXPECT_EQ(json::events(outcome.err, "closed").size(), 5U);
}

IN_EACH_MODEL(ExecDatagram);

}  // namespace
}  // namespace test
