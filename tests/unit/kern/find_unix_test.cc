#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "net/kern/sock_diag.hh"
#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"
#include "tests/unit/kern/forked.hh"
#include "tests/unit/kern/sockets.hh"

namespace net::kern {
namespace {

using Fds = std::vector<int>;

Endpoint path(const std::string& text) {
  return *Endpoint::parse_unix(text);
}

SocketQuery unix_query(std::optional<Endpoint> local, std::optional<Endpoint> peer = {},
                       std::optional<SocketState> state = {}) {
  return {.protocols = {DiagProtocol::unix_domain},
          .local = std::move(local),
          .peer = std::move(peer),
          .state = state};
}

std::string own_name(const std::string& test) {
  return "@nettool-unit-find-" + test + "-" + std::to_string(getpid());
}

TEST(FindUnix, BothEndsOfAConnection) {
  const test::TempDir directory;
  for (const std::string& name : {std::string(directory / "sock"), own_name("ends")}) {
    test::UnixServer server(name);
    const test::Peer client = test::connect_unix(name);
    const test::Peer accepted = server.accept();
    const auto ends = find(unix_query(path(name)));
    EXPECT_EQ(inodes_of(ends), inodes_of(Fds{server.fd(), accepted.fd()})) << name;
    for (const SocketEntry& end : ends) {
      const bool listens = end.inode == inode_of(server.fd());
      EXPECT_EQ(end.state, listens ? SocketState::listen : SocketState::established);
      EXPECT_EQ(end.local, path(name));
      EXPECT_EQ(end.protocol, DiagProtocol::unix_domain);
      EXPECT_EQ(end.uid, geteuid());
      EXPECT_EQ(end.peer.family(), listens ? AF_UNSPEC : AF_UNIX) << "a client without a name";
    }
    const auto clients = find(unix_query({}, path(name)));
    ASSERT_EQ(inodes_of(clients), inodes_of(Fds{client.fd()}));
    EXPECT_EQ(clients[0].peer, path(name));
    EXPECT_EQ(clients[0].local.text(), "(unnamed)");
    EXPECT_EQ(inodes_of(find(unix_query(path(name), {}, SocketState::listen))), inodes_of(Fds{server.fd()}));
    EXPECT_EQ(inodes_of(find(unix_query(path(name), {}, SocketState::established))),
              inodes_of(Fds{accepted.fd()}));
    EXPECT_TRUE(find(unix_query(path(name), path(name))).empty());
  }
}

// The kernel calls the server established as well, once somebody has connected to it.
TEST(FindUnix, Datagrams) {
  const test::TempDir directory;
  const std::string name = directory / "sock";
  const test::UnixServer server(name, SOCK_DGRAM);
  const test::Peer client = test::connect_unix(name, SOCK_DGRAM);
  const auto found = find(unix_query(path(name)));
  ASSERT_EQ(inodes_of(found), inodes_of(Fds{server.fd()}));
  EXPECT_EQ(found[0].state, SocketState::close);
  EXPECT_EQ(found[0].peer, Endpoint());
  const auto clients = find(unix_query({}, path(name), SocketState::established));
  ASSERT_EQ(inodes_of(clients), inodes_of(Fds{client.fd()}));
  EXPECT_TRUE(clients[0].local.is_abstract());
}

TEST(FindUnix, BoundAndNothingElse) {
  const std::string name = own_name("bound");
  const test::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(fd.get(), path(name).data(), path(name).size()), 0);
  EXPECT_EQ(inodes_of(find(unix_query(path(name), {}, SocketState::close))), inodes_of(Fds{fd.get()}));
}

TEST(FindUnix, AbstractNamesAreWhole) {
  const std::string name = own_name("whole");
  const test::UnixServer server(name);
  EXPECT_EQ(find(unix_query(path(name))).size(), 1U);
  EXPECT_TRUE(find(unix_query(path(name + "x"))).empty());
  EXPECT_TRUE(find(unix_query(path(name.substr(0, name.size() - 1)))).empty());
}

// Bound in its directory by a name that is relative, and asked for by the whole path, and through a link.
TEST(FindUnix, RelativeNames) {
  const test::TempDir directory;
  ASSERT_EQ(symlink("sock", (directory / "link").c_str()), 0);
  const test::Waiting owner([&directory] {
    if (chdir((directory / "").c_str()) != 0) test::fail_errno("chdir");
    // It stays open: the process only waits from here on.
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, path("sock").data(), path("sock").size()) != 0 || listen(fd, 1) != 0) {
      test::fail_errno("bind");
    }
  });
  for (const std::string name : {"sock", "link"}) {
    const auto found = find(unix_query(path(directory / name)));
    ASSERT_EQ(found.size(), 1U) << name;
    EXPECT_EQ(found[0].local.text(), "sock");
  }
  EXPECT_TRUE(find(unix_query(path(directory / "other"))).empty());
}

