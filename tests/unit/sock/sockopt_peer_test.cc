#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_read.hh"
#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/forked.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// What the kernel says of the other end: SO_PEERCRED and its like, against who it is.
namespace net {
namespace {

struct Pair {
  test::Fd one;
  test::Fd other;
};

Pair unix_pair(int type) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
  return {test::Fd(ends[0]), test::Fd(ends[1])};
}

std::string cred_text(pid_t pid, uid_t uid, gid_t gid) {
  return "pid " + std::to_string(pid) + ", uid " + std::to_string(uid) + ", gid " + std::to_string(gid);
}

/// How many descriptors this process has.
std::ptrdiff_t descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

TEST(SockoptPeer, OfAPairIsThisProcess) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
    const Pair pair = unix_pair(type);
    EXPECT_EQ(read_text(pair.one.get(), "SO_PEERCRED"), cred_text(getpid(), geteuid(), getegid()));
    if (kernel_has("6.5")) EXPECT_EQ(read_text(pair.one.get(), "SO_PEERPIDFD"), std::to_string(getpid()));
  }
}

TEST(SockoptPeer, OfAFreshUnixSocketIsNobody) {
  const test::Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  EXPECT_EQ(read_text(fd.get(), "SO_PEERCRED"), "pid 0, uid -1, gid -1");
}

/// A client that is another user, with these groups, and waits to be killed.
struct Stranger {
  explicit Stranger(const std::vector<gid_t>& groups)
      : folder(),
        server(
            (std::filesystem::permissions(folder.path(), std::filesystem::perms::all), "@" + unique_name())),
        client(
            [this] {
              const test::Peer peer = test::connect_unix(server.path());
              pause();
              return 0;
            },
            test::Identity{.uid = 65534, .gid = 65533, .groups = groups}),
        accepted(server.accept()) {}

  static std::string unique_name() { return "sockopt_peer_test." + std::to_string(getpid()); }

  test::TempDir folder;
  test::UnixServer server;
  test::Forked client;
  test::Peer accepted;
};

TEST(SockoptPeer, OfAnAcceptedConnectionIsWhoConnected) {
  REQUIRE_ROOT();
  Stranger stranger({100, 4});
  const int fd = stranger.accepted.fd();
  EXPECT_EQ(read_text(fd, "SO_PEERCRED"), cred_text(stranger.client.pid(), 65534, 65533));
  EXPECT_EQ(read_text(fd, "SO_PEERGROUPS"), "4,100");
  if (!kernel_has("6.5")) return;
  EXPECT_EQ(read_text(fd, "SO_PEERPIDFD"), std::to_string(stranger.client.pid()));
  stranger.client.kill();
  stranger.client.wait();
  EXPECT_EQ(read_text(fd, "SO_PEERPIDFD"), "-1");
}

TEST(SockoptPeer, HasAsManyGroupsAsItHas) {
  REQUIRE_ROOT();
  std::vector<gid_t> groups;
  std::string text;
  // More than are asked for at first.
  for (gid_t group = 1000; group < 1400; ++group) {
    groups.push_back(group);
    text += (text.empty() ? "" : ",") + std::to_string(group);
  }
  const Stranger stranger(groups);
  EXPECT_EQ(read_text(stranger.accepted.fd(), "SO_PEERGROUPS"), text);
}

TEST(SockoptPeer, TellingTheProcessLeavesNoDescriptor) {
  const Pair pair = unix_pair(SOCK_STREAM);
  const auto before = descriptors();
  for (int i = 0; i < 3; ++i) static_cast<void>(read_text(pair.one.get(), "SO_PEERPIDFD"));
  EXPECT_EQ(descriptors(), before);
}

TEST(SockoptPeer, TheProcessIsToldOnlyWhenAskedFor) {
  const Pair pair = unix_pair(SOCK_STREAM);
  const SocketOption* const options[] = {*find_option("SO_PEERPIDFD"), *find_option("SO_ERROR")};
  for (const RawOption& raw : read_options(pair.one.get(), options, false)) {
    EXPECT_TRUE(raw.skipped) << raw.option->name;
  }
}

TEST(SockoptPeer, NameOfAnIpPeer) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    test::TcpServer server(address);
    const test::Peer client = test::connect_tcp(address, server.port());
    const std::string host = address.contains(':') ? "[" + address + "]" : address;
    EXPECT_EQ(read_text(client.fd(), "SO_PEERNAME"), host + ":" + server.port_text());
    const test::Peer accepted = server.accept();
    EXPECT_EQ(read_text(accepted.fd(), "SO_PEERNAME"), host + ":" + std::to_string(client.local_port()));
  }
}

TEST(SockoptPeer, NameOfAUnixPeer) {
  const test::TempDir folder;
  for (const std::string& path : {folder.path() + "/server", "@" + folder.path()}) {
    test::UnixServer server(path);
    const test::Peer client = test::connect_unix(path);
    EXPECT_EQ(read_text(client.fd(), "SO_PEERNAME"), path);
    const test::Peer accepted = server.accept();
    EXPECT_EQ(read_text(accepted.fd(), "SO_PEERNAME"), "(unnamed)");
  }
}

}  // namespace
}  // namespace net
