// How a pipe or a file becomes datagrams: by size, by silence, by line.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

std::vector<size_t> sizes_of(UdpSocket& server, size_t total, std::string& bytes) {
  std::vector<size_t> sizes;
  while (bytes.size() < total) {
    std::string one = server.recv().bytes;
    sizes.push_back(one.size());
    bytes += one;
  }
  return sizes;
}

/// `bytes` cut every `size`.
std::vector<size_t> cut(size_t bytes, size_t size) {
  std::vector<size_t> sizes(bytes / size, size);
  if (bytes % size != 0) sizes.push_back(bytes % size);
  return sizes;
}

struct Case {
  size_t bytes;
  const char* option;  ///< of --datagram-size; "" is the default
  size_t size;
};

TEST(UdpFraming, AFileFillsEachDatagram) {
  TempDir dir;
  for (const Case& c :
       {Case{10000, "", 1400}, Case{1400, "", 1400}, Case{1, "", 1400}, Case{10000, "1000", 1000},
        Case{10000, "1K", 1024}, Case{10, "3", 3}, Case{5, "1", 1}, Case{65507, "65507", 65507},
        Case{131000, "65507", 65507}, Case{60000, "0x4000", 16384}}) {
    SCOPED_TRACE(std::to_string(c.bytes) + " by " + c.option);
    random_file(dir / "in", c.bytes, c.bytes);
    UdpSocket server;
    int room = 1 << 20;
    setsockopt(server.fd(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    std::vector<std::string> words = {"connect", "-u", "-q", "0", "127.0.0.1", server.port_text()};
    if (*c.option != '\0') words.insert(words.begin() + 1, {"--datagram-size", c.option});
    Options options;
    options.in = Stdio::file(dir / "in");
    Program program(nettool_argv(words), options);
    std::string got;
    EXPECT_EQ(sizes_of(server, c.bytes, got), cut(c.bytes, c.size));
    EXPECT_EQ(first_difference(got, read_file(dir / "in")), std::nullopt);
    EXPECT_EQ(program.wait().status, 0);
    EXPECT_TRUE(server.silent_for(0ms));
  }
}

TEST(UdpFraming, APipeFillsEachDatagramToo) {
  UdpSocket server;
  std::string bytes = random_bytes(50000, 5);
  Outcome outcome = run(
      nettool("connect", "-u", "-q", "0", "--datagram-size", "4K", "127.0.0.1", server.port_text()), bytes);
  EXPECT_EQ(outcome.status, 0);
  std::string got;
  EXPECT_EQ(sizes_of(server, bytes.size(), got), cut(bytes.size(), 4096));
  EXPECT_EQ(first_difference(got, bytes), std::nullopt);
}

// 10 ms of silence send what is there; each piece waits for the one before to arrive.
TEST(UdpFraming, SilenceFlushes) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "127.0.0.1", server.port_text()));
  for (const std::string& piece : {std::string("first"), std::string("2"), std::string(1399, 'x')}) {
    Stopwatch clock;
    program.write_stdin(piece);
    EXPECT_EQ(server.recv().bytes, piece);
    EXPECT_LT(clock.seconds(), 5);
  }
  // A full one does not wait for more.
  program.write_stdin(std::string(1400, 'y') + "rest");
  EXPECT_EQ(server.recv().bytes, std::string(1400, 'y'));
  EXPECT_EQ(server.recv().bytes, "rest");
  EXPECT_TRUE(program.still_running());
}

TEST(UdpFraming, ATypistsLinesAreDatagrams) {
  UdpSocket server;
  Options options;
  options.in = Stdio::pty();
  Program program(nettool("connect", "-u", "127.0.0.1", server.port_text()), options);
  program.write_stdin("hello\n");
  EXPECT_EQ(server.recv().bytes, "hello\n");
  program.write_stdin("again\n");
  EXPECT_EQ(server.recv().bytes, "again\n");
}

struct Lines {
  std::string input;
  std::vector<std::string> datagrams;
};

