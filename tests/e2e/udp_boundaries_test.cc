// UDP: what is sent as one datagram arrives as one, both ways, from 0 to 65507 bytes, with no byte added.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

// 1400 is --datagram-size's default; 1472 and 1473 are around an Ethernet frame, 65507 is IPv4's largest.
const std::vector<size_t> sizes = {0,    1,    2,    511,  512,   1399,  1400,  1401,  1472,
                                   1473, 4096, 8192, 9000, 16384, 32768, 60000, 65506, 65507};

/// A datagram socket for stdin or stdout: one read or write of it is one datagram.
struct DatagramPair {
  Fd ours, theirs;
  explicit DatagramPair(int type = SOCK_DGRAM) {
    int ends[2];
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
    int room = 4 << 20;
    for (int end : ends) setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    ours = Fd(ends[0]);
    theirs = Fd(ends[1]);
  }
};

TEST(UdpBoundaries, EverySizeFromADatagramSource) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    UdpSocket server(address);
    DatagramPair input;
    Options options;
    options.in = Stdio::fd(input.theirs.get());
    Program program(nettool("connect", "-u", address, server.port_text()), options);
    input.theirs.close();
    Peer source(std::move(input.ours));
    for (size_t size : sizes) {
      std::string bytes = random_bytes(size, size);
      source.send_all(bytes);
      Datagram got = server.recv();
      EXPECT_EQ(got.bytes.size(), size);
      EXPECT_EQ(first_difference(got.bytes, bytes), std::nullopt) << size;
    }
    EXPECT_TRUE(server.silent_for(0ms));
  }
}

TEST(UdpBoundaries, EverySizeToADatagramSink) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    UdpSocket server(address);
    DatagramPair output;
    Options options;
    options.out = Stdio::fd(output.theirs.get());
    Program program(nettool("connect", "-u", address, server.port_text()), options);
    output.theirs.close();
    program.write_stdin("question");
    Datagram question = server.recv();
    EXPECT_EQ(question.bytes, "question");
    Peer sink(std::move(output.ours));
    for (size_t size : sizes) {
      std::string bytes = random_bytes(size, size);
      server.reply(question, bytes);
      // Nothing to write is nothing written: a sink cannot show an empty datagram.
      if (size != 0) EXPECT_EQ(first_difference(sink.recv_some(), bytes), std::nullopt) << size;
    }
  }
}

TEST(UdpBoundaries, EveryReplyToAPipeIsWhole) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "127.0.0.1", server.port_text()));
  program.write_stdin("question");
  Datagram question = server.recv();
  for (size_t size : sizes) {
    std::string bytes = random_bytes(size, size);
    server.reply(question, bytes);
    EXPECT_EQ(first_difference(program.read_exact(Stream::out, size), bytes), std::nullopt) << size;
  }
}

// The listener as the receiver and as the sender.
TEST(UdpBoundaries, EverySizeThroughAListener) {
  DatagramPair input;
  DatagramPair output;
  Options options;
  options.in = Stdio::fd(input.theirs.get());
  options.out = Stdio::fd(output.theirs.get());
  Listener listener = start_listener({"-u", "127.0.0.1", "0"}, options);
  Peer source(std::move(input.ours));
  Peer sink(std::move(output.ours));
  UdpSocket client;
  for (size_t size : sizes) {
    std::string bytes = random_bytes(size, size);
    client.send_to(bytes, "127.0.0.1", listener.port);
    if (size != 0) EXPECT_EQ(first_difference(sink.recv_some(), bytes), std::nullopt) << size;
    // Once there is a client.
    source.send_all(bytes);
    EXPECT_EQ(first_difference(client.recv().bytes, bytes), std::nullopt) << size;
  }
}

TEST(UdpBoundaries, NettoolWithNettool) {
  DatagramPair input;
  DatagramPair output;
  Options options;
  options.out = Stdio::fd(output.theirs.get());
  Listener listener = start_listener({"-u", "::1", "0"}, options);
  options = {};
  options.in = Stdio::fd(input.theirs.get());
  Program client(nettool("connect", "-u", "::1", listener.port_text()), options);
  Peer source(std::move(input.ours));
  Peer sink(std::move(output.ours));
  for (size_t size : sizes) {
    if (size == 0) continue;
    std::string bytes = random_bytes(size, size);
    source.send_all(bytes);
    EXPECT_EQ(first_difference(sink.recv_some(), bytes), std::nullopt) << size;
  }
}

// Larger than any datagram: refused by our own kernel, and said so.
TEST(UdpBoundaries, OneByteTooMany) {
  UdpSocket server;
  DatagramPair input;
  Options options;
  options.in = Stdio::fd(input.theirs.get());
  Program program(nettool("connect", "-u", "127.0.0.1", server.port_text()), options);
  Peer source(std::move(input.ours));
  source.send_all(std::string(65508, 'x'));
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("EMSGSIZE"), std::string::npos) << outcome.err;
  EXPECT_TRUE(server.silent_for(0ms));
}

TEST(UdpBoundaries, SeqpacketStdinKeepsThemTooAndEnds) {
  UdpSocket server;
  DatagramPair input(SOCK_SEQPACKET);
  Options options;
  options.in = Stdio::fd(input.theirs.get());
  Program program(nettool("connect", "-u", "-q", "0", "127.0.0.1", server.port_text()), options);
  input.theirs.close();
  Peer source(std::move(input.ours));
  source.send_all("first");
  source.send_all("second one");
  EXPECT_EQ(server.recv().bytes, "first");
  EXPECT_EQ(server.recv().bytes, "second one");
  source.close();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_TRUE(server.silent_for(0ms));
}

// Verbose or not, with JSON or a dump: the peer sees the same bytes. (nc -u -v sends "X"s to probe the port.)
TEST(UdpBoundaries, NoByteIsAdded) {
  TempDir dir;
  for (const std::vector<std::string>& how : {std::vector<std::string>{},
                                              {"-v"},
                                              {"--json"},
                                              {"-x", dir / "dump"},
                                              {"-v", "-x", "-"},
                                              {"--progress"},
                                              {"--unconnected", "-v"},
                                              {"-v", "--interface", "lo"}}) {
    SCOPED_TRACE(testing::PrintToString(how));
    UdpSocket server;
    std::vector<std::string> words = {"connect", "-u", "-q", "100ms", "127.0.0.1", server.port_text()};
    words.insert(words.begin() + 1, how.begin(), how.end());
    Program program(nettool_argv(words));
    program.write_stdin("payload");
    Datagram got = server.recv();
    EXPECT_EQ(got.bytes, "payload");
    server.reply(got, "answer");
    EXPECT_EQ(program.read_exact(Stream::out, 6), "answer");
    program.close_stdin();
    Outcome outcome = program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "answer");
    EXPECT_TRUE(server.silent_for(0ms)) << "no empty datagram at the end either";
  }
}

// Nothing on stdin is nothing sent: the peer is not to get a datagram that nobody asked for.
TEST(UdpBoundaries, AnEmptyStdinSendsNothing) {
  UdpSocket server;
  for (const char* framing : {"-v", "--by-line"}) {
    Outcome outcome = run(nettool("connect", "-u", framing, "-q", "0", "127.0.0.1", server.port_text()), "");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_TRUE(server.silent_for(20ms));
  }
}

}  // namespace
}  // namespace test
