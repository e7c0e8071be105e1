#include "net/probe/scan_walk.hh"

#include <gtest/gtest.h>

#include "tests/unit/probe/scan_support.hh"

namespace net {
namespace {

std::vector<std::string> walked(const std::vector<std::string>& hosts,
                                const std::vector<kern::PortRange>& ports) {
  ListedHosts source(hosts);
  ScanWalk walk(source, ports);
  std::vector<std::string> out;
  while (const ScanTarget* target = walk.peek()) {
    out.push_back(target->host->name + " " + std::to_string(target->port));
    walk.take();
  }
  return out;
}

using Words = std::vector<std::string>;

TEST(ScanWalk, EveryPortOfEveryHostInOrder) {
  EXPECT_EQ(walked({"192.0.2.1", "::1"}, {{22, 22}, {8000, 8002}, {1, 1}}),
            (Words{"192.0.2.1 22", "192.0.2.1 8000", "192.0.2.1 8001", "192.0.2.1 8002", "192.0.2.1 1",
                   "::1 22", "::1 8000", "::1 8001", "::1 8002", "::1 1"}));
  EXPECT_EQ(walked({}, {{1, 2}}), Words{});
}

TEST(ScanWalk, TheHighestPortIsTheEndOfARange) {
  EXPECT_EQ(walked({"::1"}, {{65534, 65535}, {0, 1}}), (Words{"::1 65534", "::1 65535", "::1 0", "::1 1"}));
  EXPECT_EQ(walked({"::1"}, {{0, 65535}}).size(), 65536U);
}

TEST(ScanWalk, PeekingTakesNothing) {
  ListedHosts source({"192.0.2.1", "192.0.2.2"});
  ScanWalk walk(source, {{1, 2}});
  ASSERT_NE(walk.peek(), nullptr);
  EXPECT_EQ(walk.peek()->port, 1);
  EXPECT_EQ(walk.peek()->port, 1);
  EXPECT_EQ(source.given, 1U) << "the second host must wait for its turn";
}

TEST(ScanWalk, SkipsTheRestOfAHost) {
  ListedHosts source({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
  ScanWalk walk(source, {{1, 10}, {20, 29}});
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(walk.peek(), nullptr);
    walk.take();
  }
  EXPECT_EQ(walk.peek()->port, 4);
  EXPECT_EQ(walk.skip_host(), 17U);
  ASSERT_NE(walk.peek(), nullptr);
  EXPECT_EQ(walk.peek()->host->name, "192.0.2.2");
  EXPECT_EQ(walk.skip_host(), 20U);
  EXPECT_EQ(walk.peek()->host->name, "192.0.2.3");
}

}  // namespace
}  // namespace net