TEST(UdpFraming, ByLine) {
  const std::string longest(65507, 'z');
  const std::vector<Lines> table = {
      {"one\ntwo\n", {"one", "two"}},
      {"one\ntwo", {"one", "two"}},
      {"\n", {""}},
      {"\n\n\n", {"", "", ""}},
      {"a\n\nb\n", {"a", "", "b"}},
      {"\nlast", {"", "last"}},
      {"ends with CR\r\n", {"ends with CR\r"}},
      {std::string("\0\x01\xff\n\0\n", 6), {std::string("\0\x01\xff", 3), std::string("\0", 1)}},
      {longest + "\nshort\n", {longest, "short"}},
      {longest, {longest}},
  };
  for (const Lines& lines : table) {
    SCOPED_TRACE(lines.input.substr(0, 20));
    UdpSocket server;
    Outcome outcome =
        run(nettool("connect", "-u", "--by-line", "-q", "0", "127.0.0.1", server.port_text()), lines.input);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    for (const std::string& expected : lines.datagrams) {
      EXPECT_EQ(first_difference(server.recv().bytes, expected), std::nullopt);
    }
    EXPECT_TRUE(server.silent_for(0ms));
  }
}

// Two halves of a line are one datagram, however far apart they come.
TEST(UdpFraming, ByLineWaitsForTheNewline) {
  UdpSocket server;
  Program program(nettool("connect", "-u", "--by-line", "127.0.0.1", server.port_text()));
  program.write_stdin("first half, ");
  EXPECT_TRUE(server.silent_for(60ms));
  program.write_stdin("second half\nnext");
  EXPECT_EQ(server.recv().bytes, "first half, second half");
  EXPECT_TRUE(server.silent_for(60ms));
  program.close_stdin();
  EXPECT_EQ(server.recv().bytes, "next");
}

TEST(UdpFraming, ALineThatFitsNoDatagram) {
  UdpSocket server;
  Outcome outcome = run(nettool("connect", "-u", "--by-line", "-q", "0", "127.0.0.1", server.port_text()),
                        "good\n" + std::string(65508, 'x') + "\n");
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("EMSGSIZE"), std::string::npos) << outcome.err;
  EXPECT_EQ(server.recv().bytes, "good");
  EXPECT_TRUE(server.silent_for(0ms));
}

TEST(UdpFraming, CrlfWithinDatagrams) {
  UdpSocket server;
  Outcome outcome =
      run(nettool("connect", "-u", "-C", "-q", "0", "127.0.0.1", server.port_text()), "a\nb\r\nc");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server.recv().bytes, "a\r\nb\r\nc");
}

// The figures count payload bytes, not datagrams.
TEST(UdpFraming, TheReportCountsBytes) {
  UdpSocket server;
  Program program(
      nettool("connect", "--json", "-u", "--by-line", "-q", "200ms", "127.0.0.1", server.port_text()));
  program.write_stdin("one\n\nthree\n");
  Datagram first = server.recv();
  server.reply(first, "12345");
  server.reply(first, "");
  EXPECT_EQ(program.read_exact(Stream::out, 5), "12345");
  program.close_stdin();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  json::Value closed = json::only_event(outcome.err, "closed");
  EXPECT_EQ(closed["sent_bytes"].integer(), 8);
  EXPECT_EQ(closed["received_bytes"].integer(), 5);
  EXPECT_EQ(closed["unsent_bytes"].integer(), 0);
  EXPECT_EQ(closed["reason"].string(), "quit");
  EXPECT_TRUE(closed["tcp_info"].is_null());
}

// The listener frames its stdin in the same ways.
TEST(UdpFraming, OfAListener) {
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--datagram-size", "4"}, {"--by-line"}}) {
    std::vector<std::string> words = {"-u", "127.0.0.1", "0"};
    words.insert(words.begin(), how.begin(), how.end());
    Listener listener = start_listener(words);
    UdpSocket client;
    client.send_to("hello", "127.0.0.1", listener.port);
    EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
    listener.program.write_stdin("ab\ncd\n");
    bool by_line = how.size() == 1;
    EXPECT_EQ(client.recv().bytes, by_line ? "ab" : "ab\nc");
    EXPECT_EQ(client.recv().bytes, by_line ? "cd" : "d\n");
  }
}

}  // namespace
}  // namespace test
