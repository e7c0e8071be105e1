#include "net/dns/query_ids.hh"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <utility>

namespace net::dns {
namespace {

TEST(QueryIds, GivesFindsAndTakesBack) {
  QueryIds ids;
  const std::uint16_t id = ids.give(3, 42);
  EXPECT_EQ(ids.find(3, id), 42U);
  EXPECT_FALSE(ids.find(4, id)) << "each socket has its own";
  ids.take_back(3, id);
  EXPECT_FALSE(ids.find(3, id));
  ids.take_back(3, id);
}

TEST(QueryIds, NoIdTwice) {
  QueryIds ids;
  std::set<std::uint16_t> seen;
  for (std::uint32_t i = 0; i < 49152; ++i) EXPECT_TRUE(seen.insert(ids.give(1, i)).second);
  std::set<std::uint16_t> other;
  for (std::uint32_t i = 0; i < 49152; ++i) EXPECT_TRUE(other.insert(ids.give(2, i)).second);
}

TEST(QueryIds, AreSpreadOverAllBits) {
  QueryIds ids;
  std::uint16_t ones = 0;
  std::uint16_t zeros = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::uint16_t id = ids.give(1, i);
    ones = static_cast<std::uint16_t>(ones | id);
    zeros = static_cast<std::uint16_t>(zeros | ~id);
  }
  EXPECT_EQ(ones, 0xffff);
  EXPECT_EQ(zeros, 0xffff);
}

TEST(QueryIds, AgreeWithAMap) {
  std::mt19937 random(7);
  QueryIds ids;
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::uint32_t> expected;
  for (std::uint32_t step = 0; step < 100000; ++step) {
    if (random() % 3 != 0) {
      const auto socket = static_cast<std::uint16_t>(random() % 5);
      const std::uint16_t id = ids.give(socket, step);
      ASSERT_TRUE(expected.emplace(std::pair(socket, id), step).second);
    } else if (!expected.empty()) {
      const auto any = expected.lower_bound({random() % 5, static_cast<std::uint16_t>(random())});
      if (any == expected.end()) continue;
      ids.take_back(any->first.first, any->first.second);
      expected.erase(any);
    }
  }
  for (const auto& [key, query] : expected) ASSERT_EQ(ids.find(key.first, key.second), query);
}

}  // namespace
}  // namespace net::dns
