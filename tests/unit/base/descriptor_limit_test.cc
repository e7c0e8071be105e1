#include "net/base/descriptor_limit.hh"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/forked.hh"

namespace net {
namespace {

/// The soft limit after asking for `wanted` with the limits of `before`, in a process of its own.
int limit_after(rlim_t soft, rlim_t hard, std::size_t wanted) {
  return test::Forked([&] {
           const rlimit before{soft, hard};
           if (setrlimit(RLIMIT_NOFILE, &before) < 0) return 125;
           const std::size_t told = raise_descriptor_limit(wanted);
           rlimit now{};
           if (getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur != told) return 124;
           return static_cast<int>(told);
         })
      .wait();
}

TEST(DescriptorLimit, IsRaisedAsFarAsTheHardLimitGoes) {
  EXPECT_EQ(limit_after(50, 100, 80), 80);
  EXPECT_EQ(limit_after(50, 100, 100), 100);
  EXPECT_EQ(limit_after(50, 100, 4096), 100);
}

TEST(DescriptorLimit, IsNeverLowered) {
  EXPECT_EQ(limit_after(50, 100, 20), 50);
  EXPECT_EQ(limit_after(100, 100, 20), 100);
}

}  // namespace
}  // namespace net
