#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "net/sock/sockopt.hh"
#include "tests/unit/sock/sockopt_samples.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// The option table and its samples in themselves; sockopt_kernel_test.cc holds them against the kernel.
namespace net {
namespace {

/// "SO_RCVBUF", or with its level where that is not plain.
std::string full_name(const SocketOption& row) {
  return std::string(row.level_name) + ":" + std::string(row.name);
}

TEST(SockoptTable, NamesAreUniqueWithinALevel) {
  std::set<std::pair<std::string_view, std::string_view>> names;
  std::set<std::pair<int, int>> numbers;
  for (const SocketOption& row : option_table()) {
    EXPECT_TRUE(names.insert({row.level_name, row.name}).second) << full_name(row);
    if (!row.alias.empty()) {
      EXPECT_TRUE(names.insert({row.level_name, row.alias}).second) << full_name(row);
    }
    EXPECT_TRUE(numbers.insert({row.level, row.number}).second) << full_name(row) << " has another's number";
  }
}

TEST(SockoptTable, RowsOfALevelAreInOrder) {
  EXPECT_TRUE(std::ranges::is_sorted(option_table(), [](const SocketOption& a, const SocketOption& b) {
    return a.level == b.level && a.name < b.name;
  }));
}

TEST(SockoptTable, EachRowIsTheOptionThatItNames) {
  for (const SocketOption& row : option_table()) {
    const LevelSamples& level = level_of(row);
    EXPECT_EQ(row.level, level.number) << full_name(row);
    const auto number = std::ranges::find(level.numbers, row.name, &OptionNumber::name);
    ASSERT_NE(number, level.numbers.end()) << full_name(row) << " is new: add its number to the samples";
    EXPECT_EQ(row.number, number->value) << full_name(row);
  }
}

TEST(SockoptTable, EveryRowIsOfSomeSocket) {
  for (const SocketOption& row : finished_rows()) {
    EXPECT_FALSE(claimed_kinds(row).empty()) << full_name(row);
    EXPECT_TRUE(row.readable || row.settable) << full_name(row);
    const bool named = row.type == OptionType::word || row.type == OptionType::flags;
    EXPECT_TRUE(!named || !row.words.empty()) << full_name(row);
  }
}

TEST(SockoptTable, EverySysctlExists) {
  for (const SocketOption& row : option_table()) {
    if (row.sysctl.empty() || !kernel_has(row.since)) continue;
    std::string path = "/proc/sys/" + std::string(row.sysctl);
    std::ranges::replace(path, '.', '/');
    EXPECT_TRUE(std::filesystem::exists(path)) << full_name(row) << ": " << row.sysctl;
  }
}

TEST(SockoptTable, EveryRowSaysWhatItMeans) {
  for (const SocketOption& row : finished_rows()) {
    EXPECT_FALSE(row.meaning.empty()) << full_name(row);
    EXPECT_LE(row.meaning.size(), 90U) << full_name(row);
    EXPECT_LE(row.caution.size(), 120U) << full_name(row);
    EXPECT_FALSE(row.meaning.ends_with('.') || row.caution.ends_with('.')) << full_name(row);
  }
}

TEST(SockoptTable, WhatCanBeSetHasASampleForEachOfItsSockets) {
  for (const SocketOption& row : finished_rows()) {
    const LevelSamples& level = level_of(row);
    for (const TestKind& kind : claimed_kinds(row)) {
      const bool sampled = std::ranges::any_of(level.samples, [&](const Sample& sample) {
        return sample.name == row.name && concerns(sample.kinds, sample.family, kind);
      });
      EXPECT_EQ(sampled, row.settable) << full_name(row) << " on " << kind.name;
    }
  }
}

TEST(SockoptTable, WhatTheTestsKnowIsOfARow) {
  for (const LevelSamples& level : all_levels()) {
    const auto known = [&](std::string_view name) {
      EXPECT_TRUE(find_option(std::string(level.level) + ":" + std::string(name)))
          << level.level << ":" << name;
    };
    for (const auto& number : level.numbers) known(number.name);
    for (const auto& sample : level.samples) known(sample.name);
    for (const auto& refusal : level.refusals) known(refusal.name);
    for (const auto& left_out : level.left_out) known(left_out.name);
  }
}

}  // namespace
}  // namespace net
