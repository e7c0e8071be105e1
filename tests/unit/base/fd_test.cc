#include "net/base/fd.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <utility>

namespace net {
namespace {

int open_null() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesAtTheEnd) {
  const int number = open_null();
  {
    const Fd fd(number);
    EXPECT_TRUE(fd.valid());
    EXPECT_EQ(fd.get(), number);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, MovesAndReleases) {
  const int number = open_null();
  Fd first(number);
  Fd second(std::move(first));
  EXPECT_FALSE(first.valid());  // NOLINT: a moved-from Fd is empty, and that is promised
  Fd third;
  EXPECT_FALSE(third.valid());
  third = std::move(second);
  EXPECT_TRUE(is_open(number));
  EXPECT_EQ(third.release(), number);
  EXPECT_FALSE(third.valid());
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(Fd, AssignmentClosesWhatWasThere) {
  const int old = open_null();
  const int fresh = open_null();
  Fd fd(old);
  fd = Fd(fresh);
  EXPECT_FALSE(is_open(old));
  EXPECT_TRUE(is_open(fresh));
}

TEST(Fd, SelfAssignmentKeepsIt) {
  const int number = open_null();
  Fd fd(number);
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(fd.valid());
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, CloseTwiceIsOnce) {
  Fd fd(open_null());
  const int number = fd.get();
  fd.close();
  EXPECT_FALSE(fd.valid());
  // The number belongs to somebody else now, whom a second close must not hit.
  const Fd other(open_null());
  EXPECT_EQ(other.get(), number);
  fd.close();
  EXPECT_TRUE(is_open(number));
}

}  // namespace
}  // namespace net
