#include "net/kern/pidfd.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <thread>

#include "tests/support/fd.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/kern/forked.hh"
#include "tests/unit/kern/sockets.hh"

namespace net::kern {
namespace {

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

std::string symbol_of(const Result<Fd>& copy) {
  return copy ? "borrowed" : copy.error().symbol();
}

TEST(BorrowDescriptor, IsTheSameOpenFile) {
  test::TcpServer server;
  test::Waiting owner;
  auto copy = borrow_descriptor(owner.pid(), server.fd());
  ASSERT_TRUE(copy) << copy.error().message();
  EXPECT_NE(copy->get(), server.fd());
  EXPECT_EQ(fcntl(copy->get(), F_GETFD), FD_CLOEXEC);
  ASSERT_EQ(option(server.fd(), SOL_SOCKET, SO_KEEPALIVE), 0);
  const int on = 1;
  ASSERT_EQ(setsockopt(copy->get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), 0);
  EXPECT_EQ(option(server.fd(), SOL_SOCKET, SO_KEEPALIVE), 1);
}

TEST(BorrowDescriptor, OfThisProcess) {
  const test::UdpSocket socket;
  EXPECT_TRUE(borrow_descriptor(getpid(), socket.fd()));
}

// While the copy is held the peer sees no end; it comes with the copy's end, not with the owner's.
TEST(BorrowDescriptor, TheLastHolderSendsTheFin) {
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  test::Peer accepted = server.accept();
  {
    const auto copy = borrow_descriptor(getpid(), accepted.fd());
    ASSERT_TRUE(copy);
  }
  accepted.close();
  EXPECT_EQ(client.recv_until_eof(), "") << "a copy that was closed holds nothing back";

  client = test::connect_tcp("127.0.0.1", server.port());
  accepted = server.accept();
  auto copy = borrow_descriptor(getpid(), accepted.fd());
  ASSERT_TRUE(copy);
  accepted.close();
  EXPECT_TRUE(client.silent_for(std::chrono::milliseconds(50)));
  copy->close();
  EXPECT_EQ(client.recv_until_eof(), "");
}

// A number is soon taken again, and an option must not be set on somebody else's socket.
TEST(BorrowSocket, IsTheSocketThatWasFound) {
  test::UdpSocket socket;
  const HeldSocket held{{getpid(), ""}, socket.fd(), inode_of(socket.fd())};
  EXPECT_TRUE(borrow_socket(held));
  HeldSocket other = held;
  ++other.inode;
  const auto refused = borrow_socket(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().symbol(), "EBADF");
  EXPECT_EQ(refused.error().message(), "the process has closed that socket meanwhile");
  socket.close();
  EXPECT_EQ(symbol_of(borrow_socket(held)), "EBADF");
  const test::Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(symbol_of(borrow_socket({{getpid(), ""}, file.get(), inode_of(file.get())})), "EBADF");
}

TEST(BorrowDescriptor, NoSuchDescriptor) {
  const test::Waiting owner;
  for (const int fd : {-1, 1 << 20, INT_MAX}) {
    const auto copy = borrow_descriptor(owner.pid(), fd);
    ASSERT_EQ(symbol_of(copy), "EBADF") << fd;
    EXPECT_EQ(copy.error().subject, "pid " + std::to_string(owner.pid()) + ", fd " + std::to_string(fd));
  }
}

TEST(BorrowDescriptor, NoSuchProcess) {
  test::Waiting owner;
  const pid_t gone = owner.pid();
  owner.end();
  for (const pid_t pid : {gone, 0, -1, INT_MAX})
    EXPECT_EQ(symbol_of(borrow_descriptor(pid, 0)), "ESRCH") << pid;
}

TEST(BorrowDescriptor, ThreadsAreNoProcesses) {
  std::string symbol;
  std::string message;
  std::thread([&] {
    const auto copy = borrow_descriptor(gettid(), 0);
    symbol = symbol_of(copy);
    if (!copy) message = copy.error().message();
  }).join();
  EXPECT_EQ(symbol, "ESRCH");
  EXPECT_EQ(message, "that is a thread of pid " + std::to_string(getpid()));
}

TEST(BorrowDescriptor, TakesTheRight) {
  REQUIRE_ROOT();
  const test::UdpSocket socket;
  const test::Waiting owner;
  const std::string symbol = test::said_by_child([&] {
    test::become(test::nobody);
    return symbol_of(borrow_descriptor(owner.pid(), socket.fd()));
  });
  EXPECT_EQ(symbol, "EPERM");
}

// The copy stays a socket of its own network.
TEST(BorrowDescriptor, FromAnotherNetwork) {
  REQUIRE_NAMESPACES();
  const test::Namespace other;
  const auto server = other.in([] { return test::TcpServer("127.0.0.1"); });
  const test::Waiting owner;
  const auto copy = borrow_descriptor(owner.pid(), server.fd());
  ASSERT_TRUE(copy) << copy.error().message();
  EXPECT_EQ(option(copy->get(), SOL_SOCKET, SO_ACCEPTCONN), 1);
}

}  // namespace
}  // namespace net::kern
