// What cannot stand together on listen's command line, and the Unix socket of a server.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/e2e/guard_run.hh"
#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

TEST(GuardUsage, WhatIsRefused) {
  struct Case {
    Words words;
    const char* why;
  };
  const Case cases[] = {
      // Rules.
      {{"--allow", "localhost", "0"}, "--allow 'localhost'"},
      {{"--allow", "localhost", "0"}, "names are not looked up"},
      {{"--deny", "10.0.0.0/33", "0"}, "--deny '10.0.0.0/33'"},
      {{"--deny", "fe80::1%lo", "0"}, "zone"},
      {{"--allow", "", "0"}, "--allow"},
      {{"--allow-file", "", "0"}, "--allow-file"},
      {{"--max-per-address", "0", "0"}, "at least 1"},
      {{"--max-per-address", "x", "0"}, "--max-per-address 'x'"},
      // What a Unix socket has none of.
      {{"-U", "--allow", "127.0.0.1", "socket"}, "--allow concerns addresses"},
      {{"-U", "--deny", "127.0.0.1", "socket"}, "--deny concerns addresses"},
      {{"-U", "--allow-file", "/dev/null", "socket"}, "--allow-file concerns addresses"},
      {{"-U", "--deny-file", "/dev/null", "socket"}, "--deny-file concerns addresses"},
      {{"-U", "--max-per-address", "2", "socket"}, "--max-per-address concerns addresses"},
      {{"-U", "--serve", "echo", "--deny", "127.0.0.1", "socket"}, "--deny concerns addresses"},
      // What means nothing in that way.
      {{"--serve", "echo", "-d", "0"}, "--no-stdin is not for --serve"},
      {{"--serve", "echo", "--send-only", "0"}, "--send-only is not for --serve"},
      {{"--serve", "echo", "--drain", "1s", "0"}, "--drain is not for --serve"},
      {{"--serve", "echo", "-C", "0"}, "--crlf is not for --serve"},
      {{"--serve", "echo", "--progress", "0"}, "--progress is not for --serve"},
      {{"--serve", "echo", "--broker", "0"}, "--serve and --broker exclude each other"},
      {{"--forward", "127.0.0.1:1", "-q", "1s", "0"}, "--quit-after is not for --forward"},
      {{"--broker", "--by-line", "0"}, "--by-line is not for --broker"},
      {{"--timeout", "1s", "0"}, "--timeout is for --forward"},
      {{"--datagram-size", "10", "0"}, "--datagram-size needs datagrams"},
      {{"--forward", "127.0.0.1:1", "--datagram-size", "10", "0"}, "--datagram-size needs datagrams"},
      {{"-u", "--backlog", "5", "0"}, "--backlog is for streams"},
      // Models.
      {{"--model", "fork", "0"}, "--model"},
      {{"--model", "epoll", "-k", "0"}, "one after another (iterative)"},
      {{"--broker", "--model", "thread", "0"}, "all on one loop (epoll)"},
      {{"--forward", "127.0.0.1:1", "--model", "fork", "0"}, "all on one loop (epoll)"},
  };
  for (const Case& c : cases) {
    Words words = c.words;
    words.insert(words.begin(), "listen");
    const Outcome outcome = run(nettool_argv(words));
    EXPECT_EQ(outcome.status, 2) << testing::PrintToString(c.words) << outcome.err;
    EXPECT_NE(outcome.err.find(c.why), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("listening"), std::string::npos) << outcome.err;
  }
}

TEST(GuardUsage, WhatIsTaken) {
  const Words cases[] = {
      {"--model", "iterative"},
      {"--model", "iterative", "-k"},
      {"--serve", "echo", "-k"},
      {"--serve", "echo", "--grace", "forever"},
      {"--broker", "--chat", "--model", "epoll"},
      {"--forward-udp", "127.0.0.1:1", "--datagram-size", "10"},
      {"--forward-udp", "127.0.0.1:1", "--by-line"},
      {"--forward", "unix:target", "--by-line", "--datagram-size", "10"},
      {"--forward", "127.0.0.1:1", "--timeout", "1s", "--model", "epoll"},
      {"-k", "--max-clients", "3", "--max-per-address", "1", "--grace", "1s"},
  };
  for (Words words : cases) {
    SCOPED_TRACE(testing::PrintToString(words));
    words.insert(words.end(), {"127.0.0.1", "0"});
    Listener listener = start_listener(words);
    stop_server(listener.program);
  }
}

// --- the Unix socket of a server ------------------------------------------------------------------------

mode_t mode_of(const std::string& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) < 0) fail_errno("stat " + path);
  return status.st_mode & 07777U;
}

const char* const types[] = {"stream", "seqpacket", "dgram"};

TEST(GuardUnix, ModeAndAFreshFile) {
  TempDir dir;
  for (const char* type : types) {
    Listener server =
        start_listener({"--serve", "echo", "-U", "--type", type, "--mode", "0610", dir / "socket"});
    EXPECT_EQ(mode_of(dir / "socket"), mode_t{0610});
    stop_server(server.program);
    EXPECT_FALSE(exists(dir / "socket"));
  }
}

TEST(GuardUnix, AStaleFileIsReplaced) {
  TempDir dir;
  UnixServer(dir / "socket").close();
  Listener server = start_listener({"--serve", "echo", "-U", dir / "socket"});
  Peer peer = connect_unix(dir / "socket");
  peer.send_all("hello");
  EXPECT_EQ(peer.recv_exact(5), "hello");
}

TEST(GuardUnix, AFileInUseIsLeftAlone) {
  TempDir dir;
  Listener server = start_listener({"--serve", "echo", "-U", dir / "socket"});
  for (const char* type : types) {
    const Outcome outcome = run(nettool("listen", "--serve", "echo", "-U", "--type", type, dir / "socket"));
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_NE(outcome.err.find("EADDRINUSE"), std::string::npos) << outcome.err;
  }
  Peer peer = connect_unix(dir / "socket");
  peer.send_all("hello");
  EXPECT_EQ(peer.recv_exact(5), "hello");
}

TEST(GuardUnix, AnythingButASocketIsNeverUnlinked) {
  TempDir dir;
  write_file(dir / "file", "precious");
  EXPECT_EQ(run(nettool("listen", "--serve", "echo", "-U", dir / "file")).status, 4);
  EXPECT_EQ(read_file(dir / "file"), "precious");
}

}  // namespace
}  // namespace test
