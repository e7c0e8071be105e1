#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "net/kern/netlink.hh"
#include "tests/support/fd.hh"

namespace net::kern {
namespace {

constexpr std::uint32_t sequence = 7;

/// A message of a datagram; `text` is what it carries, padded as netlink pads.
std::string message(std::uint16_t type, std::string_view text, std::uint32_t answers = sequence,
                    std::uint16_t flags = NLM_F_MULTI) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(text.size()));
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = answers;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += text;
  bytes.resize(NLMSG_ALIGN(bytes.size()));
  return bytes;
}

std::string number(int value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string done(int code = 0, std::uint16_t flags = NLM_F_MULTI) {
  return message(NLMSG_DONE, number(code), sequence, flags);
}

constexpr std::uint16_t data = 100;

/// A kernel that says what it is told to say, one datagram at a time.
class NetlinkAnswerTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    kernel_ = test::Fd(ends[0]);
    user_ = test::Fd(ends[1]);
  }
  void say(const std::string& datagram) {
    ASSERT_EQ(send(kernel_.get(), datagram.data(), datagram.size(), 0), std::ssize(datagram));
  }
  Result<NetlinkAnswer> read() { return read_answer(user_.get(), sequence); }
  std::string symbol() {
    const auto answer = read();
    return answer ? "answered" : answer.error().symbol();
  }

  test::Fd kernel_;
  test::Fd user_;
};

std::string text_of(const NetlinkAnswer& answer) {
  return {reinterpret_cast<const char*>(answer.messages.data()), answer.messages.size()};
}

TEST_F(NetlinkAnswerTest, SeveralDatagrams) {
  say(message(data, "one") + message(data, "three"));
  say(message(data, "") + done());
  const auto answer = read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(text_of(*answer), message(data, "one") + message(data, "three") + message(data, ""));
  EXPECT_FALSE(answer->changed_meanwhile);
}

TEST_F(NetlinkAnswerTest, AnswersToOthersAreDropped) {
  say(message(data, "old", sequence - 1) + message(NLMSG_DONE, number(0), sequence - 1));
  say(message(NLMSG_ERROR, number(-EPERM), 0));
  say(message(NLMSG_NOOP, "") + message(data, "new") + done());
  const auto answer = read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(text_of(*answer), message(data, "new"));
}

TEST_F(NetlinkAnswerTest, ChangedMeanwhile) {
  say(message(data, "one") + message(data, "two", sequence, NLM_F_MULTI | NLM_F_DUMP_INTR));
  say(done());
  EXPECT_TRUE(read()->changed_meanwhile);
  say(message(data, "one") + done(0, NLM_F_MULTI | NLM_F_DUMP_INTR));
  EXPECT_TRUE(read()->changed_meanwhile);
}

// A module that is missing is told of at the end of a dump that has begun well.
TEST_F(NetlinkAnswerTest, ADumpThatFails) {
  say(done(-ENOENT));
  EXPECT_EQ(symbol(), "ENOENT");
  say(message(data, "some") + done(-ENOMEM));
  EXPECT_EQ(symbol(), "ENOMEM");
  say(message(NLMSG_DONE, ""));
  EXPECT_EQ(symbol(), "answered") << "an end without a code";
  say(done(12));
  EXPECT_EQ(symbol(), "answered") << "what dumps of old kernels end with: a length";
}

TEST_F(NetlinkAnswerTest, Errors) {
  // As long as NETLINK_CAP_ACK makes it, or with the whole request behind the code.
  say(message(NLMSG_ERROR, number(-EINVAL)));
  EXPECT_EQ(symbol(), "EINVAL");
  say(message(NLMSG_ERROR, number(-EINVAL) + std::string(100, 'x')));
  EXPECT_EQ(symbol(), "EINVAL");
  say(message(NLMSG_ERROR, number(0)));
  EXPECT_EQ(symbol(), "answered");
  say(message(NLMSG_OVERRUN, ""));
  EXPECT_EQ(symbol(), "ENOBUFS");
}

TEST_F(NetlinkAnswerTest, WhatIsNoAnswer) {
  const std::string whole = message(data, "text");
  // A header that promises more than there is, one that is cut, and nothing at all.
  say(whole.substr(0, whole.size() - 4));
  say("\x01\x02\x03");
  say(message(data, "good") + done());
  EXPECT_EQ(text_of(*read()), message(data, "good"));
  say("");
  EXPECT_EQ(symbol(), "EPROTO");
}

TEST_F(NetlinkAnswerTest, ADatagramThatDoesNotFit) {
  say(message(data, std::string(70000, 'x')));
  EXPECT_EQ(symbol(), "EMSGSIZE");
}

TEST_F(NetlinkAnswerTest, ASocketThatFails) {
  test::Fd closed;
  const auto answer = read_answer(closed.get(), sequence);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().symbol(), "EBADF");
}

// Another process that may send to netlink sockets is not the kernel.
TEST(NetlinkSender, IsTheKernel) {
  const test::Fd user(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_USERSOCK));
  const test::Fd other(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_USERSOCK));
  if (!user.valid() || !other.valid()) GTEST_SKIP() << "this kernel has no NETLINK_USERSOCK";
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  ASSERT_EQ(bind(user.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  socklen_t length = sizeof address;
  ASSERT_EQ(getsockname(user.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string forged = message(data, "forged") + done();
  ASSERT_EQ(sendto(other.get(), forged.data(), forged.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                   sizeof address),
            std::ssize(forged));
  const auto answer = read_answer(user.get(), sequence);
  ASSERT_FALSE(answer) << "believed";
  EXPECT_EQ(answer.error().symbol(), "EAGAIN");
}

}  // namespace
}  // namespace net::kern
