#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "net/sock/unix_path.hh"
#include "tests/support/files.hh"
#include "tests/support/unix_socket.hh"

namespace net {
namespace {

struct Bound {
  Socket socket;
  BoundPath path;
};

Result<Bound> bind_to(const std::string& path, int type = SOCK_DGRAM) {
  auto socket = Socket::open(AF_UNIX, type);
  if (!socket) return std::unexpected(socket.error());
  auto bound = BoundPath::bind(*socket, *Endpoint::parse_unix(path), std::nullopt);
  if (!bound) return std::unexpected(bound.error());
  return Bound{std::move(*socket), std::move(*bound)};
}

TEST(BoundPath, RemovesItsFile) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  {
    const auto bound = bind_to(path);
    ASSERT_TRUE(bound);
    EXPECT_TRUE(test::exists(path));
  }
  EXPECT_FALSE(test::exists(path));
}

// Somebody replaced it meanwhile: theirs stays.
TEST(BoundPath, LeavesAnothersFile) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  {
    const auto bound = bind_to(path);
    ASSERT_TRUE(bound);
    // A name of ours keeps the inode from being given to the new file.
    ASSERT_EQ(::link(path.c_str(), (directory / "keep").c_str()), 0);
    ASSERT_EQ(::unlink(path.c_str()), 0);
    const test::UnixServer other(path);
  }
  EXPECT_TRUE(test::exists(path));
}

TEST(BoundPath, AFileThatIsGoneIsNoMatter) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  const auto bound = bind_to(path);
  ASSERT_TRUE(bound);
  EXPECT_EQ(::unlink(path.c_str()), 0);
}

TEST(BoundPath, AssignmentRemovesTheOldOne) {
  const test::TempDir directory;
  auto first = bind_to(directory / "first");
  auto second = bind_to(directory / "second");
  ASSERT_TRUE(first && second);
  first->path = std::move(second->path);
  EXPECT_FALSE(test::exists(directory / "first"));
  EXPECT_TRUE(test::exists(directory / "second"));
  first->path = BoundPath();
  EXPECT_FALSE(test::exists(directory / "second"));
}

TEST(BoundPath, AutobindGetsAnAbstractName) {
  const auto bound = bind_to("@");
  ASSERT_TRUE(bound);
  EXPECT_TRUE(bound->socket.local().is_abstract());
  EXPECT_GT(bound->socket.local().text().size(), 1U);
}

TEST(BoundPath, StaleDatagramFileIsReplaced) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  {
    const test::UnixServer left_behind(path, SOCK_DGRAM);
  }
  ASSERT_TRUE(test::exists(path));
  EXPECT_TRUE(bind_to(path));
}

// A socket that is bound and does not listen refuses connections as a stale file does, and yet it lives.
TEST(BoundPath, BoundButNotListeningIsInUse) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  const auto owner = bind_to(path, SOCK_STREAM);
  ASSERT_TRUE(owner);
  const auto second = bind_to(path, SOCK_STREAM);
  EXPECT_TRUE(test::exists(path));
  ASSERT_FALSE(second) << "the file of a living socket was taken away";
  EXPECT_EQ(second.error().symbol(), "EADDRINUSE");
}

}  // namespace
}  // namespace net
