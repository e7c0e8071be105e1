// Unix datagrams: boundaries, replies to a name of the kernel's choice or to -s PATH, and what is left
// behind.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/address.hh"
#include "tests/support/files.hh"
#include "tests/support/nettool.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

TEST(UdpUnix, RepliesReachAnAutobindClient) {
  TempDir dir;
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"-u", "-U"}, {"-U", "--type", "dgram"}, {"-U", "-u", "--type", "dgram"}}) {
    for (const std::string& path : {dir / "server", "@nettool-dgram-" + std::to_string(getpid())}) {
      UnixServer server(path, SOCK_DGRAM);
      std::vector<std::string> words = {"connect", path};
      words.insert(words.begin() + 1, how.begin(), how.end());
      Program program(nettool_argv(words));
      program.write_stdin("question");
      UnixServer::Message question = server.recv();
      EXPECT_EQ(question.bytes, "question");
      // An unbound client could not be answered.
      ASSERT_TRUE(question.from.starts_with("@")) << question.from;
      server.send_to("answer", question.from);
      EXPECT_EQ(program.read_exact(Stream::out, 6), "answer");
      server.close();
      unlink(path.c_str());
    }
  }
}

TEST(UdpUnix, SourcePathIsRemovedAtTheEnd) {
  TempDir dir;
  UnixServer server(dir / "server", SOCK_DGRAM);
  Program program(nettool("connect", "-u", "-U", "-q", "0", "-s", dir / "client", dir / "server"));
  program.write_stdin("question");
  UnixServer::Message question = server.recv();
  EXPECT_EQ(question.from, dir / "client");
  server.send_to("answer", question.from);
  EXPECT_EQ(program.read_exact(Stream::out, 6), "answer");
  program.close_stdin();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_FALSE(exists(dir / "client"));
}

TEST(UdpUnix, AnAbstractSource) {
  TempDir dir;
  UnixServer server(dir / "server", SOCK_DGRAM);
  std::string name = "@nettool-source-" + std::to_string(getpid());
  Outcome outcome = run(nettool("connect", "-uU", "-q", "0", "-s", name, dir / "server"), "x");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server.recv().from, name);
}

// A file that another made is never taken away: neither a socket in use nor anything else.
TEST(UdpUnix, ASourcePathThatIsTaken) {
  TempDir dir;
  UnixServer server(dir / "server", SOCK_DGRAM);
  UnixServer other(dir / "other", SOCK_DGRAM);
  write_file(dir / "file", "words");
  for (const std::string name : {"other", "file"}) {
    Outcome outcome = run(nettool("connect", "-uU", "-q", "0", "-s", dir / name, dir / "server"), "x");
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_NE(outcome.err.find(dir / name), std::string::npos) << outcome.err;
    EXPECT_TRUE(exists(dir / name));
  }
  EXPECT_EQ(read_file(dir / "file"), "words");
}

TEST(UdpUnix, NobodyIsThere) {
  TempDir dir;
  Outcome missing = run(nettool("connect", "-uU", "-s", dir / "client", dir / "server"), "x");
  EXPECT_EQ(missing.status, 4) << missing.err;
  EXPECT_NE(missing.err.find("ENOENT"), std::string::npos) << missing.err;
  EXPECT_FALSE(exists(dir / "client"));
}

TEST(UdpUnix, AServerThatEnds) {
  TempDir dir;
  UnixServer server(dir / "server", SOCK_DGRAM);
  Program program(nettool("connect", "-uU", dir / "server"));
  program.write_stdin("one");
  EXPECT_EQ(server.recv().bytes, "one");
  server.close();
  program.write_stdin("two");
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 1) << outcome.err;
}

TEST(UdpUnix, SizesBothWays) {
  TempDir dir;
  Listener listener = start_listener({"-uU", dir / "socket"});
  EXPECT_EQ(listener.path, dir / "socket");
  Peer client = connect_unix(dir / "socket", SOCK_DGRAM);
  for (size_t size : {size_t{1}, size_t{1400}, size_t{1401}, size_t{65507}, size_t{65535}}) {
    std::string bytes = random_bytes(size, size);
    client.send_all(bytes);
    EXPECT_EQ(first_difference(listener.program.read_exact(Stream::out, size), bytes), std::nullopt) << size;
  }
  listener.program.write_stdin("answer");
  EXPECT_EQ(client.recv_some(), "answer");
  client.send_all("");
  client.send_all("after an empty one");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 18), "after an empty one");
}

TEST(UdpUnix, AListenerAndItsClients) {
  TempDir dir;
  Listener listener = start_listener({"-uU", "-k", dir / "socket"});
  Program first(nettool("connect", "-uU", dir / "socket"));
  first.write_stdin("first");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "first");
  Program second(nettool("connect", "-uU", "-s", dir / "second", dir / "socket"));
  second.write_stdin("second");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 6), "second");
  listener.program.write_stdin("answer");
  EXPECT_EQ(second.read_exact(Stream::out, 6), "answer");
  listener.program.signal(SIGTERM);
  Outcome outcome = listener.program.wait();
  std::vector<json::Value> accepted = json::events(outcome.err, "accepted");
  ASSERT_EQ(accepted.size(), 2U);
  EXPECT_TRUE(accepted[0]["peer"]["path"].string().starts_with("@"));
  EXPECT_EQ(accepted[1]["peer"]["path"].string(), dir / "second");
  EXPECT_EQ(accepted[1]["local"]["path"].string(), dir / "socket");
  EXPECT_FALSE(exists(dir / "socket"));
}

// Who has no name can be heard, and not be answered.
TEST(UdpUnix, ASenderWithoutAName) {
  TempDir dir;
  Listener listener = start_listener({"-uU", "-k", dir / "socket"}, {.in = Stdio::null()});
  Fd unbound(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Address where = unix_address(dir / "socket");
  ASSERT_EQ(sendto(unbound.get(), "hello", 5, 0, where.raw(), where.length), 5);
  EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
  listener.program.signal(SIGTERM);
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(json::only_event(outcome.err, "accepted")["peer"]["path"].string(), "");
}

}  // namespace
}  // namespace test
