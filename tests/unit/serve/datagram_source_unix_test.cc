#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/support/files.hh"
#include "tests/support/unix_socket.hh"
#include "tests/unit/serve/datagram_source_fixture.hh"

namespace net {
namespace {

using DatagramSourceUnix = DatagramSourceTest;

TEST_F(DatagramSourceUnix, Peers) {
  const test::TempDir folder;
  open(folder / "server");
  test::Peer named = test::connect_unix(folder / "server", SOCK_DGRAM);
  named.send_all("one");
  const Connection one = next();
  EXPECT_EQ(one.client.local.text(), folder / "server");
  EXPECT_EQ(read(one), "one");
  EXPECT_EQ(write(one, "answer"), "");
  EXPECT_EQ(named.recv_some(), "answer");
  named.close();
  EXPECT_EQ(write(one, "answer"), "ECONNREFUSED");
  // One with a file, which goes.
  test::UnixServer file(folder / "client", SOCK_DGRAM);
  file.send_to("two", folder / "server");
  const Connection two = next();
  EXPECT_EQ(write(two, "answer"), "");
  unlink((folder / "client").c_str());
  EXPECT_EQ(write(two, "answer"), "ECONNREFUSED");
}

// A client that is connected and never reads holds what it got in the buffer that all share. The kernel would
// not say when there is room for another again.
TEST_F(DatagramSourceUnix, AFullUnixBufferIsToBeTriedAgain) {
  const test::TempDir folder;
  open(folder / "server");
  test::Peer deaf = test::connect_unix(folder / "server", SOCK_DGRAM);
  test::Peer other = test::connect_unix(folder / "server", SOCK_DGRAM);
  deaf.send_all("x");
  other.send_all("x");
  const Connection to_deaf = next();
  const Connection to_other = next();
  const std::string text(10'000, 'x');
  while (write(to_deaf, text).empty()) {
  }
  EXPECT_EQ(write(to_other, text), "ENOBUFS");
  EXPECT_TRUE(to_other.peer->out().is_set());
  static_cast<void>(deaf.recv_some());
  static_cast<void>(deaf.recv_some());
  EXPECT_EQ(write(to_other, text), "");
}

// One that is not connected has a short queue of its own, and its room is signalled.
TEST_F(DatagramSourceUnix, AFullUnixQueueIsWaitedFor) {
  const test::TempDir folder;
  open(folder / "server");
  test::UnixServer deaf(folder / "deaf", SOCK_DGRAM);
  deaf.send_to("x", folder / "server");
  const Connection connection = next();
  std::string failure;
  while (failure.empty()) failure = write(connection, "x");
  EXPECT_EQ(failure, "EAGAIN");
  EXPECT_FALSE(connection.peer->out().is_set());
  static_cast<void>(deaf.recv());
  settle_all();
  EXPECT_TRUE(connection.peer->out().is_set());
  EXPECT_EQ(write(connection, "x"), "");
}

TEST_F(DatagramSourceUnix, AnUnnamedUnixPeerIsHeardAndNotAnswered) {
  const test::TempDir folder;
  open(folder / "server");
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const Endpoint server = *Endpoint::parse_unix(folder / "server");
  ASSERT_EQ(sendto(fd, "hello", 5, 0, server.data(), server.size()), 5);
  close(fd);
  const Connection connection = next();
  EXPECT_EQ(read(connection), "hello");
  EXPECT_EQ(write(connection, "answer"), "ECONNRESET");
}

}  // namespace
}  // namespace net
