// Unix sockets: the file's permissions, what may be replaced, and what is left behind.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/address.hh"
#include "tests/support/files.hh"
#include "tests/support/nettool.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) < 0) fail_errno("stat " + path);
  return status.st_mode & 07777U;
}

bool is_socket(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

const std::vector<std::string> types = {"stream", "seqpacket", "dgram"};

TEST(ListenUnix, SaysWhereItListens) {
  TempDir dir;
  for (const std::string& type : types) {
    Listener listener = start_listener({"-U", "--type", type, dir / "socket"});
    EXPECT_EQ(listener.listening["path"].string(), dir / "socket");
    EXPECT_FALSE(listener.listening.has("port"));
    EXPECT_TRUE(is_socket(dir / "socket"));
  }
  Program text(nettool("listen", "-U", dir / "text"));
  EXPECT_TRUE(text.read_line(Stream::err).starts_with("listening on " + (dir / "text")));
}

struct Mode {
  const char* text;
  mode_t mode;
};

// Set before bind, so that there is no moment with other permissions; the umask has no say.
TEST(ListenUnix, Mode) {
  TempDir dir;
  for (mode_t mask : {0U, 022U, 077U, 0777U}) {
    for (const Mode& mode : {Mode{"0600", 0600}, Mode{"0660", 0660}, Mode{"0666", 0666}, Mode{"777", 0777},
                             Mode{"0", 0}, Mode{"0200", 0200}}) {
      for (const std::string& type : types) {
        Options options;
        options.before_exec = [mask] { umask(mask); };
        Listener listener =
            start_listener({"-U", "--type", type, "--mode", mode.text, dir / "socket"}, options);
        EXPECT_EQ(mode_of(dir / "socket"), mode.mode) << mode.text << " " << type << " umask " << mask;
        listener.program.signal(SIGTERM);
        listener.program.wait();
      }
    }
  }
}

TEST(ListenUnix, WithoutModeTheUmaskDecides) {
  TempDir dir;
  for (mode_t mask : {022U, 077U}) {
    Options options;
    options.before_exec = [mask] { umask(mask); };
    Listener listener = start_listener({"-U", dir / "socket"}, options);
    EXPECT_EQ(mode_of(dir / "socket"), 0777U & ~mask);
    listener.program.signal(SIGTERM);
    listener.program.wait();
  }
}

// A socket whose program is gone.
TEST(ListenUnix, AStaleFileIsReplaced) {
  TempDir dir;
  for (int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    UnixServer(dir / "socket", type).close();
    ASSERT_TRUE(exists(dir / "socket"));
    Listener listener = start_listener({"-U", dir / "socket"});
    Peer peer = connect_unix(dir / "socket");
    peer.send_all("hello");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
    peer.close();
    listener.program.close_stdin();
    listener.program.wait();
  }
}

TEST(ListenUnix, AfterAKillTheNextOneStarts) {
  TempDir dir;
  Listener killed = start_listener({"-U", dir / "socket"});
  killed.program.signal(SIGKILL);
  killed.program.wait();
  ASSERT_TRUE(exists(dir / "socket"));
  EXPECT_TRUE(start_listener({"-U", dir / "socket"}).program.still_running());
}

// In use by anybody, of whatever type; the other program hears nothing of our trying.
TEST(ListenUnix, AFileInUseIsLeftAlone) {
  TempDir dir;
  for (int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    std::string path = dir / ("socket" + std::to_string(type));
    UnixServer server(path, type);
    for (const std::string& ours : types) {
      Outcome outcome = run(nettool("listen", "-U", "--type", ours, path));
      EXPECT_EQ(outcome.status, 4) << outcome.err;
      EXPECT_NE(outcome.err.find("EADDRINUSE"), std::string::npos) << outcome.err;
    }
    EXPECT_TRUE(is_socket(path));
    EXPECT_FALSE(poll_one(server.fd(), POLLIN, Deadline(0ms))) << "no client, no datagram";
  }
}

// Bound, and about to listen.
TEST(ListenUnix, ASocketThatDoesNotListenYet) {
  TempDir dir;
  Fd bound(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address where = unix_address(dir / "socket");
  ASSERT_EQ(bind(bound.get(), where.raw(), where.length), 0);
  Outcome outcome = run(nettool("listen", "-U", dir / "socket"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  ASSERT_EQ(listen(bound.get(), 1), 0);
  EXPECT_NO_THROW((void)connect_unix(dir / "socket"));
}

TEST(ListenUnix, AnythingButASocketIsNeverUnlinked) {
  TempDir dir;
  write_file(dir / "file", "precious");
  write_file(dir / "empty", "");
  ASSERT_EQ(mkdir((dir / "folder").c_str(), 0755), 0);
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0644), 0);
  UnixServer(dir / "stale").close();
  ASSERT_EQ(symlink((dir / "stale").c_str(), (dir / "link").c_str()), 0);
  ASSERT_EQ(symlink((dir / "nothing").c_str(), (dir / "dangling").c_str()), 0);
  for (const std::string name : {"file", "empty", "folder", "fifo", "link", "dangling"}) {
    for (const std::string& type : types) {
      SCOPED_TRACE(name + " " + type);
      Outcome outcome = run(nettool("listen", "-U", "--type", type, dir / name));
      EXPECT_EQ(outcome.status, 4) << outcome.err;
      EXPECT_NE(outcome.err.find(dir / name), std::string::npos) << outcome.err;
      EXPECT_TRUE(exists(dir / name) || name == "dangling");
    }
  }
  EXPECT_EQ(read_file(dir / "file"), "precious");
  struct stat status{};
  EXPECT_EQ(lstat((dir / "dangling").c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
}

TEST(ListenUnix, TheFileIsRemovedAtTheEnd) {
  TempDir dir;
  Listener listener = start_listener({"-U", dir / "socket"}, {.in = Stdio::null()});
  connect_unix(dir / "socket").close();
  EXPECT_EQ(listener.program.wait().status, 0);
  EXPECT_FALSE(exists(dir / "socket"));

  Outcome late = run(nettool("listen", "-U", "--deadline", "100ms", dir / "socket"));
  EXPECT_EQ(late.status, 3);
  EXPECT_FALSE(exists(dir / "socket"));

  Listener counted = start_listener({"-U", "-k", "--clients", "2", dir / "socket"}, {.in = Stdio::null()});
  for (int i = 0; i < 2; ++i) connect_unix(dir / "socket").close();
  EXPECT_EQ(counted.program.wait().status, 0);
  EXPECT_FALSE(exists(dir / "socket"));
}

// Somebody else put another in its place: not ours to remove.
TEST(ListenUnix, ASuccessorsFileIsNotRemoved) {
  TempDir dir;
  Listener listener = start_listener({"-U", dir / "socket"});
  ASSERT_EQ(unlink((dir / "socket").c_str()), 0);
  UnixServer successor(dir / "socket");
  listener.program.signal(SIGTERM);
  listener.program.wait();
  EXPECT_TRUE(is_socket(dir / "socket"));
}

TEST(ListenUnix, AbstractNames) {
  std::string name = "@nettool-listen-" + std::to_string(getpid());
  for (const std::string& type : types) {
    Listener listener = start_listener({"-U", "--type", type, name});
    EXPECT_EQ(listener.path, name);
    int kind = type == "stream" ? SOCK_STREAM : type == "dgram" ? SOCK_DGRAM : SOCK_SEQPACKET;
    Peer peer = connect_unix(name, kind);
    peer.send_all("hello");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
    listener.program.write_stdin("answer");
    EXPECT_EQ(peer.recv_some(), "answer");
    EXPECT_FALSE(exists(name));
  }
}

TEST(ListenUnix, SeqpacketKeepsBoundariesAndEnds) {
  TempDir dir;
  Listener listener = start_listener({"-U", "--type", "seqpacket", "--by-line", dir / "socket"});
  Peer peer = connect_unix(dir / "socket", SOCK_SEQPACKET);
  listener.program.write_stdin("one\nsecond\n");
  EXPECT_EQ(peer.recv_some(), "one");
  EXPECT_EQ(peer.recv_some(), "second");
  peer.send_all(std::string(60000, 'x'));
  EXPECT_EQ(listener.program.read_exact(Stream::out, 60000), std::string(60000, 'x'));
  listener.program.close_stdin();
  EXPECT_EQ(peer.recv_some(), "");
  peer.send_all("last");
  peer.close();
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.ends_with("last"));
}

TEST(ListenUnix, ConnectToListenOfEveryType) {
  TempDir dir;
  for (const std::string& type : types) {
    Listener listener = start_listener({"-U", "--type", type, dir / "socket"});
    Program client(nettool("connect", "-U", "--type", type, dir / "socket"));
    client.write_stdin("question");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 8), "question");
    listener.program.write_stdin("answer");
    EXPECT_EQ(client.read_exact(Stream::out, 6), "answer");
    listener.program.signal(SIGTERM);
    listener.program.wait();
  }
}

TEST(ListenUnix, KeepOpen) {
  TempDir dir;
  Listener listener = start_listener({"-U", "-k", "-d", dir / "socket"});
  for (int i = 0; i < 100; ++i) {
    std::string words = "client " + std::to_string(i) + "\n";
    Peer peer = connect_unix(dir / "socket");
    peer.send_all(words);
    peer.close();
    EXPECT_EQ(listener.program.read_line(Stream::out), words);
  }
}

TEST(ListenUnix, PathsOfAllKinds) {
  TempDir dir;
  Options options;
  options.before_exec = [folder = dir.path()] {
    if (chdir(folder.c_str()) < 0) fail_errno("chdir");
  };
  // The longest that sun_path takes is 107 bytes.
  for (const std::string& name : {std::string("relative"), std::string("./dot"), std::string("with space"),
                                  std::string("\xff\xfe"), std::string("new\nline"), std::string(107, 'n')}) {
    Listener listener = start_listener({"-U", "--", name}, options);
    EXPECT_TRUE(is_socket(dir / name)) << name;
    listener.program.signal(SIGTERM);
    listener.program.wait();
    EXPECT_FALSE(exists(dir / name)) << name;
  }
}

}  // namespace
}  // namespace test
