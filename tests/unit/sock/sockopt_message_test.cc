#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tests/support/fd.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// Options that show in the control messages of what is received, where alone their setting can be seen.
namespace net {
namespace {

struct UdpPair {
  UdpPair() { sender.connect("127.0.0.1", receiver.port()); }
  test::UdpSocket receiver;
  test::UdpSocket sender;
};

/// The value of a control message of SOL_SOCKET of the next thing received, or -1.
int control_value(int fd, int type) {
  std::array<char, 8> bytes{};
  iovec vector{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  EXPECT_GE(recvmsg(fd, &message, 0), 0);
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != type) continue;
    int value = 0;
    std::memcpy(&value, CMSG_DATA(each), sizeof value);
    return value;
  }
  return -1;
}

TEST(SockoptMessage, WhatIsStillToBeReadIsTold) {
  if (!kernel_has("6.17")) GTEST_SKIP() << "SO_INQ came with Linux 6.17";
  int ends[2] = {-1, -1};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const test::Fd reader(ends[0]);
  test::Peer writer{test::Fd(ends[1])};
  constexpr int scm_inq = 84;
  writer.send_all("twelve bytes");
  EXPECT_EQ(control_value(reader.get(), scm_inq), -1);
  ASSERT_EQ(set_text(reader.get(), "SO_INQ"), "");
  writer.send_all("twelve bytes");
  EXPECT_EQ(control_value(reader.get(), scm_inq), 8);
}

TEST(SockoptMessage, ThePriorityOfADatagramIsTold) {
  if (!kernel_has("6.14")) GTEST_SKIP() << "SO_RCVPRIORITY came with Linux 6.14";
  UdpPair pair;
  ASSERT_EQ(set_text(pair.receiver.fd(), "SO_RCVPRIORITY"), "");
  ASSERT_EQ(set_text(pair.sender.fd(), "SO_PRIORITY=5"), "");
  pair.sender.send("x");
  EXPECT_EQ(control_value(pair.receiver.fd(), SO_PRIORITY), 5);
}

TEST(SockoptMessage, TheMarkOfADatagramIsTold) {
  REQUIRE_ROOT();
  UdpPair pair;
  ASSERT_EQ(set_text(pair.receiver.fd(), "SO_RCVMARK"), "");
  ASSERT_EQ(set_text(pair.sender.fd(), "SO_MARK=0x77"), "");
  pair.sender.send("x");
  EXPECT_EQ(control_value(pair.receiver.fd(), SO_MARK), 0x77);
}

TEST(SockoptMessage, DescriptorsAreRefused) {
  if (!kernel_has("6.16")) GTEST_SKIP() << "SO_PASSRIGHTS came with Linux 6.16";
  int ends[2] = {-1, -1};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const test::Fd reader(ends[0]);
  const test::Fd writer(ends[1]);
  ASSERT_EQ(set_text(reader.get(), "SO_PASSRIGHTS=off"), "");
  char byte = 'x';
  iovec vector{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  *CMSG_FIRSTHDR(&message) = {
      .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  std::memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), ends, sizeof(int));
  EXPECT_EQ(sendmsg(writer.get(), &message, 0), -1);
  EXPECT_EQ(errno, EPERM);
}

}  // namespace
}  // namespace net