TEST(FindUnix, TheFileIsGoneAndTheSocketIsNot) {
  const test::TempDir directory;
  const std::string name = directory / "sock";
  const test::UnixServer old(name);
  ASSERT_EQ(unlink(name.c_str()), 0);
  EXPECT_EQ(inodes_of(find(unix_query(path(name)))), inodes_of(Fds{old.fd()}));
  // Another one has taken its place.
  const test::UnixServer now(name);
  EXPECT_EQ(inodes_of(find(unix_query(path(name)))), inodes_of(Fds{now.fd()}));
}

/// Over two tmpfs: there stat(2) tells another device of a file than sock_diag.
void mount_overlay(const std::string& where) {
  if (unshare(CLONE_NEWNS) != 0 || mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("a", where.c_str(), "tmpfs", 0, nullptr) != 0) {
    test::fail_errno("mount");
  }
  for (const char* name : {"/lower", "/upper", "/work", "/all"}) mkdir((where + name).c_str(), 0755);
  const std::string lower = where + "/lower";
  const std::string layers = "lowerdir=" + lower + ",upperdir=" + where + "/upper,workdir=" + where + "/work";
  if (mount("b", lower.c_str(), "tmpfs", 0, nullptr) != 0 ||
      mount("c", (where + "/all").c_str(), "overlay", 0, layers.c_str()) != 0) {
    test::fail_errno("mount");
  }
}

TEST(FindUnix, OnAnOverlay) {
  REQUIRE_ROOT();
  const test::TempDir directory;
  const std::string said = test::said_by_child([&directory] {
    const std::string where = directory / "";
    mount_overlay(where.substr(0, where.size() - 1));
    const test::UnixServer server(directory / "all/sock");
    const bool found = inodes_of(find(unix_query(path(server.path())))) == inodes_of(Fds{server.fd()});
    return std::string(found ? "found" : "not found");
  });
  if (said.starts_with("mount:")) GTEST_SKIP() << said;
  EXPECT_EQ(said, "found");
}

TEST(FindUnix, LongestPath) {
  const test::TempDir directory;
  std::string name = directory / "";
  name.append(107 - name.size(), 'x');
  const test::UnixServer server(name);
  const auto found = find(unix_query(path(name)));
  ASSERT_EQ(inodes_of(found), inodes_of(Fds{server.fd()}));
  EXPECT_EQ(found[0].local.text(), name);
}

TEST(FindUnix, APairHasNoNames) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const test::Fd one(ends[0]);
  const test::Fd other(ends[1]);
  for (const SocketEntry& entry : find(unix_query({}))) {
    if (entry.inode != inode_of(one.get())) continue;
    EXPECT_EQ(entry.local.text(), "(unnamed)");
    EXPECT_EQ(entry.peer.text(), "(unnamed)");
    EXPECT_EQ(entry.state, SocketState::established);
    return;
  }
  FAIL() << "not listed";
}

TEST(FindUnix, OtherKindsOfQuery) {
  const test::TempDir directory;
  const test::UnixServer server(directory / "sock");
  EXPECT_TRUE(find({.local = path(directory / "sock")}).empty()) << "TCP and UDP have no paths";
  auto query = unix_query(path(directory / "sock"));
  query.family = AF_INET;
  EXPECT_TRUE(find(query).empty());
  EXPECT_TRUE(find(unix_query(at("127.0.0.1", 0))).empty());
}

}  // namespace
}  // namespace net::kern
